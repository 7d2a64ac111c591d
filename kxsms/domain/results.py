"""What commands return. `output` draws them, `exit_status` numbers them; nothing here knows how."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kxsms.domain.outcome import Accepted, NotSent, Outcome, Rejected, Unknown
from kxsms.domain.plan import Plan
from kxsms.domain.product import Product
from kxsms.domain.records import DeliveryReport, MoReply


@dataclass(frozen=True)
class Task:
    """One Send request that was made: how many numbers it named, and what became of it."""

    outcome: Outcome
    recipients: int
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class SendResult:
    """A send, whole, in part or (`dry_run`) not at all.

    `interrupted` is the signal's exit status where a signal cut it short.
    """

    profile: str | None
    product: Product
    plan: Plan
    tasks: tuple[Task, ...] = ()
    dry_run: bool = False
    interrupted: int | None = None
    codes: Mapping[str, str] = field(default_factory=dict)

    def _count(self, kind: type[Outcome]) -> int:
        return sum(task.recipients for task in self.tasks if isinstance(task.outcome, kind))

    @property
    def accepted(self) -> int:
        return self._count(Accepted)

    @property
    def rejected(self) -> int:
        return self._count(Rejected)

    @property
    def unknown(self) -> int:
        return self._count(Unknown)

    @property
    def not_sent(self) -> int:
        """Recipients of requests that certainly did not arrive, and of those never made."""
        made = sum(task.recipients for task in self.tasks)
        return self._count(NotSent) + self.plan.recipients - made

    @property
    def bodies(self) -> tuple[bytes, ...]:
        return tuple(task.body for task in self.tasks if task.body is not None)


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class BalanceResult:
    """The balance of one product, or with `every` of all of them. `codes` are the user's words for codes."""

    balances: tuple[Balance, ...]
    every: bool = False
    codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def bodies(self) -> tuple[bytes, ...]:
        return tuple(balance.body for balance in self.balances if balance.body is not None)


@dataclass(frozen=True)
class ReportResult:
    """Delivery reports in the order of their arrival."""

    records: tuple[DeliveryReport, ...]
    bodies: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class MoResult:
    """Replies in the order of their arrival."""

    records: tuple[MoReply, ...]
    bodies: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Facts:
    """A few named values."""

    items: Mapping[str, str | None]


@dataclass(frozen=True)
class Value:
    """One value, printed bare where people or `$(…)` read it."""

    name: str
    value: object


@dataclass(frozen=True)
class ConfigDocument:
    """The config as it stands, tokens masked."""

    document: Mapping[str, object]


@dataclass(frozen=True)
class Interrupted:
    """A command that runs until a signal ends it."""

    status: int


Result = (
    SendResult | BalanceResult | ReportResult | MoResult | Facts | Value | ConfigDocument | Interrupted | None
)
