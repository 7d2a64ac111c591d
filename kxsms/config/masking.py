"""The key `mask` of the config, read before anything is shown: even where the rest is wrong."""

from pathlib import Path

from kxsms.errors import ProfileError

_MOST_BYTES = 2**22
"""As many as a config of the largest size, `MAX_SIZE` of `file`, can have."""


def mask_in(path: Path) -> bool | None:
    """Return the value of `mask` in a config file, or None if it is not set.

    Return True if it cannot be read, is a pipe, or is neither true nor false: it may be meant to mask them.
    """
    try:
        if path.is_fifo():  # it can be read but once
            return True
        with path.open("rb") as file:
            if b"mask" not in file.read(_MOST_BYTES):  # most configs; to parse one takes a while
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
