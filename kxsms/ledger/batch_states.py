"""The states of all requests of a batch, changed when it is owned, retried, settled or cancelled."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kxsms.domain.batch import Batch, Remainder
from kxsms.domain.claim import Claim, Settlement
from kxsms.domain.overlap import Overlap
from kxsms.domain.plan import Plan
from kxsms.domain.profile import Profile
from kxsms.domain.states import RequestState
from kxsms.domain.terms import Terms
from kxsms.language import mark
from kxsms.ledger.cancelling import cancel_planned
from kxsms.ledger.consent import Sender, find_opted_out
from kxsms.ledger.counters import Counters, counting
from kxsms.ledger.database import Database
from kxsms.ledger.exclusion import find_excluded
from kxsms.ledger.forgotten import leave_out_forgotten
from kxsms.ledger.leaving_out import EARLIER, leave_out
from kxsms.ledger.overlap import batch_overlap, skip_batch_overlap
from kxsms.ledger.owners import Owners
from kxsms.ledger.planned import planned
from kxsms.ledger.settling import count_unknown, settle_by_person

CUT_SHORT = mark("kxsms was stopped before the answer came")

# The requests of a batch that are in one state.
_IN_STATE = "id BETWEEN :first AND :last AND state = :before"

# Those of them that an attempt before a retry may have sent.
_DOUBTFUL = f"""{_IN_STATE}
    AND id IN (SELECT request FROM attempts WHERE request BETWEEN :first AND :last AND state = 'unknown')
