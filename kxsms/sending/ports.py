"""The interfaces through which the use cases of sending reach the gateway, the ledger and the console."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from kxsms.domain.batch import (
    Batch,
    BatchHeader,
    FailedRow,
    LeftOut,
    OutcomeGroup,
    Remainder,
)
from kxsms.domain.cap import Cap
from kxsms.domain.claim import Claim, Cycle, Settlement, Waiting
from kxsms.domain.out_file import OutFile
from kxsms.domain.overlap import Overlap
from kxsms.domain.plan import Plan, PlannedRecipient, Problem
from kxsms.domain.profile import Profile
from kxsms.domain.results import Task
from kxsms.domain.rules import Rules
from kxsms.domain.states import RequestState
from kxsms.interrupts import StopRequest
from kxsms.sending.planner import Staging


class SendGateway(Protocol):
    """A gateway to which several threads send at once."""

    def send(self, mobiles: str, recipients: int, content: str, extno: str | None) -> Task:
        """Send one text once to `mobiles`, which are `recipients` numbers joined by commas. Never raises."""
        ...

    def capacity(self, content: str, extno: str | None) -> int:
        """Return how many numbers one request may name. Raises InvalidContent if not even one fits."""
        ...


class ClaimSource(Protocol):
    """A batch whose requests can be claimed and settled."""

    def cycle(self, settled: Sequence[Settlement], again: Sequence[int], want: int) -> Cycle:
        """Settle, claim the requests `again` and up to `want` new ones, in one transaction."""
        ...


class SendBatch(ClaimSource, Protocol):
    """A batch whose lock this process holds."""

    def use(self, rules: Rules, origin: str | None, seen: int | None = None) -> LeftOut:
        """Check the planned recipients now, and each claim, against rules. Return who is left out."""
        ...

    def overtaken(self, owned: Iterable[int], state: RequestState = RequestState.PLANNED) -> Overlap | None:
        """Return the overlap of recipients in a state with batches that sent their text since, or None."""
        ...

    def skip_overtaken(self, owned: Iterable[int]) -> int:
        """Skip the planned recipients that `overtaken` counts. Return how many."""
        ...

    def left(self) -> Remainder:
        """Return how much is still planned."""
        ...

    def planned(self) -> Plan:
        """Return what is still planned, with samples."""
        ...

    def retry(self, state: RequestState) -> LeftOut:
        """Plan every request in a state again. Return who is left out."""
        ...

    def unknown(self, mobile: str | None) -> int:
        """Return how many recipients are unknown: all, or those with one number."""
        ...

    def settle(self, state: RequestState, mobile: str | None) -> None:
        """Settle what is unknown as a person says: accepted or not sent, for all or for one number."""
        ...


class SendPlan(Staging, Protocol):
    """A plan that is not in the ledger yet."""

    def overlap(
        self, since: float, owned: Iterable[int], ignored: int | None, origin: str | None
    ) -> Overlap | None:
        """Return the overlap of the recipients with other batches, or None.

        The batch `ignored` does not count, nor do batches of gateways with another `origin`.
        """
        ...

    def skip_overlap(
        self, since: float, owned: Iterable[int], ignored: int | None, origin: str | None
    ) -> None:
        """Skip the recipients that `overlap` counts."""
        ...

    def leave_out_capped(self, profile: Profile, cap: Cap, at: float) -> None:
        """Skip the recipients who will have had as many texts as the cap allows when the plan is sent."""
        ...

    def recipients(self) -> Iterable[PlannedRecipient]:
        """Yield the recipients to whom the plan sends, in the order of the input."""
        ...


class OtherBatches(Protocol):
    """The other batches at one moment. `owned` holds the ids of those that a process was sending."""

    @property
    def owned(self) -> tuple[int, ...]: ...


class BatchReader(Protocol):
    """Queries for the requests and rows of a batch. `kxsms.ledger.queries` describes each."""

    def tasks(self, batch: Batch, most: int) -> tuple[Task, ...]: ...

    def groups(self, batch: Batch) -> tuple[OutcomeGroup, ...]: ...

    def problems(self, batch: Batch, most: int) -> tuple[Problem, ...]: ...

    def replies(self, batch: Batch) -> Iterable[bytes]: ...

    def failed(self, batch: Batch, retries: Iterable[int]) -> Iterator[FailedRow]: ...


class SendLedger(Protocol):
    """The ledger of all batches. `kxsms.ledger.batches` describes each method and the errors it raises."""

    def stage(self) -> SendPlan: ...

    def last(self) -> int: ...

    def snapshot(self) -> OtherBatches: ...

    def refuse_twin(self, header: BatchHeader, after: int) -> None: ...

    def create(
        self,
        staged: Any,
        header: BatchHeader,
        plan: Plan,
        after: int,
        snapshot: Any,
        superseded: Batch | None,
    ) -> Batch | None: ...

    def own(self, batch: Batch, *, take_over: bool = False) -> AbstractContextManager[SendBatch]: ...

    def find(self, name: str) -> Batch: ...

    def of_key(self, key: str, origin: str | None) -> Batch | None: ...

    def same(
        self, origin: str | None, *, fingerprint: bytes | None = None, source_key: bytes | None = None
    ) -> Batch | None: ...

    def spellings(self, account: str) -> Sequence[str]: ...

    def adopt(self, fingerprint: bytes, older: Sequence[bytes]) -> None: ...

    def doubtful(self, fingerprint: bytes, since: float, origin: str | None) -> Batch | None: ...

    def is_unshown(self, batch: Batch, since: float) -> bool: ...

    def set_shown(self, batch: Batch) -> None: ...

    def set_waiting(self, batch: Batch, waiting: Waiting | None) -> None: ...

    def read(self) -> BatchReader: ...


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

    def show_plan(self, plan: Plan) -> None: ...

    def confirm(self, question: str, option: str) -> bool: ...

    def write_file(
        self, file: OutFile, columns: Sequence[str], rows: Iterable[Sequence[object]], most: int
    ) -> int: ...

    def progress(self, batch: Batch) -> SendProgress: ...


@dataclass(frozen=True)
class SendSession:
    """The profile, ledger, gateway and console of one command.

    `open_gateway` raises ProfileError without usable credentials; a preview needs none, and so does not call
    it. After `stop_on_signal`, the first signal asks to stop, instead of ending the command at once.
    `has_config`: the profile comes from the config, where a user can change it.
    `when_written` takes a function to call as soon as the command's result was written out.
    """

    profile: Profile
    ledger: SendLedger
    console: SendConsole
    has_config: bool
    open_gateway: Callable[[], SendGateway]
    stop_on_signal: Callable[[], StopRequest]
    when_written: Callable[[Callable[[], None]], None]
