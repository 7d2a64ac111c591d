"""The ledger as the rest of kxsms sees it: finding, listing, writing and owning batches."""

import secrets
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from kxsms.domain.batch import Batch, BatchHeader
from kxsms.domain.claim import Waiting
from kxsms.domain.ledger_place import LedgerPlace
from kxsms.domain.plan import Plan
from kxsms.domain.profile import Profile
from kxsms.domain.terms import Terms
from kxsms.errors import Busy
from kxsms.language import tr
from kxsms.ledger.billing import billed_on
from kxsms.ledger.claims import OwnedBatch
from kxsms.ledger.consent import Sender
from kxsms.ledger.create import BatchWriter, sweep
from kxsms.ledger.database import OriginsByProfile
from kxsms.ledger.engine import engine_for
from kxsms.ledger.exclusion import exclude
from kxsms.ledger.lookup import BatchLookup
from kxsms.ledger.owning import owning
from kxsms.ledger.queries import BatchQueries, discrepancies
from kxsms.ledger.snapshot import LedgerChanged, LedgerSnapshot, last_batch, refuse_twin
from kxsms.ledger.staging import StagedPlan

if TYPE_CHECKING:
    from kxsms.domain.pruning import PruneTerms
    from kxsms.ledger.answers import KeptAnswers
    from kxsms.ledger.forgetting import Forgetting
    from kxsms.ledger.pruning import Pruning

_NAME_BYTES = 4
_PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.05


