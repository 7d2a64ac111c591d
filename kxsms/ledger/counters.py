"""The counters of batches: the one place that does their arithmetic."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kxsms.domain.states import RequestState
from kxsms.errors import Failure
from kxsms.language import tr
from kxsms.ledger.database import Database


class Counters:
    """Changes of the counters of batches: `add` and `move` note them, `flush` writes them.

    Flush them in the transaction that changes the requests or records that are counted. This also sets or
    clears the time when the changed batches, and those in `batches`, were finished.
    """

    def __init__(self, database: Database, *batches: int) -> None:
        self._database = database
        self._changes: defaultdict[int, Counter[str]] = defaultdict(Counter)
        for batch in batches:
            self._changes[batch] = Counter()

    def add(self, batch: int, column: str, change: int) -> None:
        """Note a change of one counter, named by its column."""
        self._changes[batch][column] += change

    def move(
        self, batch: int, before: RequestState, after: RequestState, recipients: int, requests: int = 1
    ) -> None:
        """Note that requests to so many recipients change their state.

        Raise ValueError for a change that `TRANSITIONS` does not have.
        """
        if not before.may_become(after):
            raise ValueError(f"a request cannot change from {before} to {after}")
        changes = self._changes[batch]
        # Planned recipients have no column: they are those that no other counter counts.
        if before is RequestState.PLANNED:
            changes["tried"] += requests
        else:
            changes[before] -= recipients
        if after is RequestState.PLANNED:
            changes["tried"] -= requests
        else:
            changes[after] += recipients

    # The time when the last recipient of a batch was settled; none after a retry has planned some again.
    _FINISH = """
        UPDATE batches SET finished = CASE WHEN finished IS NULL THEN :now END
        WHERE id = :batch AND (finished IS NULL) = (accepted + rejected + unknown = recipients)
    """

    def flush(self) -> None:
        """Write the changes that were noted."""
        for batch, changes in self._changes.items():
            columns = {column: change for column, change in changes.items() if change}
            if columns:
                added = ", ".join(f"{column} = {column} + :{column}" for column in columns)
                self._database.execute_later(
                    f"UPDATE batches SET {added} WHERE id = :batch", {**columns, "batch": batch}
                )
            self._database.execute_later(self._FINISH, {"batch": batch, "now": self._database.now()})
        self._changes.clear()


@contextmanager
def counting(database: Database, *batches: int, sender: str | None = None) -> Iterator[Counters]:
    """Run a transaction, at the end of which the counters are written. `sender`: see Database.transaction."""
    with database.transaction(sender):
        counters = Counters(database, *batches)
        yield counters
        counters.flush()


def change_each(database: Database, statement: str, values: Sequence[tuple[Any, ...]]) -> None:
    """Change one request for each of the values, or raise Failure: otherwise the counters would be wrong."""
    if values and database.executemany(statement, values) != len(values):
        raise changed_elsewhere()


def changed_elsewhere() -> Failure:
    """Return the error for a batch that is not as this process left it."""
    return Failure(tr("another process has changed this batch in the ledger"), tr("run kxsms batch check"))
