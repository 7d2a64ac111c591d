"""Small disks in memory, for tests that fill them or make them read-only."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_KIB = 1024


class Disk:
    """A small file system in memory, mounted at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self, left: int) -> None:
        """Fill the disk, except for so many KiB."""
        free = os.statvfs(self.path).f_bavail * os.statvfs(self.path).f_frsize
        (self.path / "filler").write_bytes(bytes(free - left * _KIB))

    def empty(self) -> None:
        (self.path / "filler").unlink()

    def protect(self, *, protected: bool = True) -> None:
        """Make the disk read-only, even for root, or writable again."""
        options = f"remount,{'ro' if protected else 'rw'}"
        subprocess.run(["mount", "-o", options, str(self.path)], check=True, capture_output=True)


@contextmanager
def mounted(path: Path, size: int) -> Iterator[Disk]:
    """Yield a disk of so many KiB. Skip the test where it cannot be mounted."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount a disk")
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}k,mode=700", "tmpfs", str(path)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("this system mounts nothing")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True, capture_output=True)
