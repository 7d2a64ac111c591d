"""Equal failures in a row, after which a batch pauses."""

from typing import NamedTuple, assert_never

from kxsms.domain.outcome import Accepted, NotSent, Outcome, Rejected, Unknown, refusal
from kxsms.language import tr

_MOST_DECLINED = 3


class Streak(NamedTuple):
    """So many equal failures since a request was last accepted.

    `kind` and `code` are what they have in common, `message` is the gateway's of the last one, or its reason.
    `pauses`: they are so many that every process pauses that sends the batch.
    """

    kind: str
    code: str
    message: str | None
    length: int = 1
    pauses: bool = False

    @property
    def reason(self) -> str:
        """Return the reason to pause, in words."""
        words = self.message or ""
        if self.kind == "refused":
            words = refusal(self.code, self.message)
        elif self.kind == "unknown":
            words = tr("outcome unknown: {reason}", reason=words)
        if self.length == 1:
            return words
        return tr("{count} times in a row: {words}", count=self.length, words=words)


def failure_of(outcome: Outcome) -> Streak | None:
    """Return an outcome as the first of its kind, or None if it is not a failure."""
    match outcome:
        case Accepted():
            return None
        case Rejected(code=code, message=message):
            return Streak("refused", code, message)
        case Unknown(reason=reason):
            return Streak("unknown", "", reason)
        case NotSent(reason=reason, status=status):
            return Streak("declined", str(status or reason), reason)
    assert_never(outcome)


def most_failures(kind: str, pause_after: int) -> int:
    """Return how many equal failures of a kind are too many, where `pause_after` is not 0."""
    return _MOST_DECLINED if kind == "declined" else pause_after


def followed(streak: Streak | None, failure: Streak, pause_after: int) -> Streak:
    """Return a streak with another failure. It pauses if that is one too many."""
    length = 1 if streak is None else streak.length + 1
    is_last = pause_after > 0 and length >= most_failures(failure.kind, pause_after)
    return failure._replace(length=length, pauses=is_last or (streak is not None and streak.pauses))
