"""Locks on batches, which the system takes back when a process ends, however it ends.

One file serves all batches. The lock of batch 7 is a lock on its seventh byte, which need not exist. The file
also says how many turns of claims the ledger had, so that a ledger that lost some is noticed.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, Self

from kxsms.private_files import distrust
from kxsms.sqlite import create

_WAITS = (0.005, 0.01, 0)
"""Seconds between attempts: another process may only have been checking whether the batch has an owner."""


_TURN_DIGITS = 20
_MOST_BYTES = (1 << 31) - 1
"""Bytes that Windows locks at once."""


class Identity(NamedTuple):
    """The device and the inode of a file: no other file that exists has both."""

    device: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Return the identity of a file by its status."""
        return cls(status.st_dev, status.st_ino)


class Locks:
    """The locks of one ledger. A process may hold any number of them.

    `identity` is that of the lock file, None before it is first opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.identity: Identity | None = None
        self._file: int | None = None
        self._mine: set[int] = set()

    def _open(self) -> int:
        if self._file is None:
            create(self.path)
            self._file = os.open(self.path, os.O_RDWR)
            self.identity = Identity.of(os.fstat(self._file))
        return self._file

    def take(self, batch: int) -> bool:
        """Lock a batch and return True, or return False if another process has locked it. Raise OSError."""
        file = self._open()
        for wait in _WAITS:
            if batch not in self._mine and _lock(file, batch):
                self._mine.add(batch)
            if batch in self._mine:
                return True
            time.sleep(wait)
        return False

    def release(self, batch: int) -> None:
        """Unlock a batch."""
        if self._file is not None and batch in self._mine:
            self._mine.remove(batch)
            with suppress(OSError):  # the end of the process unlocks it too
                _unlock(self._file, batch)

    def is_taken(self, batch: int) -> bool:
        """Return whether any process, this one included, has locked a batch; False if that is not known."""
        if batch in self._mine:
            return True
        try:
            # A file that is open shows the locks of others even when it has been removed.
            taken = (self._file is not None or self.path.exists()) and not self.take(batch)
        except OSError:
            return False
        self.release(batch)
        return taken

    @contextmanager
    def all_from(self, first: int, count: int) -> Iterator[bool]:
        """Lock so many numbers, none of which this process has, inside the `with`. Yield whether that is so.

        Raise OSError.
        """
        file, parts = self._open(), range(first, first + count, _MOST_BYTES)
        locked = [part for part in parts if _lock(file, part, min(_MOST_BYTES, first + count - part))]
        try:
            yield len(locked) == len(parts)
        finally:
            for part in locked:
                with suppress(OSError):  # the end of the process unlocks it too
                    _unlock(file, part, min(_MOST_BYTES, first + count - part))

    def owns(self, batch: int) -> bool:
        """Return whether this process has locked a batch."""
        return batch in self._mine

    def is_there(self) -> bool:
        """Return whether the lock file that is open is still the one that other processes would open."""
        try:
            return Identity.of(self.path.stat()) == self.identity
        except OSError:
            return False

    def turn(self) -> int:
        """Return the last turn that was kept in the file, or 0. Raise OSError."""
        if os.name == "nt" or not self.path.exists():  # Windows lets nobody read the bytes that are locked
            return 0
        kept = os.pread(self._open(), _TURN_DIGITS, 0)
        return int(kept) if kept.isdigit() else 0

    def keep_turn(self, turn: int) -> None:
        """Keep a turn in the file, unless it has a later one. Where it cannot be written, keep none."""
        with suppress(OSError):
            if os.name != "nt" and self.turn() < turn:
                os.pwrite(self._open(), b"%0*d\n" % (_TURN_DIGITS, turn), 0)

    def close(self) -> None:
        """Release every lock."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
            self.identity = None
            self._mine.clear()


def is_locked(path: Path, identity: Identity, batch: int) -> bool | None:
    """Return whether a batch is locked in a lock file, or None if the file is not there or cannot be trusted.

    It must not be a file that this process has open: closing it here would drop the locks on it.
    """
    try:
        if Identity.of(path.stat()) != identity or distrust(path) is not None:
            return None
        file = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        return None if Identity.of(os.fstat(file)) != identity else not _lock(file, batch)
    except OSError:
        return None
    finally:
        os.close(file)


if os.name == "nt":
    import msvcrt

    def _lock(file: int, byte: int, count: int = 1) -> bool:
        os.lseek(file, byte, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, count)  # type: ignore[attr-defined, unused-ignore]
        except OSError:
            return False
        return True

    def _unlock(file: int, byte: int, count: int = 1) -> None:
        os.lseek(file, byte, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, count)  # type: ignore[attr-defined, unused-ignore]

else:
    import errno
    import fcntl

    def _lock(file: int, byte: int, count: int = 1) -> bool:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, count, byte)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EAGAIN):
                return False
            raise
        return True

    def _unlock(file: int, byte: int, count: int = 1) -> None:
        fcntl.lockf(file, fcntl.LOCK_UN, count, byte)
