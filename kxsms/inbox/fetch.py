"""Fetches what the gateway hands out. The bytes are in the ledger, committed, before anybody reads them."""

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import Protocol

from kxsms.domain.records import AddedRecords, FetchedAnswer, Record, RecordKind, UnreadAnswer
from kxsms.errors import Failure, NoAnswer, NotKept, Refused, Unread

_MOST_ANSWERS = 10_000
"""In one call: a gateway that always has something new must not keep it forever."""


@contextmanager
def _uncollected() -> Iterator[None]:
    """Do not look for garbage meanwhile: records make no cycles, and going through so many takes long."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class RecordGateway(Protocol):
    """What fetching needs of a gateway. See `kxsms.gateway.client` for what it raises."""

    def fetch(self, kind: RecordKind) -> tuple[FetchedAnswer, bytes]: ...

    def read(self, answer: FetchedAnswer) -> Iterable[Record]: ...


class RecordStore(Protocol):
    """What fetching needs of the ledger: see `kxsms.ledger.answers`."""

    def keep(self, answer: FetchedAnswer, problem: str | None = None) -> int: ...

    def pending(self, kind: RecordKind) -> list[int]: ...

    def all(self, kind: RecordKind) -> list[int]: ...

    def unread(self, kind: RecordKind) -> int: ...

    def answer(self, number: int) -> FetchedAnswer | None: ...

    def match_again(self) -> Mapping[str, int]: ...

    def apply_states(self) -> None: ...

    def drop(self, answer: FetchedAnswer) -> None: ...

    def not_read(self, answer: FetchedAnswer, problem: str) -> bool: ...

    def add(self, answer: FetchedAnswer, records: Iterable[Record], *, waiting: bool) -> AddedRecords: ...


@dataclass(frozen=True)
class FetchResult:
    """What a call has brought: the numbers of the new records.

    `news` are answers that could not be read and of which nobody has been told, `still` how many are known.
    `settled` counts recipients whose sending is no longer unknown, by batch. `ending` is why it ended early.
    """

    numbers: tuple[int, ...]
    news: tuple[UnreadAnswer, ...]
    still: int
    settled: Mapping[str, int]
    ending: Refused | NoAnswer | None


class Fetch:
    """One call for reports or replies."""

    def __init__(
        self, kind: RecordKind, gateway: RecordGateway, keeper: RecordStore, *, waiting: bool = False
    ) -> None:
        self._kind = kind
        self._gateway = gateway
        self._keeper = keeper
        self._waiting = waiting
        self._numbers: list[int] = []
        self._settled: Counter[str] = Counter()
        self._news: list[UnreadAnswer] = []
        self._still = 0
        self._ending: Refused | NoAnswer | None = None

    def reread(self, *, everything: bool) -> None:
        """Read again what could not be read, or was not read because of a crash; or all that is kept."""
        for number in (self._keeper.all if everything else self._keeper.pending)(self._kind):
            answer = self._keeper.answer(number)
            # What is no answer after all has been told when it came.
            with suppress(Refused, NoAnswer):
                if answer is not None:
                    self._read(answer)
        self._still = self._keeper.unread(self._kind) - len(self._news)
        if everything:
            self._keeper.apply_states()
        if self._kind is RecordKind.REPORT:
            self._settled.update(self._keeper.match_again())

    def fetch(self, on_body: Callable[[bytes], None]) -> None:
        """Ask the gateway until an answer brings nothing new or is none. `on_body` gets the bytes of each."""
        for turn in range(_MOST_ANSWERS):
            try:
                answer, body = self._gateway.fetch(self._kind)
            except NoAnswer as error:
                if error.partial:
                    answer = FetchedAnswer(self._kind, 0, "", error.partial)
                    self._keep(answer, error.partial, error.message)
                self._ending = error
                return
            known = len(self._news)
            try:
                is_new = self._read(replace(answer, id=self._keep(answer, body)))
            except (Refused, NoAnswer) as error:
                self._ending = type(error)(error.message, error.hint, [body])
                return
            # That there is nothing more need not be said again.
            if is_new or turn == 0 or len(self._news) > known:
                on_body(body)
            if not is_new:
                return

    def _keep(self, answer: FetchedAnswer, body: bytes, problem: str | None = None) -> int:
        """Write an answer down; its number. Raises NotKept, with its bytes as they came, where that fails."""
        try:
            return self._keeper.keep(answer, problem)
        except Failure as failure:
            said = answer.body.decode("utf-8", "replace")
            details = ["the answer came all the same, and is kept nowhere but here:", said]
            raise NotKept(failure.message, failure.hint, [body], details) from None

    def result(self) -> FetchResult:
        """What it has brought."""
        return FetchResult(tuple(self._numbers), tuple(self._news), self._still, self._settled, self._ending)

    @_uncollected()
    def _read(self, answer: FetchedAnswer) -> bool:
        """Read an answer that is kept. Whether it has brought something new. Raises Refused or NoAnswer."""
        try:
            records = self._gateway.read(answer)
        except Unread as problem:
            if self._keeper.not_read(answer, problem.message):
                self._news.append(UnreadAnswer(problem.message, problem.hint))
            return False
        except (Refused, NoAnswer):
            self._keeper.drop(answer)
            raise
        records = iter(records)
        first = next(records, None)
        if first is None:
            self._keeper.drop(answer)
            return False
        added = self._keeper.add(answer, chain([first], records), waiting=self._waiting)
        self._numbers += added.numbers
        self._settled.update(added.settled)
        return bool(added.numbers)
