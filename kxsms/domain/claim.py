"""Claims, which the ledger and the dispatcher exchange."""

from collections.abc import Sequence
from typing import NamedTuple

from kxsms.domain.outcome import Accepted, Outcome
from kxsms.domain.states import RequestState
from kxsms.domain.streak import Streak
from kxsms.language import tr


class Claim(NamedTuple):
    """A request that may now be sent.

    `request` is its number in the ledger, `mobiles` are joined by commas, `recipients` is how many they are,
    each billed as `segments` messages. `day` is the day of the claim in the profile's zone, as ISO 8601.
    `attempt` counts the claims of the request. It may leave at `start`, in seconds of the monotonic clock.
    """

    request: int
    mobiles: str
    recipients: int
    content: str
    segments: int = 1
    day: str = ""
    attempt: int = 0
    start: float = 0.0


class Waiting(NamedTuple):
    """Why a batch waits, in words for people, and until when, in seconds since 1970."""

    reason: str
    until: float


class Cycle(NamedTuple):
    """The result of one cycle of the ledger: the requests that were claimed.

    `recalls`: some requests claimed earlier name a recipient who has opted out since; those that no thread
    sends yet must come back. `is_all`: no more requests are planned. `waits`: a limit allows no more for now.
    Where several processes share a pace, `later` are requests that were asked for and may not start yet,
    `next_at` is when to ask again, by the monotonic clock, and `streaks` are the failures of all of them.
    """

    claims: list[Claim]
    recalls: bool = False
    is_all: bool = False
    waits: Waiting | None = None
    later: Sequence[int] = ()
    next_at: float | None = None
    streaks: Sequence[Streak] | None = None


class Rest(NamedTuple):
    """The rest of a batch, when this process has nothing to do in it.

    `planned`: so many requests may be this process's to claim. `others_send`: other processes have requests
    in flight, `others_plan`: they will claim some again.
    """

    planned: int = 0
    others_send: bool = False
    others_plan: bool = False


class Settlement(NamedTuple):
    """The end of a claim: the new state, `planned` where the request is to be sent (again) later.

    `kept` is the gateway's answer without the token.
    """

    claim: Claim
    state: RequestState
    outcome: Outcome | None = None
    kept: bytes | None = None

    def in_words(self) -> str:
        """Return whom the request named and how it ended, for an error."""
        first = self.claim.mobiles.partition(",")[0]
        more = self.claim.recipients - 1
        if more:
            first = tr("{first} and {more:,} more", first=first, more=more)
        state = self.state.replace("_", " ")
        if isinstance(self.outcome, Accepted):
            task_id = self.outcome.task_id
            return tr("{first}: {state}, task id {task_id}", first=first, state=tr(state), task_id=task_id)
        return f"{first}: {tr(state)}"
