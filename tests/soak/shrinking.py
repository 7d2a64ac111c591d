"""Makes an input that shows a defect smaller: what is printed is then to be read."""

import time
from collections.abc import Callable

_SECONDS = 10


def shrunk(data: bytes, is_defect: Callable[[bytes], bool]) -> bytes:
    """An input out of which no piece can be cut, or that the time has sufficed for."""
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
