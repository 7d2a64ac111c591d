"""The ledger as the rest of kxsms sees it: finding, listing, writing and owning batches."""

import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from kxsms.domain.batch import Batch, BatchHeader
from kxsms.domain.plan import Plan
from kxsms.domain.profile import Profile
from kxsms.errors import Busy, InputError
from kxsms.ledger.answers import KeptAnswers
from kxsms.ledger.claims import OwnedBatch
from kxsms.ledger.create import BatchWriter, sweep
from kxsms.ledger.database import Database, Values
from kxsms.ledger.locks import Locks
from kxsms.ledger.overlap import LedgerChanged, LedgerSnapshot, last_batch, refuse_twin
from kxsms.ledger.queries import BatchQueries, batch_of, discrepancies
from kxsms.ledger.receivers import Receiver
from kxsms.ledger.staging import StagedPlan

_NAME_BYTES = 4
_PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.05


class Ledger:
    """One ledger. The file is opened by `with`, and made if it is to be `writable` and does not exist.

    A file that does not exist and must not be written is read as an empty ledger. Every method raises Failure
    where the file cannot be used; then nothing that it should have written is written.
    """

    def __init__(self, path: Path, *, writable: bool) -> None:
        self.path = path
        self._database = Database(path, writable=writable)
        self._locks = Locks(self._database.lock_path)
        self._receiver = Receiver(self._database)
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.enter_context(self._database)
            undo.callback(self._locks.close)
            undo.callback(self._receiver.close)
            if self._database.writable:
                sweep(self._database, self._locks)
            self._resources = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def stage(self) -> StagedPlan:
        """Return an empty staged plan. A ledger that is open takes only one."""
        return StagedPlan(self._database)

    def last(self) -> int:
        """Return the number of the last batch that any process has started to write."""
        return last_batch(self._database)

    _BEING_WRITTEN = "SELECT 1 FROM batches WHERE NOT ready LIMIT 1"

    def snapshot(self) -> LedgerSnapshot:
        """Return the state of the other batches now.

        Wait for batches that are being written, a few seconds each. Raise Busy if that takes too long.
        """
        end = time.monotonic() + _PATIENCE_SECONDS
        while self._database.row(self._BEING_WRITTEN) is not None:
            if time.monotonic() > end:
                raise Busy("another process has been writing a batch for a minute", "wait for it, or end it")
            time.sleep(_POLL_SECONDS)
            sweep(self._database, self._locks)
        return LedgerSnapshot.take(self._database, self._locks)

    def refuse_twin(self, header: BatchHeader, after: int) -> None:
        """Raise Busy if another process is writing the same batch, or has written it since batch `after`."""
        refuse_twin(self._database, header, after)

    def create(
        self, staged: StagedPlan, header: BatchHeader, plan: Plan, after: int, snapshot: LedgerSnapshot | None
    ) -> Batch | None:
        """Write a staged plan into the ledger as a batch, which this process then owns.

        Raise Busy as `refuse_twin` does. Return None if the `snapshot` of the other batches is stale: then
        take another one. Without one the other batches do not matter.
        """
        staged.number_rows()
        name = self._new_name()
        try:
            BatchWriter(self._database, self._locks, header, plan, name, snapshot).run(after)
        except LedgerChanged:
            return None
        return self.find(name)

    def _new_name(self) -> str:
        while True:
            name = secrets.token_hex(_NAME_BYTES)
            if self._database.row("SELECT 1 FROM batches WHERE name = ?", (name,)) is None:
                return name

    @contextmanager
    def own(self, batch: Batch) -> Iterator[OwnedBatch]:
        """Own a batch inside the `with`. Raise Busy at once if another process does."""
        with self._database.explained():
            if not self._locks.take(batch.id):
                raise Busy(
                    f"another process is sending batch {batch.name}",
                    f"run kxsms batch show {batch.name} to follow it",
                )
        try:
            owned = OwnedBatch(self._database, batch)
            owned.recover()
            yield owned
            owned.end()
        finally:
            self._locks.release(batch.id)

    _SENDING = "SELECT * FROM batches WHERE ready AND sending > 0 ORDER BY id DESC"

    def settle_orphans(self) -> None:
        """Make requests unknown that were in flight when their process ended: those without an owner."""
        for batch in [batch for batch in self._batches(self._SENDING) if not batch.has_owner]:
            with suppress(Busy), self.own(batch):
                pass

    _OF_KEY = "SELECT * FROM batches WHERE ready AND idempotency_key = ?"

    def of_key(self, key: str) -> Batch | None:
        """Return the batch of an idempotency key."""
        return next(self._batches(self._OF_KEY, (key,)), None)

    # The batches of the same input, or of the same content (one of them is NULL): unfinished ones first, then
    # the newest.
    _SAME = """
        SELECT * FROM batches WHERE ready AND (source_key = :source_key OR fingerprint = :fingerprint)
        ORDER BY accepted + rejected + unknown = recipients, id DESC
    """

    def same(self, *, fingerprint: bytes | None = None, source_key: bytes | None = None) -> Batch | None:
        """Return the batch of the same input, or of the same content: an unfinished one, or the newest."""
        return next(self._batches(self._SAME, {"fingerprint": fingerprint, "source_key": source_key}), None)

    # The batches of the same content with a request that was claimed after a moment, and is unknown.
    _DOUBTFUL = """
        SELECT * FROM batches WHERE ready AND fingerprint = :fingerprint AND unknown > 0 AND EXISTS (
            SELECT 1 FROM requests WHERE requests.id BETWEEN first_request AND last_request
                AND state = 'unknown' AND claimed > :since
        ) ORDER BY id DESC
    """

    def doubtful(self, fingerprint: bytes, since: float) -> Batch | None:
        """Return the newest batch of the same content that ended unknown since then (seconds since 1970)."""
        return next(self._batches(self._DOUBTFUL, {"fingerprint": fingerprint, "since": since}), None)

    _ALL = "SELECT * FROM batches WHERE ready ORDER BY id DESC"

    def batches(self) -> list[Batch]:
        """Return all batches, the newest first."""
        return list(self._batches(self._ALL))

    _BY_PREFIX = """
        SELECT * FROM batches WHERE ready AND substr(name, 1, length(:prefix)) = :prefix ORDER BY id DESC
    """

    def latest(self, prefix: str, most: int) -> list[Batch]:
        """Return the newest batches whose names begin so, at most `most`, the newest first."""
        return list(islice(self._batches(self._BY_PREFIX, {"prefix": prefix}), most))

    def find(self, name: str) -> Batch:
        """Return the batch whose name begins so. Raise InputError if there is none, or more than one."""
        is_possible = name and name.isascii()
        found = list(self._batches(self._BY_PREFIX, {"prefix": name})) if is_possible else []
        if len(found) == 1:
            return found[0]
        if not found:
            raise InputError(f"there is no batch {name!r}", "run kxsms batch list to see all batches")
        raise InputError(
            f"several batches begin with {name!r}: {', '.join(batch.name for batch in found[:5])}",
            "give more of the name",
        )

    def _batches(self, statement: str, values: Values = ()) -> Iterator[Batch]:
        """Yield the batches of a query for whole rows of `batches`."""
        for row in self._database.stream(statement, values):
            yield batch_of(row, self._locks.is_taken)

    def read(self) -> BatchQueries:
        """Return the queries for the requests and rows of a batch."""
        return BatchQueries(self._database)

    def answers(self, profile: Profile) -> KeptAnswers:
        """Return the answers of the gateway to the account of a profile, and their records."""
        return KeptAnswers(self._database, self._receiver, profile)

    def check(self) -> list[str]:
        """Return the faults of the file and of its counters, in words."""
        return discrepancies(self._database)
