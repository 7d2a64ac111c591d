"""The processes that receive: each has a number, which other processes know to be dead when it has ended."""

import secrets
import time
import zlib

from kxsms.ledger.database import Database
from kxsms.ledger.locks import Locks
from kxsms.ledger.origins import FetchedFrom
from kxsms.sqlite import refuse_untrusted

_NUMBER_BITS = 40
_FIRST_TURN = 1 << 41
"""The locks of turns are beyond all numbers of processes."""

_POLL_SECONDS = 0.05


class Receiver:
    """This process. It locks its number, and its turn to fetch, in a file of their own beside the ledger.

    The methods raise Failure where that file cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._path = database.files.receivers
        self._locks = Locks(self._path)
        self._number: int | None = None

    @property
    def number(self) -> int:
        """Return the number of this process, locked until the process ends."""
        while self._number is None:
            number = 1 + secrets.randbits(_NUMBER_BITS)
            if self._take(number):
                self._number = number
        return self._number

    def is_alive(self, number: int | None) -> bool:
        """Return whether the process with a number still lives; None is no process."""
        return number is not None and self._locks.is_taken(number)

    def take_turn(self, fetched_from: FetchedFrom, kind: str, seconds: float) -> bool:
        """Wait, at most so long, until no other process is fetching the same. Return whether none is."""
        turn, end = _turn(fetched_from, kind), time.monotonic() + seconds
        while not self._take(turn):
            if time.monotonic() > end:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def end_turn(self, fetched_from: FetchedFrom, kind: str) -> None:
        """Let another process fetch."""
        self._locks.release(_turn(fetched_from, kind))

    def _take(self, number: int) -> bool:
        with self._database.explained():
            refuse_untrusted("the lock file", self._path)
            return self._locks.take(number)

    def close(self) -> None:
        """Release every lock."""
        self._locks.close()


def _turn(fetched_from: FetchedFrom, kind: str) -> int:
    name = f"{kind}\0{fetched_from.origin}\0{fetched_from.account}"
    return _FIRST_TURN + zlib.crc32(name.encode("utf-8", "surrogatepass"))
