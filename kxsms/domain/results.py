"""The results of commands, one class per command. Their views in `output` draw them.

They are named tuples: every start makes these classes, and a dataclass takes ten times as long.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from kxsms.compat import override
from kxsms.domain.batch import Batch, DeliverySummary, Evidence, OutcomeGroup, RecipientCounts
from kxsms.domain.forgetting import ForgetResult
from kxsms.domain.ledger_info import LedgerInfo
from kxsms.domain.outcome import Outcome
from kxsms.domain.product import Product
from kxsms.domain.record_summary import RecordsSummary
from kxsms.domain.stats import Stats

if TYPE_CHECKING:
    from kxsms.domain.balance import Balance
    from kxsms.domain.health import Check
    from kxsms.domain.opt_out import OptOut
    from kxsms.domain.plan import Plan, Problem
    from kxsms.domain.pruning import Pruned
    from kxsms.domain.records import FetchFailure, Record, RecordKind, UnreadAnswer

_NONE: Mapping[str, str] = MappingProxyType({})


class Task(NamedTuple):
    """A Send request that was made: its outcome, and how many recipients it named.

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
    """A batch after a send or, with a `plan` instead of a `batch`, a dry run.

    The counts are those of the whole batch, earlier runs included. `tasks` and `problems` are the first of
    each, `groups` all requests that were not accepted. `interrupted` is the exit status of the signal that
    stopped the send, `paused` the reason for which kxsms stopped it. `guard` is the limit that stops it.
    `codes` are the user's own words for codes, `replies` the kept answers of a batch that is shown again.
    `is_retry`: only `batch resume` sends the rest. `encoding` is that of the file, if it was guessed. `waits`
    is the limit that allows the rest only later, `waits_until` when; `scheduled_for` is when it is wanted.
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
    is_retry: bool = False
    waits: str | None = None
    waits_until: str | None = None
    scheduled_for: str | None = None
    encoding: str | None = None

    @property
    def counts(self) -> RecipientCounts:
        """Return the recipients by outcome."""
        if self.batch is not None:
            return self.batch.counts
        return RecipientCounts(self.plan.recipients if self.plan else 0)

    @property
    def figures(self) -> "Batch | Plan":
        """Return the batch or the plan: both count requests, segments, duplicates and invalid rows."""
        figures = self.batch or self.plan
        assert figures is not None
        return figures

    @property
    def unknown(self) -> int:
        """Return how many recipients have an unknown outcome, in flight at a stop included."""
        return self.batch.unknown if self.batch else 0

    @property
    def tried(self) -> int:
        """Return how many requests were made."""
        return self.batch.tried if self.batch else 0


class RunResult(NamedTuple):
    """The batches that were due. `interrupted` is the exit status of the signal that ended the run."""

    results: tuple[SendResult, ...]
    interrupted: int | None = None


class BatchList(NamedTuple):
    """Batches, the newest first."""

    batches: tuple[Batch, ...]


class OptOutList(NamedTuple):
    """The recipients who opted out, the oldest first. `timezone` is that of the profile."""

    opt_outs: "Iterable[OptOut]"
    timezone: str


class BatchStatus(NamedTuple):
    """One batch, its outcomes and its deliveries. `codes` are the user's own words for codes.

    `evidence` are the first reports that may be about unknown recipients, `interrupted` is a signal's status.
    """

    batch: Batch
    groups: tuple[OutcomeGroup, ...]
    delivery: DeliverySummary
    codes: Mapping[str, str] = _NONE
    evidence: tuple[Evidence, ...] = ()
    interrupted: int | None = None


class PruneResult(NamedTuple):
    """The pruning of batches that ended before a time: done or, in a dry run, planned."""

    older_than: str
    dry_run: bool
    pruned: "Pruned"


class Export(NamedTuple):
    """Rows of a batch's input with their outcomes. `encoding` and `is_plain` are of a CSV: see `OutFile`."""

    columns: tuple[str, ...]
    rows: Iterable[tuple[str | None, ...]]
    encoding: str
    is_plain: bool = False


class BalanceResult(NamedTuple):
    """The balance of one product or, with `every`, of all. `codes` are the user's own words for codes."""

    balances: "tuple[Balance, ...]"
    every: bool = False
    codes: Mapping[str, str] = _NONE

    @property
    def bodies(self) -> tuple[bytes, ...]:
        """Return the answers as they came."""
        return tuple(balance.body for balance in self.balances if balance.body is not None)


class RecordsResult(NamedTuple):
    """Delivery reports or replies, in the order in which they arrived.

    `unread` are answers that could not be read and have not been shown yet. `ending` is the failure that
    stopped the fetching. `bodies` are kept answers, for `--no-pull`. `on_written` is called at the end.
    """

    kind: "RecordKind"
    records: "Iterable[Record]"
    unread: "tuple[UnreadAnswer, ...]" = ()
    ending: "FetchFailure | None" = None
    bodies: Iterable[bytes] = ()
    on_written: Callable[[], None] = lambda: None


class Facts(NamedTuple):
    """A few named values, as text. `counts` are the names of those that JSON has as numbers."""

    items: Mapping[str, str | None]
    counts: tuple[str, ...] = ()


class Value(NamedTuple):
    """One value, printed without its name for people and for `$(…)`."""

    name: str
    value: object


class ConfigDocument(NamedTuple):
    """The whole config, its tokens masked."""

    document: Mapping[str, object]


class TemplateList(NamedTuple):
    """Approved templates: the product of each, its number among those of that product, and its text."""

    templates: tuple[tuple[str, int, str], ...]


class Health(NamedTuple):
    """The checks of `doctor`, in the order in which they were made."""

    checks: "tuple[Check, ...]"


class HelpPage(NamedTuple):
    """A page of help: Markdown, which a terminal draws, or plain text."""

    text: str
    is_markdown: bool = False


class Interrupted(NamedTuple):
    """The end of a command that runs until a signal ends it. `status` is the signal's exit status."""

    status: int


Result = (
    SendResult
    | RunResult
    | BatchList
    | OptOutList
    | BatchStatus
    | Stats
    | PruneResult
    | ForgetResult
    | LedgerInfo
    | Export
    | BalanceResult
    | RecordsResult
    | RecordsSummary
    | Facts
    | Value
    | ConfigDocument
    | TemplateList
    | Health
    | HelpPage
    | Interrupted
    | None
)
