"""What commands return. `output` draws them, `exit_status` numbers them; nothing here knows how.

Named tuples take a tenth of a dataclass's time to make, and every start makes these.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from kxsms.compat import override
from kxsms.domain.batch import Batch, DeliverySummary, ExportRow, OutcomeGroup, RecipientCounts
from kxsms.domain.outcome import Outcome
from kxsms.domain.product import Product

if TYPE_CHECKING:
    from kxsms.domain.plan import Plan, Problem
    from kxsms.domain.records import FetchFailure, Record, RecordKind, UnreadAnswer

_NONE: Mapping[str, str] = MappingProxyType({})


class Task(NamedTuple):
    """One Send request that was made: how many numbers it named, and what became of it.

    `body` is the answer as it came, `kept` the same without the token, for the ledger.
    """

    outcome: Outcome
    recipients: int
    body: bytes | None = None
    kept: bytes | None = None

    @override
    def __repr__(self) -> str:
        return f"Task({self.outcome!r}, {self.recipients})"  # an answer may hold the token


class SendResult(NamedTuple):
    """A batch after a send, or (without a `batch`, on a dry run) what a send would do.

    The counts are the batch's whole, whenever they came about. `tasks` and `problems` are the first of each,
    `groups` all that was not accepted. `left` is what a continued batch has to send. `interrupted` is the
    signal's exit status where a signal cut it short, `paused` why it ended of itself. `guard` is what would
    stop a dry run if it were none. `codes` are the user's words for codes.
    """

    profile: str | None
    product: Product
    batch: Batch | None = None
    plan: "Plan | None" = None
    dry_run: bool = False
    resumed: bool = False
    replayed: bool = False
    tasks: tuple[Task, ...] = ()
    groups: tuple[OutcomeGroup, ...] = ()
    problems: "tuple[Problem, ...]" = ()
    paused: str | None = None
    interrupted: int | None = None
    guard: str | None = None
    guard_hint: str | None = None
    codes: Mapping[str, str] = _NONE
    replies: Iterable[bytes] = ()

    @property
    def counts(self) -> RecipientCounts:
        if self.batch is not None:
            return self.batch.counts
        return RecipientCounts(self.plan.recipients if self.plan else 0)

    @property
    def figures(self) -> "Batch | Plan":
        """What has the numbers of requests, segments, duplicates and invalid rows."""
        figures = self.batch or self.plan
        assert figures is not None
        return figures

    @property
    def unknown(self) -> int:
        """Recipients of whom nobody knows, also those whose answer this run did not wait for."""
        return self.counts.unknown + self.counts.sending

    @property
    def tried(self) -> int:
        """How many requests were made."""
        return self.batch.tried if self.batch else 0

    @property
    def tried_in_vain(self) -> bool:
        """Whether a request was made and certainly did not arrive."""
        return self.counts.not_sent > 0


class BatchList(NamedTuple):
    """Batches, the newest first."""

    batches: tuple[Batch, ...]


class BatchStatus(NamedTuple):
    """One batch, and what has to be said of it. `codes` are the user's words for codes."""

    batch: Batch
    groups: tuple[OutcomeGroup, ...]
    delivery: DeliverySummary
    codes: Mapping[str, str] = _NONE


class Export(NamedTuple):
    """Every row of a batch's input, with the input's own columns, as a CSV in an encoding."""

    columns: tuple[str, ...]
    rows: Iterable[ExportRow]
    encoding: str


@dataclass(frozen=True)  # a tuple has a `count` of its own
class Balance:
    """What is left for one product. `count` is as the gateway wrote it.

    Without a usable answer `code` is None and `message` says why. `short_of` is the minimum that the count
    is below; `no_tls`: the other side seems to speak no HTTPS.
    """

    profile: str | None
    product: Product
    code: str | None
    message: str | None
    count: str | None
    body: bytes | None = field(default=None, repr=False)
    short_of: int | None = None
    no_tls: bool = False

    @property
    def is_answer(self) -> bool:
        """Whether the gateway has answered: with a count, or with a refusal."""
        return self.code is not None and (self.code != "0" or self.count is not None)


class BalanceResult(NamedTuple):
    """The balance of one product, or with `every` of all of them. `codes` are the user's words for codes."""

    balances: tuple[Balance, ...]
    every: bool = False
    codes: Mapping[str, str] = _NONE

    @property
    def bodies(self) -> tuple[bytes, ...]:
        return tuple(balance.body for balance in self.balances if balance.body is not None)


class RecordsResult(NamedTuple):
    """Delivery reports or replies in the order of their arrival.

    `unread` are answers that could not be read, and of which nobody has been told before, `ending` is why no
    more have been fetched, if that is not because there are none. `bodies` are those
    that the ledger has, where it alone is asked.
    """

    kind: "RecordKind"
    records: "Iterable[Record]"
    unread: "tuple[UnreadAnswer, ...]" = ()
    ending: "FetchFailure | None" = None
    bodies: Iterable[bytes] = ()


class Facts(NamedTuple):
    """A few named values."""

    items: Mapping[str, str | None]


class Value(NamedTuple):
    """One value, printed bare where people or `$(…)` read it."""

    name: str
    value: object


class ConfigDocument(NamedTuple):
    """The config as it stands, tokens masked."""

    document: Mapping[str, object]


class HelpPage(NamedTuple):
    """A page of help: Markdown, which a terminal draws, or plain text."""

    text: str
    is_markdown: bool = False


class Interrupted(NamedTuple):
    """A command that runs until a signal ends it."""

    status: int


Result = (
    SendResult
    | BatchList
    | BatchStatus
    | Export
    | BalanceResult
    | RecordsResult
    | Facts
    | Value
    | ConfigDocument
    | HelpPage
    | Interrupted
    | None
)
