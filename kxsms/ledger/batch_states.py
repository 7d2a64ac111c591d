"""The states of all requests of a batch, changed when it is owned, retried, settled or cancelled."""

from typing import Any

from kxsms.domain.batch import Batch
from kxsms.domain.states import RequestState
from kxsms.language import mark
from kxsms.ledger.counters import Counters, counting
from kxsms.ledger.database import Database
from kxsms.ledger.forgotten import leave_out_forgotten
from kxsms.ledger.leaving_out import EARLIER
from kxsms.ledger.owners import Owners
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
        self._range: dict[str, Any] = {}
        self._find_range()

    def _find_range(self) -> None:
        row = self._database.row(self._RANGE, (self._id,))
        assert row is not None
        self._range |= dict(row)

    def recover(self) -> None:
        """Make requests unknown that were cut short, and plan those again that were not sent."""
        with counting(self._database, self._id) as counters:
            counts = self._database.row("SELECT sending, not_sent FROM batches WHERE id = ?", (self._id,))
            assert counts is not None
            if counts["sending"]:
                which = f"{_IN_STATE} {self._owners.IS_CUT_SHORT}"
                self._change(counters, RequestState.SENDING, RequestState.UNKNOWN, CUT_SHORT, which)
            self._doubt_again(counters)
            if counts["not_sent"]:
                self._change(counters, RequestState.NOT_SENT, RequestState.PLANNED)
            leave_out_forgotten(self._database, counters, self._range)

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
