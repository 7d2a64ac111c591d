"""The states of requests: only this module, `batch_states`, `settling` and `leaving_out` change them.

`OwnedBatch.cycle` settles requests and claims the next ones, which are on the disk as `sending` before a byte
of them is sent. One that is cut short is found so when its batch is next owned, and becomes `unknown`.
"""

import json
from collections.abc import Sequence

from kxsms.domain.batch import Batch, LeftOut
from kxsms.domain.claim import Claim, Cycle, Settlement
from kxsms.domain.outcome import answered
from kxsms.domain.rules import Rules
from kxsms.domain.states import RequestState
from kxsms.ledger.claim_rules import Admitted, ClaimRules
from kxsms.ledger.consent import Sender
from kxsms.ledger.counters import Counters, change_each, changed_elsewhere, counting
from kxsms.ledger.database import Database
from kxsms.ledger.forgotten import forgotten_rows, leave_out_forgotten
from kxsms.ledger.owners import Owners
from kxsms.ledger.settling import request_of_its_own
from kxsms.ledger.shared_batch import SharedBatch
from kxsms.sqlite import storable


class OwnedBatch(SharedBatch):
    """A batch whose lock this process holds. Every method raises Failure where the ledger cannot be used."""

    def __init__(self, database: Database, owners: Owners, batch: Batch, *, is_joined: bool = False) -> None:
        super().__init__(database, owners, batch, is_joined=is_joined)
        self._is_in_file = False
        self._turn = 0
        self._rules: ClaimRules | None = None
        self._sender: str | None = None

    def use(self, rules: Rules, origin: str | None, seen: int | None = None) -> LeftOut:
        """Check each claim against these rules, and the planned recipients now. Return who is left out.

        `origin` is that of the gateway. Opt-outs up to number `seen` are not looked at again.
        """
        found = self._database.row("SELECT account, product FROM batches WHERE id = ?", (self._id,))
        assert found is not None
        sender = Sender(origin, *found)
        self._sender = sender.name
        self._rules = ClaimRules(self._database, sender, rules, self._range)
        self._sharing.use(sender)
        if not rules.leave_out:
            return LeftOut()
        with counting(self._database, self._id) as counters:
            return self._rules.leave_out(counters, seen)

    def retry(self, state: RequestState) -> LeftOut:
        """Plan the requests of one state again, and keep the attempts at them. Return who is left out."""
        rules = self._rules
        with counting(self._database, self._id) as counters:
            if state is RequestState.UNKNOWN:
                self._set_forgotten_apart(counters)
            if rules is not None and rules.set_apart(counters, state):
                self._find_range()
            self._plan_again(counters, state)
            forgotten = leave_out_forgotten(self._database, counters, self._range)
            left_out = LeftOut() if rules is None else rules.leave_out(counters, None)
            return left_out._replace(forgotten=forgotten)

    def _set_forgotten_apart(self, counters: Counters) -> None:
        """Give unknown recipients that were forgotten requests of their own: they stay unknown."""
        for row in forgotten_rows(self._database, self._range, RequestState.UNKNOWN):
            request_of_its_own(self._database, counters, self._id, row)
        self._find_range()

    def cycle(self, settled: Sequence[Settlement], again: Sequence[int], want: int) -> Cycle:
        """Settle requests, and claim those in `again` and up to `want` further ones, in one transaction.

        Claim only what the rules allow: see `use`. If this raises, nothing may be sent that it would claim.
        """
        return self._database.surely(lambda: self._cycle(settled, again, want))

    def _cycle(self, settled: Sequence[Settlement], again: Sequence[int], want: int) -> Cycle:
        rules = self._rules
        if not (settled or again or want or (rules is not None and rules.is_behind())):
            return Cycle([])
        now = self._database.now()
        self._owners.ensure_usable(claims=(claims := bool(again or want)))
        if claims and not self._is_in_file:
            # Should the -wal file be lost with the claims in it, the owner is still known: see `losses`.
            self._is_in_file = self._database.write_through()
        sharing = self._sharing
        with counting(self._database, self._id, sender=self._sender) as counters:
            if sharing.begin():
                self._settle(counters, settled, now)
                streaks = sharing.count(settled)
            else:
                settled, streaks = sharing.settle_late(counters, settled, now), None
            allowed = sharing.allowed(len(again) + want)
            soon, later, want = again[:allowed], again[allowed:], min(want, max(0, allowed - len(again)))
            recalls = rules is not None and rules.follow(counters, settled)
            earlier, fresh = self._of_numbers(soon), self._next(want)
            found = self._without_forgotten(counters, [*earlier, *fresh])
            admitted = Admitted(found) if rules is None else self._admit(rules, counters, found, now)
            self._claim(counters, admitted.claims, now)
            self._in_doubt = [*self._in_doubt, *admitted.claims]
            if rules is not None:
                rules.count(admitted.claims, settled)
            claimed = sharing.reserve(admitted.claims)
            if not claimed:
                counters.flush()
                self._owners.forget_finished(self._id)
        self._in_doubt = []
        if rules is not None:
            rules.committed()
        if claimed:
            self._owners.keep_turn(self._turn)
            self._cursor = max(self._cursor, claimed[-1].request)
        is_all = len(fresh) < want
        return Cycle(claimed, recalls, is_all, admitted.waits, later, sharing.next_at, streaks)

    def _without_forgotten(self, counters: Counters, found: list[Claim]) -> list[Claim]:
        """Return requests without recipients that were forgotten: a pseudonym must never be sent to."""
        if not any("-" in claim.mobiles for claim in found):
            return found
        leave_out_forgotten(self._database, counters, self._range)
        return self._of_numbers([claim.request for claim in found])

    def _admit(self, rules: ClaimRules, counters: Counters, found: Sequence[Claim], now: float) -> Admitted:
        """Return those of the requests found that the rules allow, without whom the cap leaves out."""
        if rules.cap(counters, [claim.request for claim in found]):
            found = self._of_numbers([claim.request for claim in found])
        return rules.admit(found, now)

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

    # The planned requests with some numbers, or after the last one that was claimed. Their numbers are joined
    # here: each row that Python fetches costs this thread its turn, and so this is one row per request, not
    # one per number.
    _CLAIMS = """
        SELECT id AS request,
            (SELECT group_concat(mobile) FROM (
                SELECT mobile FROM rows
                WHERE rows.id BETWEEN first_row AND last_row AND request = requests.id ORDER BY rows.id
            )) AS mobiles,
            recipients, content, segments, '' AS day, attempts + 1 AS attempt
        FROM requests
    """
    _NEXT = f"""
        {_CLAIMS} WHERE id > :cursor AND id <= :last AND state = 'planned' {{is_free}} ORDER BY id LIMIT :want
    """
    _OF_NUMBERS = f"""
        {_CLAIMS} WHERE id IN (SELECT value FROM json_each(:numbers)) AND state = 'planned' ORDER BY id
    """

    def _next(self, want: int) -> list[Claim]:
        if not want:
            return []
        values = {"cursor": self._cursor, "last": self._range["last"], "want": want}
        statement = self._NEXT.format(is_free=self._owners.is_free)
        rows = self._database.rows(statement + self._owners.NEXT_ARE_LOCKED, values)
        return [Claim(*row) for row in rows]

    def _of_numbers(self, numbers: Sequence[int]) -> list[Claim]:
        values = {"numbers": json.dumps(list(numbers))}
        return [Claim(*row) for row in self._database.rows(self._OF_NUMBERS, values)] if numbers else []

    # Claims one request, or all that are planned, and free, in a range.
    _CLAIM = """
        UPDATE requests
        SET state = 'sending', turn = ?, claimed = ?, settled = NULL, attempts = attempts + 1{claimed_by}
        WHERE id BETWEEN ? AND ? AND state = 'planned' {is_free}
    """
    _SET_TURN = "UPDATE batches SET last_turn = ? WHERE id = ?"

    def _claim(self, counters: Counters, claims: Sequence[Claim], now: float) -> None:
        """Make requests `sending`."""
        if not claims:
            return
        if not self._sharing.may_claim:
            self._owners.ensure_mine(self._id)
        self._database.execute_later("UPDATE turns SET turn = turn + 1")
        turn = self._turn = int(self._database.value("SELECT turn FROM turns"))
        earlier = [claim.request for claim in claims if claim.request <= self._cursor]
        fresh = [claim.request for claim in claims if claim.request > self._cursor]
        statement = self._CLAIM.format(claimed_by=self._owners.claimed_by, is_free=self._owners.is_free)
        change_each(self._database, statement, [(turn, now, request, request) for request in earlier])
        # Fresh ones are all that are planned from the first to the last of them.
        values = (turn, now, fresh[0], fresh[-1]) if fresh else None
        if values is not None and self._database.execute(statement, values) != len(fresh):
            raise changed_elsewhere()
        self._database.execute_later(self._SET_TURN, (turn, self._id))
        for claim in claims:
            counters.move(self._id, RequestState.PLANNED, RequestState.SENDING, claim.recipients)
