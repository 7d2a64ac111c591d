"""The processes that receive: each has a number, which other processes know to be dead when it has ended.

The number is a lock, and it is recorded in the ledger: where the lock file was removed or replaced, the
process is examined. One that cannot be examined counts as ended, so that no record is lost.
"""

import secrets
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from kxsms.compat import override
from kxsms.errors import Failure
from kxsms.language import mark
from kxsms.ledger.origins import FetchedFrom
from kxsms.ledger.processes import Process, this_process
from kxsms.ledger.receivers import Receiver
from kxsms.ledger.sqlite.database import SqliteDatabase
from kxsms.ledger.sqlite.locks import Identity, Locks
from kxsms.sqlite import refuse_untrusted

_NUMBER_BITS = 40
_FIRST_TURN = 1 << 41
"""The locks of turns are beyond all numbers of processes."""

_TURNS = 1 << 32

_POLL_SECONDS = 0.05


class SqliteReceiver(Receiver):
    """This process. It locks its number, and its turn to fetch, in a file of their own beside the ledger.

    The methods raise Failure where that file cannot be used.
    """

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._path = database.files.receivers
        self._locks = Locks(self._path)
        self._number: int | None = None

    _RECORD = """
        INSERT INTO receivers (
            number, host, boot, pid_namespace, pid, started, lock_device, lock_inode
        ) VALUES (
            :number, :host, :boot, :pid_namespace, :pid, :started, :lock_device, :lock_inode
        )
    """

    @property
    @override
    def number(self) -> int:
        """Return the number of this process, locked until the process ends."""
        while self._number is None:
            number = 1 + secrets.randbits(_NUMBER_BITS)
            if self._take(number):
                self._number = number
                values = {"number": number, **this_process()._asdict()}
                assert self._locks.identity is not None
                values["lock_device"], values["lock_inode"] = map(str, self._locks.identity)
                self._database.execute(self._RECORD, values)
        return self._number

    @property
    @override
    def has_number(self) -> bool:
        """Return whether this process has needed a number."""
        return self._number is not None

    _FIND = "SELECT * FROM receivers WHERE number = ?"
    _FORGET = "DELETE FROM receivers WHERE number = ?"

    @override
    def is_alive(self, number: int | None) -> bool:
        """Return whether the process with a number still lives; None is no process."""
        if number is None:
            return False
        if self._locks.is_taken(number):
            return True
        row = self._database.row(self._FIND, (number,))
        if row is None:
            return False
        if Identity(int(row["lock_device"]), int(row["lock_inode"])) == self._locks.identity:
            return False
        return Process(*(row[name] for name in Process._fields)).is_alive() is True

    @override
    def forget(self, number: int) -> None:
        """Remove what the ledger knows of a process that has ended. Call it inside a transaction."""
        self._database.execute(self._FORGET, (number,))

    @override
    def take_turn(self, fetched_from: FetchedFrom, kind: str, seconds: float) -> bool:
        """Wait, at most so long, until no other process is fetching the same. Return whether none is."""
        turn, end = _turn(fetched_from, kind), time.monotonic() + seconds
        while not self._take(turn):
            if time.monotonic() > end:
                return False
            time.sleep(_POLL_SECONDS)
        self._database.refuse_sealed()  # after the lock: a process that seals the ledger has all of them
        return True

    @override
    def end_turn(self, fetched_from: FetchedFrom, kind: str) -> None:
        """Let another process fetch."""
        self._locks.release(_turn(fetched_from, kind))

    @contextmanager
    def no_turns(self) -> Iterator[bool]:
        """Let no other process fetch inside the `with`. Yield False if one is fetching."""
        with self._database.explained():
            refuse_untrusted(mark("the lock file"), self._path)
            with self._locks.all_from(_FIRST_TURN, _TURNS) as is_locked:
                yield is_locked

    def _take(self, number: int) -> bool:
        with self._database.explained():
            refuse_untrusted(mark("the lock file"), self._path)
            return self._locks.take(number)

    @override
    def close(self) -> None:
        """Release every lock, and the number."""
        if self._number is not None:
            with suppress(Failure):  # the lock says it too
                self._database.execute(self._FORGET, (self._number,))
        self._locks.close()


def _turn(fetched_from: FetchedFrom, kind: str) -> int:
    name = f"{kind}\0{fetched_from.origin}\0{fetched_from.account}"
    return _FIRST_TURN + zlib.crc32(name.encode("utf-8", "surrogatepass"))
