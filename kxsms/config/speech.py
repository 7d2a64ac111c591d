"""The key `language` of the config, read before anything is shown: even where the rest is wrong."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from kxsms.errors import ProfileError


def configured_language(named: str | None, environ: Mapping[str, str]) -> str | None:
    """Return the language that the config names, or None. `named` is the file of the command line."""
    from kxsms.config.paths import default_config_file, expand

    path = named or environ.get("KXSMS_CONFIG")
    with suppress(ProfileError, OSError):  # a command that needs the config says what is wrong with it
        return _language_in(expand(Path(path) if path else default_config_file()))
    return None


def _language_in(path: Path) -> str | None:
    if b"language" not in path.read_bytes():  # most configs; to parse one takes a while
        return None
    from kxsms.config.file import read

    value = read(path).get("language")
    return value if isinstance(value, str) else None
