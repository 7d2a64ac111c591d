"""The pace of a batch: its rate, its waits before retries, and the failures after which it pauses."""

import random
import time
from collections.abc import Iterable
from dataclasses import dataclass

from kxsms.compat import override
from kxsms.domain.claim import Cycle
from kxsms.domain.outcome import Outcome
from kxsms.domain.profile import Profile
from kxsms.domain.streak import Streak, failure_of, followed, most_failures
from kxsms.domain.terms import Terms

_FIRST_BACKOFF = 0.5
_LONGEST_BACKOFF = 30.0
_BURST_SECONDS = 0.1


@dataclass(frozen=True)
class Pace:
    """The limits of one run.

    `concurrency`: requests in flight. `rate`: requests per second, 0 for no limit. `retries`: retries of a
    request that was not sent. `pause_after`: equal failures in a row before a pause, 0 for no pause.
    """

    concurrency: int = 16
    rate: float = 0
    retries: int = 5
    pause_after: int = 10


def pace_for(profile: Profile, terms: Terms) -> Pace:
    """Return the pace of a send that may name one itself."""
    usual = Pace()
    return Pace(
        concurrency=profile.concurrency if terms.concurrency is None else terms.concurrency,
        rate=profile.rate if terms.rate is None else terms.rate,
        retries=usual.retries if terms.retries is None else terms.retries,
        pause_after=usual.pause_after if terms.pause_after is None else terms.pause_after,
    )


def backoff(tries: int) -> float:
    """Return the seconds to wait after `tries` tries: 0.5 doubling to 30, with full jitter."""
    return random.uniform(0, min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2 ** min(tries - 1, 10)))


class Rate:
    """A limit of requests per second, spread evenly. Times are seconds of a monotonic clock."""

    def __init__(self, per_second: float, now: float) -> None:
        self._per_second = per_second
        self._most = max(1.0, per_second * _BURST_SECONDS)
        self._tokens = 1.0
        self._at = now

    def allowed(self, now: float, most: int) -> int:
        """Return how many requests may start now, at most `most`."""
        if not self._per_second:
            return most
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        return min(most, int(self._tokens))

    def begun(self, count: int) -> None:
        """Count requests that have started."""
        self._tokens -= count if self._per_second else 0

    def wait(self) -> float:
        """Return the seconds until another request may start."""
        return max(0.0, (1 - self._tokens) / self._per_second) if self._per_second else 0.0


class SharedRate(Rate):
    """The limit of all processes together, which the ledger keeps: it says when to ask again.

    Times are seconds of the monotonic clock.
    """

    def __init__(self) -> None:
        super().__init__(0, 0)
        self._next = float("-inf")

    @override
    def allowed(self, now: float, most: int) -> int:
        return most if now >= self._next else 0

    def follow(self, next_at: float) -> None:
        """Ask not before this time."""
        self._next = next_at

    @override
    def wait(self) -> float:
        return max(0.0, self._next - time.monotonic())


class Streaks:
    """Counts of equal failures since a request was last accepted."""

    def __init__(self, pause_after: int) -> None:
        self._pause_after = pause_after
        self._accepted = 0
        self._failed: dict[tuple[str, str], Streak] = {}

    def note(self, outcome: Outcome) -> str | None:
        """Count an outcome. Return the reason to pause, in words, or None if there is no reason to."""
        failure = failure_of(outcome)
        if failure is None:
            self._accepted += 1
            self._failed.clear()
            return None
        self._accepted = 0
        key = failure.kind, failure.code
        streak = self._failed[key] = followed(self._failed.get(key), failure, self._pause_after)
        return streak.reason if streak.pauses else None

    def follow(self, streaks: Iterable[Streak]) -> str | None:
        """Count what the ledger has counted over all processes. Return the reason to pause, or None."""
        self._failed = {(streak.kind, streak.code): streak for streak in streaks}
        return next((streak.reason for streak in self._failed.values() if streak.pauses), None)

    def room(self, most: int) -> int:
        """Return how many requests may be in flight, at most `most`: few until some have been accepted.

        If the gateway refuses one request, it is likely to refuse those in flight too, so they should be few.
        """
        if not self._pause_after:
            return most
        left = [
            most_failures(streak.kind, self._pause_after) - streak.length for streak in self._failed.values()
        ]
        return max(1, min(most, *left, self._pause_after + self._accepted))


class Limits:
    """The rate and the streaks of one run: its own or, of a batch that `is_shared`, those of all processes.

    The latter are in the ledger. `all_pause`: so many requests failed that every process pauses.
    """

    def __init__(self, pace: Pace, *, is_shared: bool) -> None:
        self._shared = SharedRate() if is_shared else None
        self.rate = self._shared or Rate(pace.rate, time.monotonic())
        self._streaks = Streaks(pace.pause_after)
        self._most = 2 * pace.concurrency
        self.all_pause = False

    @property
    def room(self) -> int:
        """Return how many requests may be in flight."""
        return self._streaks.room(self._most)

    def note(self, outcome: Outcome) -> str | None:
        """Count an outcome. Return the reason to pause, in words, or None if there is none yet."""
        reason = self._streaks.note(outcome)
        return reason if self._shared is None else None

    def follow(self, cycle: Cycle) -> str | None:
        """Take over what the ledger says, where it counts for all. Return the reason to pause, or None."""
        if self._shared is not None and cycle.next_at is not None:
            self._shared.follow(cycle.next_at)
        if cycle.streaks is None:
            return None
        reason = self._streaks.follow(cycle.streaks)
        self.all_pause = reason is not None
        return reason