class Ledger(BatchLookup):
    """One ledger, opened by `with`. A file is made if it is to be `writable` and does not exist.

    A file that does not exist and must not be written is read as an empty ledger. Every method raises Failure
    where the file cannot be used; then nothing that it should have written is written. `origins` returns
    the gateways of profiles, for an older ledger that does not have them.
    """

    def __init__(
        self, place: Path | LedgerPlace, *, writable: bool, origins: OriginsByProfile = dict
    ) -> None:
        self._engine = engine_for(place, writable=writable, origins=origins)
        super().__init__(self._engine.database, self._engine.owners)
        self._receiver = self._engine.receiver
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            self._engine.open(undo)
            if self._database.writable:
                self._database.refuse_sealed()
                with self._database.explained():
                    self._owners.refuse_older()
            self._owners.find_losses()
            if self._database.writable:
                sweep(self._database, self._owners)
            self._resources = undo.pop_all()
        return self

    def __exit__(self, *raised: object) -> None:
        self._resources.close()

    @property
    def shown(self) -> str:
        """Return where the ledger is, in words."""
        return self._database.shown

    def stage(self) -> StagedPlan:
        """Return an empty staged plan. A ledger that is open takes only one."""
        return StagedPlan(self._database)

    def exclude(self, lists: Iterable[Sequence[int]]) -> None:
        """Exclude numbers, some thousand at a time, from the next plan, or from a batch that is resumed."""
        exclude(self._database, lists)

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
                raise Busy(
                    tr("another process has been writing a batch for a minute"), tr("wait for it, or end it")
                )
            time.sleep(_POLL_SECONDS)
            sweep(self._database, self._owners)
        return LedgerSnapshot.take(self._database, self._owners)

    def refuse_twin(self, header: BatchHeader, after: int) -> None:
        """Raise Busy if another process is writing the same batch, or has written it since batch `after`."""
        refuse_twin(self._database, header, after)

    def create(
        self,
        staged: StagedPlan,
        header: BatchHeader,
        plan: Plan,
        after: int,
        snapshot: LedgerSnapshot | None,
        superseded: Batch | None = None,
    ) -> Batch | None:
        """Write a staged plan into the ledger as a batch, which this process then owns.

        It takes over the idempotency key of `superseded`. Raise Busy as `refuse_twin` does. Return None if
        the `snapshot` of the other batches is stale: then take another one. Without one the other batches do
        not matter.
        """
        staged.number_rows()
        name = self._new_name()
        writer = BatchWriter(self._database, self._owners, header, plan, name, snapshot, staged.opt_outs)
        try:
            if superseded is None:
                writer.run(after)
            else:
                with self.own(superseded, even_pruned=True):
                    writer.run(after, superseded)
        except LedgerChanged:
            return None
        return self.find(name)

    def _new_name(self) -> str:
        while True:
            name = secrets.token_hex(_NAME_BYTES)
            if name.replace("e", "").isdigit():  # a spreadsheet or a script would take it for a number
                continue
            if self._database.row("SELECT 1 FROM batches WHERE name = ?", (name,)) is None:
                return name

    @property
    def is_shared(self) -> bool:
        """Return whether several processes may send one batch together."""
        return self._owners.ARE_SEVERAL

    def own(
        self, batch: Batch, *, take_over: bool = False, joins: bool = False, even_pruned: bool = False
    ) -> AbstractContextManager[OwnedBatch]:
        """Own a batch inside the `with`. Raise Busy at once if another process does.

        With `take_over`, an owner that cannot be examined has ended. With `joins`, own it beside others that
        send it, where the ledger `is_shared`. Raise InputError for a batch that was superseded or, unless
        `even_pruned`, pruned.
        """
        choices = {"take_over": take_over, "joins": joins, "even_pruned": even_pruned}
        return owning(self._database, self._owners, batch, **choices)

    _SENDING = "SELECT * FROM batches WHERE ready AND sending > 0 ORDER BY id DESC"

    def settle_orphans(self) -> None:
        """Make requests unknown that were in flight when their process ended: those without an owner."""
        for batch in [batch for batch in self._batches(self._SENDING) if not batch.has_owner]:
            with suppress(Busy), self.own(batch):
                pass

    _SET_SHOWN = "UPDATE batches SET shown_turn = max(shown_turn, :turn) WHERE id = :batch"

    def set_shown(self, batch: Batch) -> None:
        """Note that the result of a batch was written out as it was when `batch` was read."""
        with self._database.transaction():
            self._database.execute(self._SET_SHOWN, {"batch": batch.id, "turn": batch.last_turn})

    _SET_WAITING = "UPDATE batches SET waits = :reason, due = :until WHERE id = :batch"

    def set_waiting(self, batch: Batch, waiting: Waiting | None) -> None:
        """Note why a batch waits, and until when `batch run` leaves it alone; None: it needs a person."""
        values = {"reason": None, "until": None} if waiting is None else waiting._asdict()
        with self._database.transaction():
            self._database.execute(self._SET_WAITING, {**values, "batch": batch.id})

    def billed_on(self, profile: Profile, day: str) -> int:
        """Return how many messages of a profile's account and product may be billed on a day.

        The day is one in the zone of the profile, such as 2026-11-22.
        """
        return billed_on(self._database, Sender.of(profile), day)

    _SCHEDULE = """
        UPDATE batches SET scheduled_for = :at, due = :at, waits = NULL, terms = :terms WHERE id = :batch
    """

    def schedule(self, batch: Batch, at: float, terms: Terms) -> None:
        """Schedule a batch that this process owns, with other terms."""
        with self._database.transaction():
            self._database.execute(self._SCHEDULE, {"batch": batch.id, "at": at, "terms": terms.json()})

    # Only if no other process has sent or moved it since it was read.
    _KEEP_BACK = "UPDATE batches SET waits = :reason, due = :next WHERE id = :batch AND due = :due"

    def keep_back(self, batch: Batch, reason: str, *, for_person: bool = False) -> bool:
        """Note why a batch that is due was not sent, and whether only a person may send it.

        Return False if it is not due any more.
        """
        values = {"batch": batch.id, "due": batch.due, "reason": reason}
        values["next"] = None if for_person else batch.due
        with self._database.transaction():
            return self._database.execute(self._KEEP_BACK, values) == 1

    def read(self) -> BatchQueries:
        """Return the queries for the requests and rows of a batch."""
        return BatchQueries(self._database)

    def answers(self, profile: Profile) -> "KeptAnswers":
        """Return the answers of the gateway to the account of a profile, and their records."""
        from kxsms.ledger.answers import KeptAnswers

        return KeptAnswers(self._database, self._receiver, profile)

    def pruning(self, terms: "PruneTerms") -> "Pruning":
        """Return the pruning of what is old by these terms."""
        from kxsms.ledger.pruning import Pruning

        return Pruning(self._database, self._owners, terms)

    def forgetting(self, mobile: str) -> "Forgetting":
        """Return the forgetting of a normalised number."""
        from kxsms.ledger.forgetting import Forgetting

        return Forgetting(self._database, self._owners, mobile)

    def check(self) -> list[str]:
        """Return the faults of the file and of its counters, in words. Raise Failure if entries are lost."""
        with self._database.explained():
            self._owners.refuse_older()
        return discrepancies(self._database)
