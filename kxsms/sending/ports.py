"""The interfaces through which the use cases of sending reach the gateway and the console."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from kxsms.domain.balance import Balance
from kxsms.domain.batch import (
    Batch,
)
from kxsms.domain.claim import Claim, Settlement
from kxsms.domain.out_file import OutFile
from kxsms.domain.plan import Plan
from kxsms.domain.product import Product
from kxsms.domain.profile import Profile
from kxsms.domain.results import Result, Task
from kxsms.interrupts import StopRequest
from kxsms.sending.ledger_ports import SendLedger
from kxsms.sending.replies import ReplySource


class SendGateway(Protocol):
    """A gateway to which several threads send at once."""

    def send(
        self, mobiles: str, recipients: int, content: str, extno: str | None, may_leave: Callable[[], bool]
    ) -> Task | None:
        """Send one text once to `mobiles`, which are `recipients` numbers joined by commas. Never raises.

        Asks `may_leave` just before the first byte leaves; where that says no, sends nothing, returns None.
        """
        ...

    def capacity(self, content: str, extno: str | None) -> int:
        """Return how many numbers one request may name. Raises InvalidContent if not even one fits."""
        ...


class AccountGateway(SendGateway, Protocol):
    """A gateway that knows the balance, too. `kxsms.gateway.client` describes the methods."""

    def balance(self, product: Product) -> Balance: ...

    def disconnect(self) -> None: ...


class SendObserver(Protocol):
    """An observer of requests. It wants a call to `moved` at least every `tick` seconds, if not None."""

    def ended(self, task: Task) -> None: ...

    def moved(self, settled: Sequence[Settlement], claimed: Sequence[Claim]) -> None: ...

    def retries(self, reason: str) -> None: ...

    @property
    def tick(self) -> float | None: ...


class SendProgress(SendObserver, Protocol):
    """An observer that shows the progress of a batch until it is closed."""

    def close(self) -> None: ...


class SendConsole(Protocol):
    """The console: notes and warnings on stderr, questions to a person, and files that the user named."""

    def note(self, text: str, hint: str | None = None) -> None: ...

    def warn(self, text: str, hint: str | None = None, details: Iterable[str] = ()) -> None: ...

    def error(self, text: str, hint: str | None = None, details: Iterable[str] = ()) -> None: ...

    def announce(self, result: Result) -> None: ...

    def show_plan(self, plan: Plan) -> None: ...

    @property
    def can_ask(self) -> bool: ...

    def confirm(self, question: str, option: str) -> bool: ...

    def write_file(
        self, file: OutFile, columns: Sequence[str], rows: Iterable[Sequence[object]], most: int
    ) -> int: ...

    def progress(self, batch: Batch) -> SendProgress: ...


@dataclass(frozen=True)
class SendSession:
    """The profile, ledger, gateway and console of one command.

    `open_gateway` raises ProfileError without usable credentials. After `stop_on_signal`, the first signal
    asks to stop, instead of ending the command at once. `has_config`: a user can change the profile in the
    config. `when_written` takes a function to call as soon as the command's result was written out. `replies`
    is None where no batch asks who has opted out, or the user forbids to fetch replies.
    """

    profile: Profile
    ledger: SendLedger
    console: SendConsole
    has_config: bool
    open_gateway: Callable[[], AccountGateway]
    stop_on_signal: Callable[[], StopRequest]
    when_written: Callable[[Callable[[], None]], None]
    replies: ReplySource | None = None
