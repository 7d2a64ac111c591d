"""The interfaces through which the use cases of receiving reach the gateway, the ledger and the console."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from kxsms.domain.batch import Batch
from kxsms.domain.format import Format
from kxsms.domain.profile import Profile
from kxsms.domain.records import (
    AddedRecords,
    FetchedAnswer,
    Record,
    RecordFilter,
    RecordKind,
    Run,
)


class RecordGateway(Protocol):
    """A gateway that hands out reports and replies. `kxsms.gateway.client` names the errors it raises."""

    def fetch(self, kind: RecordKind) -> tuple[FetchedAnswer, bytes]: ...

    def read(self, answer: FetchedAnswer) -> Iterable[Record]: ...


class CommandRuns(Protocol):
    """The commands that run for new records, each claimed in the ledger: see `kxsms.ledger.runs`."""

    def register(self, kind: RecordKind) -> None: ...

    def claim(self, kind: RecordKind, wanted: RecordFilter, after: int) -> Run | None: ...

    def succeed(self, number: int) -> None: ...

    def fail(self, run: Run) -> bool: ...

    def put_back(self, number: int) -> None: ...

    def dismiss(self, kind: RecordKind, numbers: Iterable[int]) -> None: ...


class AnswerStore(Protocol):
    """The answers and records that the ledger keeps for one account: see `kxsms.ledger.answers`."""

    @property
    def runs(self) -> CommandRuns: ...

    def keep(self, answer: FetchedAnswer, problem: str | None = None) -> int: ...

    def pending(self, kind: RecordKind) -> list[int]: ...

    def all(self, kind: RecordKind) -> list[int]: ...

    def unread(self, kind: RecordKind) -> int: ...

    def answer(self, number: int) -> FetchedAnswer | None: ...

    def has_succeeded(self) -> bool: ...

    def match_again(self) -> Mapping[str, int]: ...

    def apply_states(self) -> None: ...

    def drop(self, answer: FetchedAnswer) -> None: ...

    def not_read(self, answer: FetchedAnswer, problem: str) -> bool: ...

    def add(self, answer: FetchedAnswer, records: Iterable[Record]) -> AddedRecords: ...

    def records(
        self, kind: RecordKind, wanted: RecordFilter, *, among: Sequence[int] | None = None
    ) -> Generator[tuple[int, Record], None, None]: ...

    def unshown(self, kind: RecordKind) -> list[int]: ...

    def written(self, kind: RecordKind, numbers: Iterable[int]) -> None: ...

    def take_turn(self, kind: RecordKind, seconds: float) -> bool: ...

    def end_turn(self, kind: RecordKind) -> None: ...

    def bodies(self, kind: RecordKind) -> Iterator[bytes]: ...

    def bodies_of(self, numbers: Sequence[int]) -> Iterator[bytes]: ...


class RecordLedger(Protocol):
    """The ledger that keeps answers and records."""

    def settle_orphans(self) -> None: ...

    def find(self, name: str) -> Batch: ...

    def answers(self, profile: Profile) -> AnswerStore: ...


class RecordConsole(Protocol):
    """The console: notes, warnings and errors on stderr, records and raw answers on stdout as they arrive."""

    @property
    def format(self) -> Format: ...

    def note(self, text: str) -> None: ...

    def warn(self, text: str, hint: str | None = None, details: Iterable[str] = ()) -> None: ...

    def error(self, text: str, hint: str | None = None, details: Iterable[str] = ()) -> None: ...

    def wait(self, seconds: float) -> bool: ...

    def show_answer(self, body: bytes) -> None: ...

    def show_record(self, record: Record) -> None: ...

    def record_json(self, record: Record) -> bytes: ...


@dataclass(frozen=True)
class RecordSession:
    """The profile, gateway, ledger and console of one command. `open_gateway` raises ProfileError."""

    profile: Profile
    open_gateway: Callable[[], RecordGateway]
    ledger: RecordLedger
    console: RecordConsole
