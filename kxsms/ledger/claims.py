"""The states of requests: only this module and `settling` change them.

`OwnedBatch.cycle` settles the requests whose answers came and claims the next ones. These are on the disk as
`sending` before the caller sends a byte of them. So a request that was cut short, at any moment, is found as
`sending` when its batch is next owned, and becomes `unknown`.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from kxsms.domain.batch import Batch, Remainder
from kxsms.domain.claim import Claim, Settlement
from kxsms.domain.outcome import answered
from kxsms.domain.overlap import Overlap
from kxsms.domain.plan import Plan
from kxsms.domain.states import RequestState
from kxsms.ledger.cancelling import cancel_planned
from kxsms.ledger.counters import Counters, change_each, changed_elsewhere, counting
from kxsms.ledger.database import Database
from kxsms.ledger.overlap import batch_overlap, skip_batch_overlap
from kxsms.ledger.owners import Owners
from kxsms.ledger.planned import planned
from kxsms.ledger.settling import count_unknown, settle_by_person
from kxsms.sqlite import storable

CUT_SHORT = "kxsms was stopped before the answer came"
EARLIER = "an earlier attempt may have arrived"

# The requests of a batch that are in one state.
_IN_STATE = "id BETWEEN :first AND :last AND state = :before"

# Those of them that an attempt before a retry may have sent.
_DOUBTFUL = f"""{_IN_STATE}
    AND id IN (SELECT request FROM attempts WHERE request BETWEEN :first AND :last AND state = 'unknown')
