"""The places where kxsms keeps its files on this system."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kxsms.errors import ProfileError
from kxsms.language import located, tr

_MOST_BYTES = 2**22
"""As many as a config of the largest size, `MAX_SIZE` of `file`, can have."""


def default_config_file() -> Path:
    """Return the path of `config.toml` in the platform's user config directory. Raises ProfileError."""
    from platformdirs import user_config_path

    with _home_needed("config"):
        return user_config_path("kxsms", appauthor=False) / "config.toml"


def state_directory() -> Path:
    """Return the directory of ledger and sandbox: `KXSMS_STATE_DIR`, else the platform's user state one.

    Raises ProfileError.
    """
    named = os.environ.get("KXSMS_STATE_DIR")
    if named:
        return expand(Path(named))
    from platformdirs import user_state_path

    with _home_needed("state"):
        return user_state_path("kxsms", appauthor=False)


@contextmanager
def _home_needed(purpose: str) -> Iterator[None]:
    """Raise ProfileError if the user has no home, as in a container without an entry for the user id."""
    try:
        yield
    except RuntimeError:
        raise ProfileError(
            tr("there is no home directory to keep the {purpose} in", purpose=purpose),
            tr("set HOME, or both KXSMS_CONFIG and KXSMS_STATE_DIR"),
        ) from None


def expand(path: Path) -> Path:
    """Return a path with its `~` resolved. Raises ProfileError if there is no such home directory."""
    try:
        return path.expanduser()
    except RuntimeError:
        raise ProfileError(located(path, tr("there is no such home directory"))) from None


def may_contain(path: Path, word: bytes) -> bool:
    """Return whether a config file may contain a word. It may if it is a pipe or cannot be read."""
    try:
        if path.is_fifo():  # it can be read but once
            return True
        with path.open("rb") as file:
            return word in file.read(_MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
