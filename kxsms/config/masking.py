"""The key `mask` of the config, read before anything is shown: even where the rest is wrong."""

from pathlib import Path

from kxsms.config.paths import may_contain
from kxsms.errors import ProfileError


def mask_in(path: Path) -> bool | None:
    """Return the value of `mask` in a config file, or None if it is not set.

    Return True if it cannot be read, is a pipe, or is neither true nor false: it may be meant to mask them.
    """
    if not may_contain(path, b"mask"):  # most configs; to parse one takes a while
        return None
    from kxsms.config.file import read

    try:
        value = True if path.is_fifo() else read(path).get("mask")  # a pipe can be read but once
    except (OSError, ProfileError):
        return True
    return None if value is None else value is not False