"""


class OwnedBatch:
    """A batch whose lock this process holds. Every method raises Failure where the ledger cannot be used."""

    # The range of a batch's requests: they stand together.
    _RANGE = """
        SELECT id AS batch, first_request AS first, last_request AS last, origin FROM batches WHERE id = ?
    """

    def __init__(self, database: Database, owners: Owners, batch: Batch) -> None:
        self._database = database
        self._owners = owners
        self._id = batch.id
        self._is_in_file = False
        self._find_range()

    def _find_range(self) -> None:
        row = self._database.row(self._RANGE, (self._id,))
        assert row is not None
        self._range: dict[str, Any] = dict(row)
        self._cursor = self._range["first"] - 1

    def recover(self) -> None:
        """Make requests unknown that were cut short, and plan those again that were not sent."""
        with counting(self._database, self._id) as counters:
            counts = self._database.row("SELECT sending, not_sent FROM batches WHERE id = ?", (self._id,))
            assert counts is not None
            if counts["sending"]:
                self._change(counters, RequestState.SENDING, RequestState.UNKNOWN, CUT_SHORT)
            self._doubt_again(counters)
            if counts["not_sent"]:
                self._change(counters, RequestState.NOT_SENT, RequestState.PLANNED)

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

    def retry(self, state: RequestState) -> None:
        """Plan the requests of one state again, and keep the attempts at them."""
        with counting(self._database, self._id) as counters:
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

    def overtaken(self, owned: Iterable[int], state: RequestState = RequestState.PLANNED) -> Overlap | None:
        """Return how many recipients other batches sent the same text since this batch was written, or will.

        Count the planned recipients, or those in another state. `owned` are the batches that have an owner.
        """
        return batch_overlap(self._database, self._range, state, owned)

    def skip_overtaken(self, owned: Iterable[int]) -> int:
        """Skip the recipients whom `overtaken` counts, and return how many they are."""
        with counting(self._database, self._id) as counters:
            return skip_batch_overlap(self._database, counters, self._range, owned)

    def cancel(self) -> int:
        """Cancel the planned recipients, and return how many they are."""
        with counting(self._database, self._id) as counters:
            return cancel_planned(self._database, counters, self._range)

    # The sums of the planned requests of a batch.
    _LEFT = """
        SELECT coalesce(sum(recipients), 0) AS recipients, count(*) AS requests,
            coalesce(sum(recipients * segments), 0) AS segments
        FROM requests WHERE id BETWEEN :first AND :last AND state = 'planned'
    """

    def left(self) -> Remainder:
        """Return how much is still to be sent."""
        found = self._database.row(self._LEFT, self._range)
        assert found is not None
        return Remainder(**found)

    def planned(self) -> Plan:
        """Return what is still to be sent, with samples."""
        return planned(self._database, self._range)

    def cycle(self, settled: Sequence[Settlement], again: Sequence[Claim], want: int) -> list[Claim]:
        """Settle requests, and claim `again` and up to `want` further ones, in one transaction.

        Return the further ones; where they are fewer than `want`, no more are planned. If this raises,
        nothing is committed, and the caller must not send any request that it would have claimed.
        """
        if not (settled or again or want):
            return []
        now = time.time()
        claims = bool(again or want)
        self._owners.ensure_files_there(claims=claims)
        if claims and not self._is_in_file:
            # Should the -wal file be lost with the claims in it, the owner is still known: see `losses`.
            self._is_in_file = self._database.checkpoint()
        with counting(self._database, self._id) as counters:
            self._settle(counters, settled, now)
            fresh = self._next(want)
            self._claim(counters, again, fresh, now)
            if not (again or fresh):
                counters.flush()
                self._owners.forget_finished(self._id)
        if again or fresh:
            self._owners.keep_turn()
        if fresh:
            self._cursor = fresh[-1].request
        return fresh

    # The outcome of one claim.
    _SETTLE = """
        UPDATE requests
        SET state = ?, settled = ?, code = ?, message = ?, task_id = ?, reply = ?
        WHERE id = ? AND state = 'sending'
    """

    def _settle(self, counters: Counters, settled: Sequence[Settlement], now: float) -> None:
        for end in settled:
            counters.move(self._id, RequestState.SENDING, end.state, end.claim.recipients)
        values = [
            (end.state, now, *map(storable, answered(end.outcome)), end.kept, end.claim.request)
            for end in settled
        ]
        change_each(self._database, self._SETTLE, values)

    # The planned requests after the last one that was claimed. Their numbers are joined here: each row that
    # Python fetches costs this thread its turn, and so this is one row per request, not one per number.
    _NEXT = """
        SELECT id AS request,
            (SELECT group_concat(mobile) FROM (
                SELECT mobile FROM rows
                WHERE rows.id BETWEEN first_row AND last_row AND request = requests.id ORDER BY rows.id
            )) AS mobiles,
            recipients, content
        FROM requests WHERE id > :cursor AND id <= :last AND state = 'planned' ORDER BY id LIMIT :want
    """

    def _next(self, want: int) -> list[Claim]:
        values = {"cursor": self._cursor, "last": self._range["last"], "want": want}
        return [Claim(**row) for row in self._database.rows(self._NEXT, values)]

    # Claims one request, or all that are planned in a range.
    _CLAIM = """
        UPDATE requests SET state = 'sending', turn = ?, claimed = ?, settled = NULL, attempts = attempts + 1
        WHERE id BETWEEN ? AND ? AND state = 'planned'
    """
    _SET_TURN = "UPDATE batches SET last_turn = ? WHERE id = ?"

    def _claim(self, counters: Counters, again: Sequence[Claim], fresh: Sequence[Claim], now: float) -> None:
        """Make requests `sending`. `fresh` are all that are planned from the first to the last of them."""
        if not (again or fresh):
            return
        self._owners.ensure_mine(self._id)
        self._database.execute("UPDATE turns SET turn = turn + 1")
        turn = self._database.value("SELECT turn FROM turns")
        ranges = [(claim.request, claim.request) for claim in again]
        change_each(self._database, self._CLAIM, [(turn, now, *each) for each in ranges])
        if fresh:
            values = (turn, now, fresh[0].request, fresh[-1].request)
            if self._database.execute(self._CLAIM, values) != len(fresh):
                raise changed_elsewhere()
        self._database.execute(self._SET_TURN, (turn, self._id))
        for claim in (*again, *fresh):
            counters.move(self._id, RequestState.PLANNED, RequestState.SENDING, claim.recipients)