"""


class BatchStates:
    """A batch whose lock this process holds. Every method raises Failure where the ledger cannot be used."""

    # The range of a batch's requests: they stand together.
    _RANGE = """
        SELECT id AS batch, first_request AS first, last_request AS last, origin FROM batches WHERE id = ?
    """

    def __init__(self, database: Database, owners: Owners, batch: Batch) -> None:
        self._database = database
        self._owners = owners
        self._id = batch.id
        self._name = batch.name
        self._in_doubt: Sequence[Claim] = []
        """Claims that were not handed out, because it is not known whether they are committed."""
        self._range: dict[str, Any] = {}
        self._find_range()

    def _find_range(self) -> None:
        row = self._database.row(self._RANGE, (self._id,))
        assert row is not None
        self._range |= dict(row)

    def overtaken(self, owned: Iterable[int], state: RequestState = RequestState.PLANNED) -> Overlap | None:
        """Return how many recipients other batches sent the same text since this batch was written, or will.

        Count the planned recipients, or those in another state. `owned` are the batches that have an owner.
        """
        return batch_overlap(self._database, self._range, state, owned)

    def skip_overtaken(self, owned: Iterable[int]) -> int:
        """Skip the recipients whom `overtaken` counts, and return how many they are."""
        with counting(self._database, self._id) as counters:
            return skip_batch_overlap(self._database, counters, self._range, owned)

    def leave_out_excluded(self) -> int:
        """Skip the planned recipients that the ledger excludes for this send. Return how many they are."""
        with counting(self._database, self._id) as counters:
            find_excluded(self._database, self._range)
            return leave_out(self._database, counters, self._id, "skipped")

    def count_opted_out(self, profile: Profile) -> int:
        """Return how many planned recipients opted out."""
        find_opted_out(self._database, Sender.of(profile), self._range)
        return int(self._database.value("SELECT count(*) FROM temp.leaving"))

    def set_terms(self, terms: Terms) -> None:
        """Keep other terms for the rest of the batch."""
        with self._database.transaction():
            values = (terms.json(), self._id)
            self._database.execute("UPDATE batches SET terms = ? WHERE id = ?", values)

    def cancel(self) -> int:
        """Cancel the planned recipients, and return how many they are."""
        with counting(self._database, self._id) as counters:
            return cancel_planned(self._database, counters, self._range)

    # The sums of the requests of a batch that are in one state.
    _LEFT = """
        SELECT coalesce(sum(recipients), 0) AS recipients, count(*) AS requests,
            coalesce(sum(recipients * segments), 0) AS segments
        FROM requests WHERE id BETWEEN :first AND :last AND state = :state
    """

    def left(self, state: RequestState = RequestState.PLANNED) -> Remainder:
        """Return how much is still to be sent, or is in another state."""
        found = self._database.row(self._LEFT, {**self._range, "state": state})
        assert found is not None
        return Remainder(**found)

    def planned(self) -> Plan:
        """Return what is still to be sent, with samples."""
        return planned(self._database, self._range)

    def recover(self) -> None:
        """Make requests unknown that were cut short, and plan those again that were not sent."""
        with counting(self._database, self._id) as counters:
            self._cut_short(counters)
            self._doubt_again(counters)
            if self._count("not_sent"):
                self._change(counters, RequestState.NOT_SENT, RequestState.PLANNED)
            leave_out_forgotten(self._database, counters, self._range)

    def _cut_short(self, counters: Counters) -> None:
        """Make requests unknown that are in flight, but not of a living owner."""
        if self._count("sending"):
            which = f"{_IN_STATE} {self._owners.IS_CUT_SHORT}"
            self._change(counters, RequestState.SENDING, RequestState.UNKNOWN, CUT_SHORT, which)

    def _count(self, column: str) -> int:
        return int(self._database.value(f"SELECT {column} FROM batches WHERE id = ?", (self._id,)))

    def end(self) -> None:
        """Make requests unknown again that were so before a retry, unless the gateway accepted that."""
        with counting(self._database, self._id) as counters:
            self._doubt_again(counters)

    def _doubt_again(self, counters: Counters) -> None:
        for before in (RequestState.PLANNED, RequestState.NOT_SENT, RequestState.REJECTED):
            self._change(counters, before, RequestState.UNKNOWN, EARLIER, _DOUBTFUL)

    # Keeps the attempts at the requests of one state. A retry before this one may have kept one already, and
    # ended before it claimed the request.
    _KEEP_ATTEMPTS = f"""
        INSERT INTO attempts (request, attempt, state, claimed, settled, code, message, task_id, reply)
        SELECT id, attempts, state, claimed, settled, code, message, task_id, reply FROM requests
        WHERE {_IN_STATE}
        ON CONFLICT (request, attempt) DO NOTHING
    """

    def _plan_again(self, counters: Counters, state: RequestState) -> None:
        """Plan the requests of one state again, and keep the attempts at them."""
        self._database.execute(self._KEEP_ATTEMPTS, self._range | {"before": state})
        self._change(counters, state, RequestState.PLANNED)

    def unknown(self, mobile: str | None) -> int:
        """Return how many recipients are unknown: all, or those with one number."""
        return count_unknown(self._database, self._range, mobile)

    def settle(self, state: RequestState, mobile: str | None) -> None:
        """Settle what is unknown as a person says: accepted or not sent, for all or for one number."""
        with counting(self._database, self._id) as counters:
            settle_by_person(self._database, counters, self._range, state, mobile)
        self._find_range()

    def be_patient(self, is_patient: Callable[[float], bool]) -> None:
        """Ask this, with the seconds for which the ledger's server has been away, before waiting longer."""
        self._database.be_patient(is_patient)

    def spool(self, settled: Sequence[Settlement]) -> tuple[str, int] | None:
        """Write the ends of claims that cannot be settled to a local file. Return its path and their number.

        Return None if there are none, or where this ledger has no such files. Raise Failure.
        """
        spool = self._database.spool
        ends = [*settled, *(Settlement(claim, RequestState.PLANNED) for claim in self._in_doubt)]
        if spool is None or not ends:
            return None
        path = spool.write_outcomes(self._name, self._range["first"], ends, self._database.now())
        return str(path), len(ends)

    def _change(
        self,
        counters: Counters,
        before: RequestState,
        after: RequestState,
        message: str | None = None,
        which: str = _IN_STATE,
    ) -> None:
        """Change the state of the batch's requests in state `before` that fulfil the condition `which`."""
        values = self._range | {"before": before, "after": after, "message": message}
        # Counts these requests and their recipients.
        count = f"SELECT count(*) AS requests, sum(recipients) AS recipients FROM requests WHERE {which}"
        # Gives them the new state, and clears the facts about the last attempt.
        change = f"""
            UPDATE requests
            SET state = :after, settled = coalesce(claimed, settled), code = NULL, message = :message,
                task_id = NULL, reply = NULL
            WHERE {which}
        """
        found = self._database.row(count, values)
        assert found is not None
        if found["requests"]:
            counters.move(self._id, before, after, found["recipients"], found["requests"])
            self._database.execute(change, values)
