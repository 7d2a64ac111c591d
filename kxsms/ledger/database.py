"""The ledger: one SQLite file that knows every batch, and the locks that say who is at work on which."""

import secrets
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kxsms.domain.batch import Batch, BatchHeader
from kxsms.domain.plan import Plan
from kxsms.domain.profile import Profile
from kxsms.errors import Busy, Failure, InputError
from kxsms.ledger import queries
from kxsms.ledger.answers import KeptAnswers
from kxsms.ledger.claims import OwnedBatch
from kxsms.ledger.create import BatchWriter, LedgerChanged, LedgerSnapshot, refuse_twin
from kxsms.ledger.locks import Locks
from kxsms.ledger.overlap import last_turn
from kxsms.ledger.schema import migrate
from kxsms.ledger.staging import StagedPlan
from kxsms.sqlite import connect, create, explained, refuse_untrusted, transaction, use_wal

if TYPE_CHECKING:
    import sqlite3

_SUBJECT = "the ledger"
_HINTS = {
    "NEWER": "upgrade kxsms",
    "FOREIGN": "move the file away, or set KXSMS_STATE_DIR to another directory",
    "OS": "check the directory, or set KXSMS_STATE_DIR to one of yours",
    "SQLITE_READONLY": "make the file and its directory writable for you",
    "SQLITE_FULL": "free some space, then run the same command again",
    "SQLITE_BUSY": "run the same command again",
    "SQLITE_CANTOPEN": "its directory must be writable for you, also to read it",
    "SQLITE_IOERR": "look at the disk: it may be full, over its quota, or failing",
}
_DEFAULT_HINT = "restore it from a backup; a new one, if you move it away, knows nothing of what was sent"
_NAME_BYTES = 4
_PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.05
_MEMORY = ":memory:"


