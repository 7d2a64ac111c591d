"""A batch as the ledger knows it, and what the dispatcher and the ledger tell each other."""

from enum import StrEnum
from typing import NamedTuple

from kxsms.domain.outcome import Accepted, NotSent, Outcome, Rejected, Unknown


class RequestState(StrEnum):
    """The state of a request, and so of its recipients.

    `planned` and `not_sent` are unfinished: going on sends both. `sending` is written before the first byte
    leaves. Found where nobody is at work, it means `unknown`, and `unknown` is never sent again unless a
    person says so.
    """

    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, outcome: Outcome) -> "RequestState":
        """The state that an outcome settles a request to."""
        return _STATES[type(outcome)]


_STATES = {
    Accepted: RequestState.ACCEPTED,
    Rejected: RequestState.REJECTED,
    NotSent: RequestState.NOT_SENT,
    Unknown: RequestState.UNKNOWN,
}


class Claim(NamedTuple):
    """A request that may now leave: its number in the ledger, whom it goes to (joined by commas), how many
    these are, and what it says."""

    request: int
    mobiles: str
    recipients: int
    content: str


class Settlement(NamedTuple):
    """What became of a claim. `state` is `planned` where the request shall go out (again) later."""

    claim: Claim
    state: RequestState
    outcome: Outcome | None = None
    kept: bytes | None = None


class BatchHeader(NamedTuple):
    """What a batch is, before the ledger has given it a name.

    `columns` are the input's own. `source_key` is a digest of the input's bytes and of all that decides what
    they mean; `fingerprint` is one of the numbers and texts, whatever file they came from.
    """

    profile: str | None
    account: str
    product: str
    extno: str | None
    source: str
    is_csv: bool
    columns: tuple[str, ...]
    mobile_column: int
    fingerprint: bytes
    source_key: bytes | None = None
    idempotency_key: str | None = None


class RecipientCounts(NamedTuple):
    """Recipients of a batch, by what became of them."""

    recipients: int = 0
    sending: int = 0
    accepted: int = 0
    rejected: int = 0
    not_sent: int = 0
    unknown: int = 0

    @property
    def planned(self) -> int:
        """Those whose turn has not come."""
        return self.recipients - self.sending - self.settled - self.not_sent

    @property
    def settled(self) -> int:
        """Those of whom it is known that they are done, or that nothing is known."""
        return self.accepted + self.rejected + self.unknown

    @property
    def unfinished(self) -> int:
        """Those to whom going on would send."""
        return self.planned + self.not_sent


class Batch(NamedTuple):
    """One batch in the ledger. Times are in seconds since 1970; `name` is what users call it.

    `requests` have been planned, `tried` of them were made.
    """

    id: int
    name: str
    created: float
    finished: float | None
    profile: str | None
    account: str
    product: str
    extno: str | None
    source: str
    is_csv: bool
    columns: tuple[str, ...]
    mobile_column: int
    fingerprint: bytes
    source_key: bytes | None
    counts: RecipientCounts
    duplicates: int = 0
    invalid: int = 0
    skipped: int = 0
    segments: int = 0
    requests: int = 0
    tried: int = 0
    delivered: int = 0
    failed: int = 0
    replies: int = 0
    has_owner: bool = False

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to send."""
        return self.counts.unfinished + self.counts.sending == 0


class OutcomeGroup(NamedTuple):
    """Requests of a batch that ended alike. `message` is the gateway's, or says what happened instead."""

    state: RequestState
    code: str | None
    message: str | None
    requests: int
    recipients: int


class Remainder(NamedTuple):
    """What a batch has still to send."""

    recipients: int
    requests: int
    segments: int


class Overlap(NamedTuple):
    """How many recipients already have their text, and the batch that sent it to most of them."""

    recipients: int
    batch: str


class DeliverySummary(NamedTuple):
    """How a batch was delivered. `failures` counts recipients by the gateway's status; `minutes` says after
    how many so many percent of those that were delivered had been."""

    delivered: int
    failed: int
    pending: int
    failures: tuple[tuple[str, int], ...] = ()
    minutes: tuple[tuple[int, float], ...] = ()


class ExportRow(NamedTuple):
    """One row of the input and what became of it. `outcome` is a State, or why nothing was sent to it."""

    fields: tuple[str, ...]
    outcome: str
    task_id: str | None = None
    code: str | None = None
    message: str | None = None
    delivery: str | None = None
    delivered_at: str | None = None
    reply: str | None = None
