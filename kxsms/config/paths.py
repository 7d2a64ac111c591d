"""Where kxsms keeps its files on this system."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kxsms.errors import ProfileError


def default_config_file() -> Path:
    """`config.toml` in the platform's directory for the configuration of a user. Raises ProfileError."""
    from platformdirs import user_config_path

    with _home_needed("config", "KXSMS_CONFIG"):
        return user_config_path("kxsms", appauthor=False) / "config.toml"


def state_directory() -> Path:
    """Where ledger and sandbox are kept: `KXSMS_STATE_DIR`, else the platform's user state directory.

    Raises ProfileError.
    """
    named = os.environ.get("KXSMS_STATE_DIR")
    if named:
        return expand(Path(named))
    from platformdirs import user_state_path

    with _home_needed("state", "KXSMS_STATE_DIR"):
        return user_state_path("kxsms", appauthor=False)


@contextmanager
def _home_needed(what: str, variable: str) -> Iterator[None]:
    """Raise ProfileError where the user has no home, as in a container that does not know who that is."""
    try:
        yield
    except RuntimeError:
        hint = f"set HOME, or KXSMS_CONFIG and KXSMS_STATE_DIR; {variable} is the one for this"
        raise ProfileError(f"there is no home directory to keep the {what} in", hint) from None


def expand(path: Path) -> Path:
    """A path with its `~` resolved. Raises ProfileError where there is no such home."""
    try:
        return path.expanduser()
    except RuntimeError:
        raise ProfileError(f"{path}: there is no such home directory") from None
