"""The pace of a batch: its rate, its waits before retries, and the failures after which it pauses."""

import random
from collections import Counter
from dataclasses import dataclass
from typing import assert_never

from kxsms.domain.outcome import Accepted, NotSent, Outcome, Rejected, Unknown, refusal
from kxsms.domain.profile import Profile
from kxsms.domain.terms import Terms
from kxsms.language import tr

_FIRST_BACKOFF = 0.5
_LONGEST_BACKOFF = 30.0
_MOST_DECLINED = 3
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


class Streaks:
    """Counts of equal failures since a request was last accepted."""

    def __init__(self, pause_after: int) -> None:
        self._pause_after = pause_after
        self._accepted = 0
        self._failed: Counter[tuple[str, str]] = Counter()

    def note(self, outcome: Outcome) -> str | None:
        """Count an outcome. Return the reason to pause, in words, or None if there is no reason to."""
        match outcome:
            case Accepted():
                self._accepted += 1
                self._failed.clear()
                return None
            case Rejected(code=code, message=message):
                kind, words = ("refused", code), refusal(code, message)
            case Unknown(reason=reason):
                kind, words = ("unknown", ""), tr("outcome unknown: {reason}", reason=reason)
            case NotSent(reason=reason, status=status):
                kind, words = ("declined", str(status or reason)), reason
            case _:
                assert_never(outcome)
        self._accepted = 0
        self._failed[kind] += 1
        if not self._pause_after or self._failed[kind] < self._most(kind):
            return None
        count = self._failed[kind]
        return tr("{count} times in a row: {words}", count=count, words=words) if count > 1 else words

    def room(self, most: int) -> int:
        """Return how many requests may be in flight, at most `most`: few until some have been accepted.

        If the gateway refuses one request, it is likely to refuse those in flight too, so they should be few.
        """
        if not self._pause_after:
            return most
        left = [self._most(kind) - count for kind, count in self._failed.items()]
        return max(1, min(most, *left, self._pause_after + self._accepted))

    def _most(self, kind: tuple[str, str]) -> int:
        return _MOST_DECLINED if kind[0] == "declined" else self._pause_after
