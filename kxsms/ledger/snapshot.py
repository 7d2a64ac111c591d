"""The other batches at one moment, and whether one of them changed since: then no plan is written."""

from dataclasses import dataclass

from kxsms.domain.batch import BatchHeader
from kxsms.errors import Busy
from kxsms.language import tr
from kxsms.ledger.cancelling import IS_EARLIER
from kxsms.ledger.database import Database
from kxsms.ledger.origins import key_at, same_origin
from kxsms.ledger.owners import Owners


@dataclass(frozen=True)
class LedgerSnapshot:
    """The state of the other batches at one moment: the last batch, the last turn, and which had an owner."""

    last: int
    turn: int
    owned: tuple[int, ...]
    forgotten: int

    # The batches that are whole and have something left to send. One that is still being written must not be
    # among the owned ones: its rows cannot be seen yet, and so it has to make the snapshot stale.
    _LEFT_TO_SEND = """
        SELECT id FROM batches
        WHERE ready AND finished IS NULL AND accepted + rejected + unknown < recipients
    """

    @classmethod
    def take(cls, database: Database, owners: Owners) -> "LedgerSnapshot":
        """Return the state of the batches now."""
        last, turn = last_batch(database), int(database.value("SELECT turn FROM turns"))
        batches = [row["id"] for row in database.rows(cls._LEFT_TO_SEND)]
        owned = tuple(filter(owners.is_taken, batches))
        return cls(last, turn, owned, _count_forgotten(database))

    # The batches that have claimed something since a turn.
    _WENT_ON = "SELECT id FROM batches WHERE last_turn > ?"

    # The batches that may claim something, also those that are still being written.
    _UNFINISHED = "SELECT id FROM batches WHERE finished IS NULL AND superseded_by IS NULL"

    def is_stale(self, database: Database, owners: Owners) -> bool:
        """Return whether a batch was started since, or one without an owner got one or claimed requests."""
        if last_batch(database) > self.last or _count_forgotten(database) != self.forgotten:
            return True
        if any(row["id"] not in self.owned for row in database.rows(self._WENT_ON, (self.turn,))):
            return True
        unfinished = [row["id"] for row in database.rows(self._UNFINISHED)]
        return any(batch not in self.owned and owners.is_taken(batch) for batch in unfinished)


class LedgerChanged(Exception):
    """Another process has started or resumed a batch since the snapshot."""


def _count_forgotten(database: Database) -> int:
    """Return how many numbers were forgotten: they are found by other means since."""
    return int(database.value("SELECT count(*) FROM forgotten"))


def last_batch(database: Database) -> int:
    """Return the number of the last batch that any process has started to write."""
    return int(database.value("SELECT coalesce(max(id), 0) FROM batches"))


# A batch of the same content, or under the same key, that is being written or is newer than another one.
_TWIN = f"""
    SELECT name FROM batches
    WHERE (id > :after OR NOT ready) AND {same_origin("batches")} AND {IS_EARLIER}
        AND (fingerprint = :fingerprint OR idempotency_key IN (:key, :key_here))
"""


def refuse_twin(database: Database, header: BatchHeader, after: int) -> None:
    """Raise Busy if another process is writing the same batch, or has written it since batch `after`."""
    key, origin = header.idempotency_key, header.origin
    values = {"after": after, "fingerprint": header.fingerprint, "origin": origin, "key": key}
    values["key_here"] = key_at(origin, key)
    name = database.value(_TWIN, values)
    if name is not None:
        raise Busy(
            tr("another process has just started to send the same, as batch {name}", name=name),
            tr("run the same command again"),
        )
