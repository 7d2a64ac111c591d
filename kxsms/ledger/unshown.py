"""The records that were kept, but have not been written to stdout yet."""

from collections.abc import Iterable, Iterator, Sequence

from kxsms.domain.records import RecordKind
from kxsms.ledger.database import Database
from kxsms.ledger.origins import FetchedFrom, same_origin
from kxsms.ledger.receivers import Receiver


class Unshown:
    """The records of one account that nobody has seen. They are ranges: one for each transaction."""

    def __init__(self, database: Database, receiver: Receiver, fetched_from: FetchedFrom) -> None:
        self._database = database
        self._receiver = receiver
        self._here = {"origin": fetched_from.origin, "account": fetched_from.account}

    _ADD = """
        INSERT INTO unshown (kind, origin, account, first, last, receiver)
        VALUES (:kind, :origin, :account, :first, :last, :receiver)
    """

    def add(self, kind: RecordKind, first: int, last: int) -> None:
        """Note new records, which this process is about to write out. Call it inside a transaction."""
        self._insert(kind, first, last, self._receiver.number)

    def _insert(self, kind: RecordKind, first: int, last: int, receiver: int | None) -> None:
        values = {**self._here, "kind": kind, "first": first, "last": last, "receiver": receiver}
        self._database.execute(self._ADD, values)

    _ALL = f"""
        SELECT id, first, last, receiver FROM unshown
        WHERE kind = :kind AND account = :account AND {same_origin("unshown")}
    """
    _CLAIM = "UPDATE unshown SET receiver = :mine WHERE id = :id AND receiver IS :receiver"

    def claim(self, kind: RecordKind) -> list[int]:
        """Return the numbers of the records that this process has to write out.

        They are its own, and those of processes that have ended.
        """
        found: list[int] = []
        for row in self._database.rows(self._ALL, {**self._here, "kind": kind}):
            mine = self._receiver.number
            if row["receiver"] != mine:
                if self._receiver.is_alive(row["receiver"]):
                    continue
                values = {"mine": mine, "id": row["id"], "receiver": row["receiver"]}
                with self._database.transaction():
                    if not self._database.execute(self._CLAIM, values):
                        continue
            found += range(row["first"], row["last"] + 1)
        return sorted(found)

    _MINE = f"{_ALL} AND receiver = :mine"

    def remove(self, kind: RecordKind, numbers: Iterable[int]) -> None:
        """Note that records have been written out. This process leaves its other ones to the next."""
        if not self._receiver.has_number:
            return
        values = {**self._here, "kind": kind, "mine": self._receiver.number}
        if self._database.row(self._MINE, values) is None:
            return
        written = set(numbers)
        with self._database.transaction():
            for row in self._database.rows(self._MINE, values):
                self._database.execute("DELETE FROM unshown WHERE id = ?", (row["id"],))
                left = [number for number in range(row["first"], row["last"] + 1) if number not in written]
                for first, last in _ranges(left):
                    self._insert(kind, first, last, None)


def _ranges(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last number of each gapless run."""
    start = 0
    for index in range(1, len(numbers) + 1):
        if index == len(numbers) or numbers[index] != numbers[index - 1] + 1:
            yield numbers[start], numbers[index - 1]
            start = index
