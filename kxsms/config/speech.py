"""The key `language` of the config, read before anything is shown: even where the rest is wrong."""

import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from kxsms.errors import ProfileError


def configured_language(named: str | None, environ: Mapping[str, str]) -> str | None:
    """Return the language that the config names, or None. `named` is the file of the command line."""
    path = named or environ.get("KXSMS_CONFIG")
    with suppress(ProfileError, OSError, RuntimeError):  # the command says what is wrong
        return _language_in(Path(path).expanduser() if path else usual_config_file(environ))
    return None


def usual_config_file(environ: Mapping[str, str]) -> Path:
    """Return what `default_config_file` returns; on Linux without platformdirs, a tenth of a completion."""
    home, own = environ.get("HOME", ""), environ.get("XDG_CONFIG_HOME", "")
    if sys.platform.startswith("linux") and home.startswith("/") and "ANDROID_DATA" not in environ:
        return Path(own if own.startswith("/") else f"{home}/.config", "kxsms", "config.toml")
    from kxsms.config.paths import default_config_file

    return default_config_file()


def _language_in(path: Path) -> str | None:
    if b"language" not in path.read_bytes():  # most configs; to parse one takes a while
        return None
    from kxsms.config.file import read

    value = read(path).get("language")
    return value if isinstance(value, str) else None