class Ledger:
    """One ledger. The file is opened by `with`, and made if it is to be `writable` and there is none.

    Without a file that must not be written, the ledger is empty. Every method raises Failure where the file
    cannot be used; then nothing that it was to write is written.
    """

    def __init__(self, path: Path, *, writable: bool) -> None:
        self.path = path
        self._writable = writable
        self._locks = Locks(path.with_name(path.name + ".lock"))
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        with self.explained(), ExitStack() as undo:
            exists = self._writable or self.path.exists()
            refuse_untrusted(_SUBJECT, self.path)
            self._refuse_emptied()
            if self._writable:
                create(self.path)
            self._connection = connect(self.path if exists else _MEMORY)
            undo.callback(self._connection.close)
            self._prepare(self._connection)
            undo.callback(self._locks.close)
            self._identity = self._look_at_file() if exists else None
            self._resources = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def _refuse_emptied(self) -> None:
        """Raise Failure for a file of nothing beside the locks of batches, which it has known once."""
        locks = self._locks.path
        if self.path.exists() and not self.path.stat().st_size and locks.exists():
            hint = f"restore it from a backup; to begin anew, remove {locks} too"
            raise Failure(f"{_SUBJECT} {self.path} is empty, though batches were sent with it", hint)

    def _look_at_file(self) -> tuple[int, int]:
        status = self.path.stat()
        return status.st_dev, status.st_ino

    def ensure_there(self) -> None:
        """Raise Failure if the file that is open is no longer the ledger that others would find."""
        try:
            is_there = self._look_at_file() == self._identity
        except OSError:
            is_there = False
        if not is_there:
            raise Failure(
                f"the ledger {self.path} was removed or replaced while it was in use",
                "put it back: a new one knows nothing of what was sent",
            )

    def explained(self) -> AbstractContextManager[None]:
        """Raise Failure, in words, for whatever goes wrong with the file inside the `with`."""
        return explained(_SUBJECT, self.path, _HINTS, _DEFAULT_HINT)

    def _prepare(self, connection: "sqlite3.Connection") -> None:
        if self._writable:
            use_wal(connection)
            # An answer that has been settled survives even a power cut.
            connection.execute("PRAGMA synchronous = FULL")
        migrate(connection)
        connection.execute("PRAGMA temp.journal_mode = OFF")
        if self._writable:
            self._sweep()

    def _sweep(self) -> None:
        """Remove what a crash has left half written. It also shows whether the file can be written at all."""
        with transaction(self._connection):
            self._connection.execute("DELETE FROM batches WHERE FALSE")  # BEGIN alone does not find out
            for (number,) in self._connection.execute("SELECT id FROM batches WHERE NOT ready").fetchall():
                if self._locks.take(number):
                    BatchWriter.sweep(self._connection, number)
                    self._locks.release(number)

    def stage(self) -> StagedPlan:
        """A new plan. Only one at a time."""
        return StagedPlan(self._connection, self.explained)

    def last(self) -> int:
        """The number of the last batch that anybody has begun to write."""
        with self.explained():
            (number,) = self._connection.execute("SELECT coalesce(max(id), 0) FROM batches").fetchone()
            return int(number)

    def snapshot(self) -> LedgerSnapshot:
        """What the other batches are at, at this moment.

        Waits for those that are just being written, a few seconds each. Raises Busy if that takes too long.
        """
        end = time.monotonic() + _PATIENCE_SECONDS
        with self.explained():
            while self._connection.execute("SELECT 1 FROM batches WHERE NOT ready").fetchone():
                if time.monotonic() > end:
                    raise Busy("another process is writing a batch down, and does not end", "wait, or end it")
                time.sleep(_POLL_SECONDS)
                self._sweep()
            last, turn = self.last(), last_turn(self._connection)
            held = [batch.id for batch in self._batches("finished IS NULL") if batch.has_owner]
            return LedgerSnapshot(last, turn, tuple(held))

    def refuse_twin(self, header: BatchHeader, after: int) -> None:
        """Raise Busy if another process is just writing the same, or has begun it since batch `after`."""
        with self.explained():
            refuse_twin(self._connection, header, after)

    def create(
        self, draft: StagedPlan, header: BatchHeader, plan: Plan, after: int, seen: LedgerSnapshot | None
    ) -> Batch | None:
        """Write a placed draft down, under a lock that this process then holds.

        Raises Busy if somebody has begun the same since batch `after` was the last. None if what others do
        matters, and they have done something since it was `seen`: then look again.
        """
        with self.explained():
            draft.order()
            name = self._new_name()
            writing = BatchWriter(self._connection, self._locks, header, plan, name, seen=seen)
            try:
                writing.run(after)
            except LedgerChanged:
                return None
            return self.find(name)

    def _new_name(self) -> str:
        while True:
            name = secrets.token_hex(_NAME_BYTES)
            taken = self._connection.execute("SELECT 1 FROM batches WHERE name = ?", (name,)).fetchone()
            if taken is None:
                return name

    @contextmanager
    def own(self, batch: Batch) -> Iterator[OwnedBatch]:
        """Be the only one at work on a batch. Raises Busy at once if another process is."""
        with self.explained():
            if not self._locks.take(batch.id):
                raise Busy(
                    f"another process is sending batch {batch.name}",
                    f"kxsms batch show {batch.name} follows it",
                )
        try:
            work = OwnedBatch(self._connection, batch, self.explained, self.ensure_there)
            work.recover()
            yield work
            work.end()
        finally:
            self._locks.release(batch.id)

    def settle_orphans(self) -> None:
        """Call unknown what a process left on its way that was killed, in every batch that has no owner."""
        with self.explained():
            orphans = [batch for batch in self._batches("sending > 0") if not batch.has_owner]
        for batch in orphans:
            with suppress(Busy), self.own(batch):
                pass

    def of_key(self, key: str) -> Batch | None:
        """The batch of an idempotency key."""
        return self._newest("idempotency_key = ?", key)

    def same(self, *, fingerprint: bytes | None = None, source_key: bytes | None = None) -> Batch | None:
        """The batch of the same numbers and texts, or of the same input: an unfinished one, or the last."""
        if source_key is not None:
            return self._newest("source_key = ?", source_key)
        return self._newest("fingerprint = ?", fingerprint)

    def _newest(self, condition: str, value: object) -> Batch | None:
        with self.explained():
            order = "accepted + rejected + unknown = recipients, id DESC"
            return next(self._batches(condition, value, order=order), None)

    def doubtful(self, fingerprint: bytes, since: float) -> Batch | None:
        """The last batch of the same numbers and texts that ended unknown since then (seconds since 1970)."""
        with self.explained():
            found = self._batches(
                "fingerprint = ? AND unknown > 0 AND EXISTS (SELECT 1 FROM requests"
                " WHERE requests.id BETWEEN first_request AND last_request AND state = 'unknown'"
                " AND claimed > ?)",
                fingerprint,
                since,
            )
            return next(found, None)

    def batches(self) -> list[Batch]:
        """All batches, the newest first."""
        with self.explained():
            return list(self._batches("TRUE"))

    def latest(self, beginning: str, most: int) -> list[Batch]:
        """Return the newest batches whose names begin so, at most so many, the newest first."""
        with self.explained():
            found = self._batches("substr(name, 1, length(?)) = ?", beginning, beginning)
            return list(islice(found, most))

    def find(self, name: str) -> Batch:
        """The batch whose name begins so. Raises InputError if there is none, or more than one."""
        with self.explained():
            may_be = name and name.isascii()
            found = list(self._batches("substr(name, 1, length(?)) = ?", name, name)) if may_be else []
        if len(found) == 1:
            return found[0]
        if not found:
            raise InputError(f"there is no batch {name!r}", "kxsms batch list shows them")
        raise InputError(
            f"several batches begin with {name!r}: {', '.join(batch.name for batch in found[:5])}",
            "give more of the name",
        )

    def _batches(self, condition: str, *values: object, order: str = "id DESC") -> Iterator[Batch]:
        return queries.batches(self._connection, self._locks.is_taken, condition, values, order)

    def read(self) -> "queries.BatchQueries":
        """What is known of the requests and rows of a batch."""
        return queries.BatchQueries(self._connection, self.explained)

    def answers(self, profile: Profile) -> KeptAnswers:
        """What the gateway has handed out to the account of a profile."""
        return KeptAnswers(self._connection, profile, self.explained)

    def check(self) -> list[str]:
        """What is wrong with the file or with its sums, in words; nothing if all is well."""
        with self.explained():
            return queries.discrepancies(self._connection)
