"""The key `mask` of the config, read before anything is shown: even where the rest is wrong."""

from pathlib import Path

from kxsms.errors import ProfileError


def mask_in(path: Path) -> bool | None:
    """Return the value of `mask` in a config file, or None if it is not set.

    Return True if it cannot be read, or is neither true nor false: it may be meant to mask them.
    """
    try:
        if b"mask" not in path.read_bytes():  # most configs; to parse one takes a while
            return None
    except FileNotFoundError:
        return None
    except OSError:
        return True
    from kxsms.config.file import read

    try:
        value = read(path).get("mask")
    except ProfileError:
        return True
    return None if value is None else value is not False
