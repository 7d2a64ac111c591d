"""Where kxsms keeps its files on this system."""

import os
from pathlib import Path

from kxsms.errors import ProfileError


def default_config_file() -> Path:
    """`config.toml` in the platform's directory for the configuration of a user."""
    from platformdirs import user_config_path

    return user_config_path("kxsms", appauthor=False) / "config.toml"


def state_directory() -> Path:
    """Where the sandbox keeps its state: `KXSMS_STATE_DIR`, else the platform's user state directory."""
    named = os.environ.get("KXSMS_STATE_DIR")
    if named:
        return expand(Path(named))
    from platformdirs import user_state_path

    return user_state_path("kxsms", appauthor=False)


def expand(path: Path) -> Path:
    """A path with its `~` resolved. Raises ProfileError where there is no such home."""
    try:
        return path.expanduser()
    except RuntimeError:
        raise ProfileError(f"{path}: there is no such home directory") from None
