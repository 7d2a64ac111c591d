"""The pace and the failures of all sessions that send a batch.

The starts of requests are reserved by the server's clock: those of several hosts differ. No more of them are
reserved than may start soon, so that a process that ends leaves no gap.
"""

import time
from collections.abc import Sequence

from kxsms.compat import override
from kxsms.domain.claim import Claim, Settlement
from kxsms.domain.states import RequestState
from kxsms.domain.streak import Streak, failure_of, followed
from kxsms.ledger.consent import Sender
from kxsms.ledger.counters import Counters
from kxsms.ledger.postgres.database import PostgresDatabase
from kxsms.ledger.postgres.late_answers import settle_late
from kxsms.ledger.postgres.sessions import Session
from kxsms.ledger.sharing import Sharing

_AHEAD_SECONDS = 0.3
_BURST_SECONDS = 0.1
_SLACK_SECONDS = 1.0


class PostgresSharing(Sharing):
    """The share of this session in a batch. While it runs a cycle, no other session does for its sender."""

    def __init__(self, database: PostgresDatabase, session: Session, batch: int) -> None:
        self._database = database
        self._session = session
        self._values: dict[str, object] = {"batch": batch, "origin": "", "account": "", "product": ""}
        self._batch = batch
        self._rate = 0.0
        self._pause_after = 0
        self._streaks: list[Streak] = []
        self._begun_at = 0.0
        self._now = 0.0
        self._next = 0.0

    @override
    def use(self, sender: Sender) -> None:
        self._values |= {**sender._asdict(), "origin": sender.origin or ""}

    @override
    def share(self, rate: float, pause_after: int) -> None:
        self._rate = rate
        self._pause_after = pause_after

    # Whether the lease of this session lasts, if it owns the batch; the next start of the sender's requests,
    # and the time by the same clock; and whether a request of the batch has failed since one was accepted.
    _LOOK = """
        SELECT extract(epoch FROM clock_timestamp())::double precision AS now,
            (
                SELECT lease_until > clock_timestamp()
                FROM owners JOIN sessions ON sessions.number = owners.session
                WHERE owners.batch = :batch AND owners.session = :mine
            ) AS is_leased,
            (SELECT next FROM paces {sender}) AS next,
            (SELECT seconds FROM paces {sender}) AS seconds,
            EXISTS (SELECT 1 FROM streaks WHERE batch = :batch) AS has_failed
    """.replace("{sender}", "WHERE origin = :origin AND account = :account AND product = :product")
    _STREAKS = "SELECT kind, code, message, length, pauses FROM streaks WHERE batch = :batch"

    @override
    def begin(self) -> bool:
        found = self._database.row(self._LOOK, {**self._values, "mine": self._session.number})
        assert found is not None
        self._begun_at = time.monotonic()
        self._now = found["now"]
        failed = self._database.rows(self._STREAKS, self._values) if found["has_failed"] else []
        self._streaks = [Streak(*row) for row in failed]
        if self._rate:
            self._next = self._within_reach(found["next"], found["seconds"])
        self.may_claim = bool(found["is_leased"])
        return found["is_leased"] is not None

    def _within_reach(self, start: float | None, seconds: float | None) -> float:
        """Return the next start. One that was missed is caught up on, if it is not long ago."""
        # Nobody reserves a later one: the server's clock was set, or another server has taken over.
        if start is None or start > self._now + _AHEAD_SECONDS + (seconds or 0) + _SLACK_SECONDS:
            return self._now
        return max(start, self._now - max(0.0, _BURST_SECONDS - 1 / self._rate))

    @override
    def allowed(self, most: int) -> int:
        if any(streak.pauses for streak in self._streaks):
            return 0
        if not self._rate:
            return most
        left = self._now + _AHEAD_SECONDS - self._next
        return min(most, int(left * self._rate) + 1) if left >= 0 else 0

    _RESERVE = """
        INSERT INTO paces (origin, account, product, next, seconds)
        VALUES (:origin, :account, :product, :next, :seconds)
        ON CONFLICT (origin, account, product)
        DO UPDATE SET next = excluded.next, seconds = excluded.seconds
    """

    @override
    def reserve(self, claims: list[Claim]) -> list[Claim]:
        if not (self._rate and claims):
            return claims
        first, seconds = self._begun_at + self._next - self._now, 1 / self._rate
        self._next += len(claims) * seconds
        self._database.execute(self._RESERVE, {**self._values, "next": self._next, "seconds": seconds})
        return [claim._replace(start=first + place * seconds) for place, claim in enumerate(claims)]

    @property
    @override
    def next_at(self) -> float | None:
        # Half of what may be reserved, at once: a cycle costs the same for one start as for some.
        return self._begun_at + self._next - self._now - _AHEAD_SECONDS / 2 if self._rate else self._begun_at

    _CLEAR = "DELETE FROM streaks WHERE batch = ?"
    _WRITE = """
        INSERT INTO streaks (batch, kind, code, message, length, pauses)
        VALUES (:batch, :kind, :code, :message, :length, :pauses)
    """

    @override
    def count(self, settled: Sequence[Settlement]) -> Sequence[Streak] | None:
        before = {(streak.kind, streak.code): streak for streak in self._streaks}
        now = dict(before)
        for end in settled:
            if end.outcome is None or end.state is RequestState.PLANNED:
                continue
            failure = failure_of(end.outcome)
            if failure is None:
                now = {key: streak for key, streak in now.items() if streak.pauses}
            else:
                key = failure.kind, failure.code
                now[key] = followed(now.get(key), failure, self._pause_after)
        if now != before:
            self._database.execute(self._CLEAR, (self._batch,))
            for streak in now.values():
                self._database.execute(self._WRITE, {"batch": self._batch, **streak._asdict()})
            self._streaks = list(now.values())
        return self._streaks

    @override
    def settle_late(self, counters: Counters, settled: Sequence[Settlement], now: float) -> list[Settlement]:
        return settle_late(self._database, counters, self._batch, self._session.number, settled, now)
