"""The interfaces through which the use cases of sending reach the ledger."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from kxsms.domain.batch import Batch, BatchHeader, LeftOut, OutcomeGroup, Remainder
from kxsms.domain.batch_row import FailedRow
from kxsms.domain.cap import Cap
from kxsms.domain.claim import Cycle, Rest, Settlement, Waiting
from kxsms.domain.overlap import Overlap
from kxsms.domain.plan import Plan, PlannedRecipient, Problem
from kxsms.domain.profile import Profile
from kxsms.domain.results import Task
from kxsms.domain.rules import Rules
from kxsms.domain.states import RequestState
from kxsms.domain.terms import Terms
from kxsms.sending.planner import Staging


class ClaimSource(Protocol):
    """A batch whose requests can be claimed and settled; where it `is_shared`, by several processes."""

    @property
    def is_shared(self) -> bool: ...

    def may_send(self) -> bool:
        """Return whether what was claimed may be sent: this process owns the batch. Any thread may ask."""
        ...

    def look(self) -> Rest:
        """Return what a shared batch waits for, when this process has nothing to do in it."""
        ...

    def cycle(self, settled: Sequence[Settlement], again: Sequence[int], want: int) -> Cycle:
        """Settle, claim the requests `again` and up to `want` new ones, in one transaction."""
        ...

    def be_patient(self, is_patient: Callable[[float], bool]) -> None:
        """Ask this, with the seconds for which the ledger's server has been away, before waiting longer."""
        ...

    def spool(self, settled: Sequence[Settlement]) -> tuple[str, int] | None:
        """Write what cannot be settled to a local file. Return its path and how many they are, or None."""
        ...


class SendBatch(ClaimSource, Protocol):
    """A batch whose lock this process holds. `is_joined`: others sent it already."""

    @property
    def is_joined(self) -> bool: ...

    def use(self, rules: Rules, origin: str | None, seen: int | None = None) -> LeftOut:
        """Check the planned recipients now, and each claim, against rules. Return who is left out."""
        ...

    def share(self, rate: float, pause_after: int) -> None:
        """Keep a rate, and pause after so many equal failures, of all processes that send it."""
        ...

    def begin(self) -> None:
        """Let others join: the checks are made, and this process is going to send."""
        ...

    def overtaken(self, owned: Iterable[int], state: RequestState = RequestState.PLANNED) -> Overlap | None:
        """Return the overlap of recipients in a state with batches that sent their text since, or None."""
        ...

    def skip_overtaken(self, owned: Iterable[int]) -> int:
        """Skip the planned recipients that `overtaken` counts. Return how many."""
        ...

    def leave_out_excluded(self) -> int: ...

    def count_opted_out(self, profile: Profile) -> int: ...

    def set_terms(self, terms: Terms) -> None: ...

    def left(self, state: RequestState = RequestState.PLANNED) -> Remainder:
        """Return how much is still planned, or is in another state."""
        ...

    def planned(self) -> Plan:
        """Return what is still planned, with samples."""
        ...

    def retry(self, state: RequestState) -> LeftOut:
        """Plan every request in a state again. Return who is left out."""
        ...

    def cancel(self) -> int:
        """Cancel what is still planned. Return how many recipients that is."""
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

    def leave_out_excluded(self) -> int: ...

    def count_opted_out(self, profile: Profile) -> int: ...

    def leave_out_capped(self, profile: Profile, cap: Cap, at: float) -> None:
        """Skip the recipients who will have had as many texts as the cap allows when the plan is sent."""
        ...

    def keep_first_for(self, mobile: int) -> None:
        """Keep only the first row, and send its text to another number."""
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

    def now(self) -> float:
        """Return the time by the clock of the ledger, in seconds since 1970."""
        ...

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

    @property
    def is_shared(self) -> bool: ...

    def own(
        self, batch: Batch, *, take_over: bool = False, joins: bool = False
    ) -> AbstractContextManager[SendBatch]: ...

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

    def billed_on(self, profile: Profile, day: str) -> int: ...

    def schedule(self, batch: Batch, at: float, terms: Terms) -> None: ...

    def keep_back(self, batch: Batch, reason: str, *, for_person: bool = False) -> bool: ...

    def due(self, now: float, profile: str | None = None) -> list[Batch]: ...

    def read(self) -> BatchReader: ...
