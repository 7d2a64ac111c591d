"""The place of temporary files: in memory where that has room. On a disk the tests take a quarter longer."""

import os
import shutil
from pathlib import Path

_SHARED = Path("/dev/shm")
_NEEDED = 2 << 30


def _in_memory() -> str | None:
    is_there = _SHARED.is_dir() and os.access(_SHARED, os.W_OK)
    return str(_SHARED) if is_there and shutil.disk_usage(_SHARED).free > _NEEDED else None


MEMORY = _in_memory()
"""A directory in memory, or None for the usual one."""
