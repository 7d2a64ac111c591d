"""The lock on the config file: one process at a time reads it, changes it and writes it."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kxsms.errors import Failure
from kxsms.language import tr

_PATIENCE = 30.0
"""Seconds to wait for another process, which holds the lock for the time of one write."""
_PAUSE = 0.01


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Hold the lock of a file, which is a private file beside it. Raise Failure, or OSError."""
    path = target.with_name(f".{target.name}.lock")
    deadline = time.monotonic() + _PATIENCE
    while (file := _take(path)) is None:
        if time.monotonic() > deadline:
            raise Failure(
                tr("{target} was not changed: another kxsms is changing it", target=target),
                tr("run the command again"),
            )
        time.sleep(_PAUSE)
    try:
        yield
    finally:
        _give_back(path, file)


def _take(path: Path) -> int | None:
    """Return the lock file, open and locked, or None if another process has it. Raise OSError."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    file = os.open(path, flags, 0o600)
    try:
        if _lock(file) and _is_in_place(path, file):
            return file
    except BaseException:
        os.close(file)
        raise
    os.close(file)
    return None


def _is_in_place(path: Path, file: int) -> bool:
    """Return whether a path still leads to an open file: its last owner may have removed it."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


if os.name == "nt":
    import msvcrt

    def _lock(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        except OSError:
            return False
        return True

    def _give_back(path: Path, file: int) -> None:
        os.close(file)
        with suppress(OSError):  # another process has it open by now
            path.unlink()

else:
    import fcntl

    def _lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _give_back(path: Path, file: int) -> None:
        with suppress(FileNotFoundError):
            path.unlink()
        os.close(file)
