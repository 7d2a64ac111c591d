"""A reducer of inputs: the smaller an input with a defect, the easier it is to read."""

import time
from collections.abc import Callable

_SECONDS = 10


def shrunk(data: bytes, is_defect: Callable[[bytes], bool]) -> bytes:
    """Return the shortest input with the defect that cutting out bytes finds within the time."""
    end = time.monotonic() + _SECONDS
    size = len(data) // 2
    while size and time.monotonic() < end:
        at, before = 0, data
        while at < len(data) and time.monotonic() < end:
            shorter = data[:at] + data[at + size :]
            if is_defect(shorter):
                data = shorter
            else:
                at += size
        size = size if size == 1 and data != before else size // 2
    return data
