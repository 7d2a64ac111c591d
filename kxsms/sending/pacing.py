"""How fast a batch goes, when it tries again, and when it had better pause."""

import random
from collections import Counter
from dataclasses import dataclass
from typing import assert_never

from kxsms.domain.outcome import Accepted, NotSent, Outcome, Rejected, Unknown, refusal

_FIRST_BACKOFF = 0.5
_LONGEST_BACKOFF = 30.0
_MOST_DECLINED = 3
_BURST_SECONDS = 0.1


@dataclass(frozen=True)
class Pace:
    """What the user allows: threads, requests a second (0: no limit), further tries of what was not sent, and
    equal failures in a row before a pause (0: no pause)."""

    concurrency: int = 16
    rate: float = 0
    retries: int = 5
    pause_after: int = 10


def backoff(tries: int) -> float:
    """Seconds to wait after so many tries: from half a second doubling to thirty, with full jitter."""
    return random.uniform(0, min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2 ** min(tries - 1, 10)))


class Rate:
    """Lets so many requests a second begin, evenly. Times are in seconds on a clock that never goes back."""

    def __init__(self, per_second: float, now: float) -> None:
        self._per_second = per_second
        self._most = max(1.0, per_second * _BURST_SECONDS)
        self._tokens = 1.0
        self._at = now

    def allowed(self, now: float, most: int) -> int:
        """How many may begin now, at most `most`."""
        if not self._per_second:
            return most
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        return min(most, int(self._tokens))

    def begun(self, count: int) -> None:
        """So many have begun."""
        self._tokens -= count if self._per_second else 0

    def wait(self) -> float:
        """Seconds until another one may begin."""
        return max(0.0, (1 - self._tokens) / self._per_second) if self._per_second else 0.0


class Streaks:
    """Equal failures with nothing accepted between them."""

    def __init__(self, pause_after: int) -> None:
        self._pause_after = pause_after
        self._accepted = 0
        self._failed: Counter[tuple[str, str]] = Counter()

    def note(self, outcome: Outcome) -> str | None:
        """Count an outcome; why to pause, in words, if it is one failure too many."""
        match outcome:
            case Accepted():
                self._accepted += 1
                self._failed.clear()
                return None
            case Rejected(code=code, message=message):
                kind, words = ("refused", code), refusal(code, message)
            case Unknown(reason=reason):
                kind, words = ("unknown", ""), f"the outcome is unknown: {reason}"
            case NotSent(reason=reason, status=status):
                kind, words = ("declined", str(status or reason)), reason
            case _:
                assert_never(outcome)
        self._accepted = 0
        self._failed[kind] += 1
        if not self._pause_after or self._failed[kind] < self._most(kind):
            return None
        count = self._failed[kind]
        return f"{count} times in a row {words}" if count > 1 else words

    def room(self, most: int) -> int:
        """How many requests may be on their way, at most `most`: few until some have been accepted.

        Not even those should be many that are on their way when the balance runs out.
        """
        if not self._pause_after:
            return most
        left = [self._most(kind) - count for kind, count in self._failed.items()]
        return max(1, min(most, *left, self._pause_after + self._accepted))

    def _most(self, kind: tuple[str, str]) -> int:
        return _MOST_DECLINED if kind[0] == "declined" else self._pause_after
