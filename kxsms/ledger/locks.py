"""The owners of batches: locks that the system gives back when a process ends, however it ends.

One file serves all batches. The lock of batch 7 is a lock on its seventh byte, which need not exist.
"""

import os
import time
from pathlib import Path

from kxsms.sqlite import create

_WAITS = (0.005, 0.01, 0)
"""Seconds between attempts: another process may only have been checking whether the batch has an owner."""


class Locks:
    """The locks of one ledger. A process may hold any number of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None
        self._mine: set[int] = set()

    def take(self, batch: int) -> bool:
        """Become the owner of a batch and return True, or return False if it has another. Raise OSError."""
        if self._file is None:
            create(self.path)
            self._file = os.open(self.path, os.O_RDWR)
        for wait in _WAITS:
            if batch not in self._mine and _lock(self._file, batch):
                self._mine.add(batch)
            if batch in self._mine:
                return True
            time.sleep(wait)
        return False

    def release(self, batch: int) -> None:
        """Stop being the owner of a batch."""
        if self._file is not None and batch in self._mine:
            _unlock(self._file, batch)
            self._mine.remove(batch)

    def is_taken(self, batch: int) -> bool:
        """Return whether any process, this one included, owns a batch; False if that cannot be found out."""
        if batch in self._mine:
            return True
        try:
            taken = self.path.exists() and not self.take(batch)
        except OSError:
            return False
        self.release(batch)
        return taken

    def close(self) -> None:
        """Release every lock."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
            self._mine.clear()


if os.name == "nt":
    import msvcrt

    def _lock(file: int, byte: int) -> bool:
        os.lseek(file, byte, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        except OSError:
            return False
        return True

    def _unlock(file: int, byte: int) -> None:
        os.lseek(file, byte, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined, unused-ignore]

else:
    import errno
    import fcntl

    def _lock(file: int, byte: int) -> bool:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EAGAIN):
                return False
            raise
        return True

    def _unlock(file: int, byte: int) -> None:
        fcntl.lockf(file, fcntl.LOCK_UN, 1, byte)
