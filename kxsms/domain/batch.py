"""Batches as the ledger keeps them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from kxsms.domain.states import BatchState, RequestState
from kxsms.domain.terms import Terms

if TYPE_CHECKING:
    from decimal import Decimal


class BatchHeader(NamedTuple):
    """The facts about a batch before the ledger names it: a column of the ledger for each.

    `columns` are the input's own. `source_key` is a digest of the input's bytes and of everything that
    decides what they mean. `fingerprint` is a digest of the numbers and texts alone. `origin` is the host and
    port of the gateway. `due` is when the batch may be sent, in seconds since 1970, `scheduled_for` when a
    person wants it to be. `price` is that of one billed message. `text` is the text or template with its
    signature, None where each row has a text of its own.
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
    origin: str | None = None
    terms: Terms = Terms()
    scheduled_for: float | None = None
    due: float | None = None
    price: "Decimal | None" = None
    is_test: bool = False
    text: str | None = None


class RecipientCounts(NamedTuple):
    """The recipients of a batch, counted by state."""

    recipients: int = 0
    sending: int = 0
    accepted: int = 0
    rejected: int = 0
    not_sent: int = 0
    unknown: int = 0

    @property
    def planned(self) -> int:
        """Return how many have never been claimed, or are to be claimed again."""
        return self.recipients - self.sending - self.settled - self.not_sent

    @property
    def settled(self) -> int:
        """Return how many are not sent to again unless a person says so."""
        return self.accepted + self.rejected + self.unknown

    @property
    def unfinished(self) -> int:
        """Return how many `resume` would send to."""
        return self.planned + self.not_sent


class Batch(NamedTuple):
    """One batch in the ledger: its columns by name, its counts, and whether a process owns it.

    Times are in seconds since 1970. `name` is the id that users see. `requests` were planned, `tried` of them
    were sent at least once. `last_turn` numbers the last claim, `shown_turn` the last one whose result was
    written out. `superseded_by` is the batch that took over its idempotency key. `due` is when `batch run`
    may send it next, None where that needs a person; `waits` says why it waits. `text` is as in
    BatchHeader. `pruned` is when its rows, texts and records were deleted.
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
    opted_out: int = 0
    capped: int = 0
    cancelled: int = 0
    segments: int = 0
    requests: int = 0
    tried: int = 0
    delivered: int = 0
    failed: int = 0
    replies: int = 0
    last_turn: int = 0
    shown_turn: int = 0
    superseded_by: str | None = None
    origin: str | None = None
    terms: Terms = Terms()
    scheduled_for: float | None = None
    due: float | None = None
    waits: str | None = None
    price: "Decimal | None" = None
    is_test: bool = False
    text: str | None = None
    pruned: float | None = None
    has_owner: bool = False

    @property
    def is_finished(self) -> bool:
        """Return whether nothing is left to send."""
        return self.counts.unfinished + self.counts.sending == 0

    @property
    def rows(self) -> int:
        """Return the number of rows in the input."""
        left_out = self.skipped + self.opted_out + self.capped + self.cancelled
        return self.counts.recipients + self.duplicates + self.invalid + left_out

    @property
    def pending(self) -> int:
        """Return how many accepted recipients have no final delivery report."""
        return max(0, self.counts.accepted - self.delivered - self.failed)

    @property
    def cost(self) -> "Decimal | None":
        """Return what the billed messages cost, or None without a price."""
        from kxsms.domain.money import cost_of

        return cost_of(self.segments, self.price)

    @property
    def state(self) -> "BatchState":
        """Return the state of the batch."""
        if self.has_owner:
            return BatchState.RUNNING
        if self.is_finished or self.superseded_by:
            return BatchState.CANCELLED if self.cancelled else BatchState.FINISHED
        if self.due is None:
            return BatchState.UNFINISHED
        if self.waits is not None:
            return BatchState.WAITING
        is_scheduled = self.scheduled_for is not None and not self.tried
        return BatchState.SCHEDULED if is_scheduled else BatchState.UNFINISHED

    @property
    def came_to_nothing(self) -> bool:
        """Return whether nothing was accepted, is unknown or in flight, and no process owns the batch."""
        return not (self.has_owner or self.counts.accepted or self.counts.unknown or self.counts.sending)

    @property
    def is_shown(self) -> bool:
        """Return whether its result was written out after the last request."""
        return self.shown_turn >= self.last_turn

    @property
    def in_flight(self) -> int:
        """Return how many recipients a living process is sending to now."""
        return self.counts.sending if self.has_owner else 0

    @property
    def unknown(self) -> int:
        """Return how many recipients have an unknown outcome, in flight when their process ended included."""
        return self.counts.unknown + self.counts.sending - self.in_flight


class OutcomeGroup(NamedTuple):
    """The requests of a batch that ended alike. `message` is the gateway's, or says why there is none."""

    state: RequestState
    code: str | None
    message: str | None
    requests: int
    recipients: int


class Remainder(NamedTuple):
    """The part of a batch that is still to be sent: billed messages, their cost, and how many are left."""

    recipients: int
    requests: int
    segments: int
    cost: "Decimal | None" = None
    balance: "Decimal | None" = None


class LeftOut(NamedTuple):
    """The recipients who are not sent to, counted by the reason: `skipped` ones got the same text earlier,
    `excluded` ones are in a file that excludes them, `forgotten` ones were forgotten by `kxsms forget`.
    """

    opted_out: int = 0
    capped: int = 0
    skipped: int = 0
    excluded: int = 0
    forgotten: int = 0


class DeliverySummary(NamedTuple):
    """The delivery of a batch.

    `failures` counts recipients by the gateway's status. `seconds` are by percentage of the delivered
    recipients: after how many seconds that many had been delivered to.
    """

    delivered: int
    failed: int
    pending: int
    failures: tuple[tuple[str, int], ...] = ()
    seconds: Mapping[int, float] = MappingProxyType({})


class Evidence(NamedTuple):
    """A delivery report that may be about an unknown recipient, but does not prove it.

    `product` is that under which it was fetched.
    """

    task_id: str | None
    mobile: str
    state: str
    status: str | None
    time: str | None
    product: str
