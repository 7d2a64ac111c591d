"""The rules of one run of a batch, asked in the transaction that claims its requests."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from kxsms.domain.batch import LeftOut
from kxsms.domain.claim import Claim, Settlement, Waiting
from kxsms.domain.rules import Rules
from kxsms.domain.states import RequestState
from kxsms.domain.words import counted
from kxsms.domain.zones import zone
from kxsms.language import tr
from kxsms.ledger.billing import add_billed, billed_on
from kxsms.ledger.consent import (
    Sender,
    find_capped,
    find_newly_opted_out,
    find_opted_out,
    last_opt_out,
)
from kxsms.ledger.counters import Counters
from kxsms.ledger.database import Database
from kxsms.ledger.leaving_out import leave_out
from kxsms.ledger.settling import request_of_its_own

_NOT_BILLED = (RequestState.REJECTED, RequestState.NOT_SENT, RequestState.PLANNED)


class Admitted(NamedTuple):
    """The requests that may be claimed now, and the limit that allows no more of them, if one does."""

    claims: list[Claim]
    waits: Waiting | None = None


class ClaimRules:
    """The rules of one batch, whose requests are in a range, which may move.

    Its methods run in the caller's transaction.
    """

    def __init__(self, database: Database, sender: Sender, rules: Rules, requests: dict[str, Any]) -> None:
        self._database = database
        self._sender = sender
        self._rules = rules
        self._range = requests
        self._batch = requests["batch"]
        self._seen = 0
        self._seen_next = 0
        self._zone = zone(rules.timezone)

    def leave_out(self, counters: Counters, seen: int | None) -> LeftOut:
        """Leave out the planned recipients who opted out, or have had as many texts as the cap allows.

        Opt-outs up to number `seen` are not looked at again.
        """
        opted_out, capped = 0, 0
        if self._rules.asks_opt_outs:
            last = last_opt_out(self._database)
            if seen is None:
                find_opted_out(self._database, self._sender, self._range)
                opted_out = leave_out(self._database, counters, self._batch, "opted_out")
            elif last > seen:
                find_newly_opted_out(self._database, self._sender, self._range, seen)
                opted_out = leave_out(self._database, counters, self._batch, "opted_out")
            self._seen = self._seen_next = last
        if self._rules.cap is not None:
            self._find_capped()
            capped = leave_out(self._database, counters, self._batch, "capped")
        return LeftOut(opted_out, capped)

    def set_apart(self, counters: Counters, state: RequestState) -> bool:
        """Give the unknown recipients who are left out requests of their own, before a retry of this state.

        So the others are sent to, and they stay unknown. Return whether requests have moved.
        """
        if state is not RequestState.UNKNOWN:
            return False
        rows = set[int]()
        if self._rules.asks_opt_outs:
            find_opted_out(self._database, self._sender, self._range, state)
            rows.update(self._leaving())
        if self._rules.cap is not None:
            self._find_capped(state=state)
            rows.update(self._leaving())
        for row in sorted(rows):
            request_of_its_own(self._database, counters, self._batch, row)
        return bool(rows)

    def _leaving(self) -> Iterator[int]:
        return (row["row"] for row in self._database.rows("SELECT row FROM temp.leaving"))

    def is_behind(self) -> bool:
        """Return whether the list of opt-outs has entries that this batch has not looked at."""
        return self._rules.asks_opt_outs and last_opt_out(self._database) > self._seen

    def follow(self, counters: Counters, settled: Sequence[Settlement]) -> bool:
        """Leave out those who have opted out since, also from the requests that came back to be sent later.

        Return whether a request that was claimed earlier names one of them. Call `committed` afterwards.
        """
        if not self._rules.asks_opt_outs:
            return False
        recalls = False
        last = last_opt_out(self._database)
        if last > self._seen:
            recalls = find_newly_opted_out(self._database, self._sender, self._range, self._seen)
            leave_out(self._database, counters, self._batch, "opted_out")
            self._seen_next = last
        back = [end.claim.request for end in settled if end.state is RequestState.PLANNED]
        if back and last:
            find_opted_out(self._database, self._sender, self._range, among=back)
            leave_out(self._database, counters, self._batch, "opted_out")
        return recalls

    def committed(self) -> None:
        """Note that the transaction in which `follow` was called is committed."""
        self._seen = self._seen_next

    def cap(self, counters: Counters, requests: Sequence[int]) -> int:
        """Leave recipients of some planned requests out whose number has had enough. Return how many."""
        if self._rules.cap is None or not requests:
            return 0
        self._find_capped(requests)
        return leave_out(self._database, counters, self._batch, "capped")

    def _find_capped(
        self, among: Sequence[int] | None = None, state: RequestState = RequestState.PLANNED
    ) -> None:
        """Fill `leaving` with those who will have had enough when texts may leave: now, or at the opening."""
        assert self._rules.cap is not None
        at = self._rules.opens(self._database.now())
        find_capped(self._database, self._sender, self._rules.cap, self._range, at, among, state)

    def admit(self, claims: Sequence[Claim], now: float) -> Admitted:
        """Return the requests, each with its day, that the daily limit allows at a moment."""
        today = datetime.fromtimestamp(now, self._zone).date()
        day = today.isoformat()
        dated = [claim._replace(day=day) for claim in claims]
        limit = self._rules.daily_limit
        if limit is None:
            return Admitted(dated)
        left = limit - billed_on(self._database, self._sender, day)
        for index, claim in enumerate(dated):
            left -= claim.recipients * claim.segments
            if left < 0:
                reason = tr(
                    "the daily limit of {messages} is reached", messages=counted(limit, "billed message")
                )
                return Admitted(dated[:index], Waiting(reason, self._midnight_after(today)))
        return Admitted(dated)

    def _midnight_after(self, day: date) -> float:
        return datetime.combine(day + timedelta(days=1), datetime.min.time(), self._zone).timestamp()

    def count(self, claims: Sequence[Claim], settled: Sequence[Settlement]) -> None:
        """Keep how many messages may be billed for the claims, and are not for what was settled."""
        days = Counter[str]()
        for claim in claims:
            days[claim.day] += claim.recipients * claim.segments
        for end in settled:
            if end.state in _NOT_BILLED:
                days[end.claim.day] -= end.claim.recipients * end.claim.segments
        add_billed(self._database, self._sender, days)
