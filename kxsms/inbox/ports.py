"""The interfaces through which the use cases of receiving reach the gateway, the ledger and the console."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from kxsms.domain.batch import Batch
from kxsms.domain.format import Format
from kxsms.domain.profile import Profile
from kxsms.domain.records import (
    AddedRecords,
    FetchedAnswer,
    MoReply,
    Record,
    RecordFilter,
    RecordKind,
)


class RecordGateway(Protocol):
    """A gateway that hands out reports and replies. `kxsms.gateway.client` names the errors it raises."""

    def fetch(self, kind: RecordKind) -> tuple[FetchedAnswer, bytes]: ...

    def read(self, answer: FetchedAnswer) -> Iterable[Record]: ...


class AnswerStore(Protocol):
    """The answers and records that the ledger keeps for one account: see `kxsms.ledger.answers`."""

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

    def add(self, answer: FetchedAnswer, records: Iterable[Record], *, waiting: bool) -> AddedRecords: ...

    def records(
        self, kind: RecordKind, wanted: RecordFilter, *, among: Sequence[int] | None = None
    ) -> Iterator[Record]: ...

    def bodies(self, kind: RecordKind) -> Iterator[bytes]: ...

    def waiting(self) -> list[tuple[int, MoReply]]: ...

    def has_run(self, number: int) -> None: ...


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
