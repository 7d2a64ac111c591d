"""One fetch of the records that the gateway has. The ledger keeps each answer before kxsms reads it."""

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import chain

from kxsms.domain.outcome import login_hint
from kxsms.domain.records import AddedRecords, FetchedAnswer, RecordKind, UnreadAnswer
from kxsms.errors import Failure, NoAnswer, NotKept, Refused, Spooled, Unread
from kxsms.inbox.ports import AnswerStore, RecordGateway
from kxsms.language import tr

_MOST_ANSWERS = 10_000
"""Answers that one call fetches at most: a gateway with endless news must not keep it busy forever."""


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the garbage collector: records make no cycles, and scanning 200,000 of them takes seconds."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@dataclass(frozen=True)
class FetchResult:
    """The results of one fetch.

    `numbers`: the new records, by their numbers in the ledger. `unreadable`: new answers that cannot be read.
    `still_unreadable`: how many earlier answers still cannot be read. `settled`: for each batch, how many
    recipients are no longer unknown. `failure`: the reason why fetching ended early.
    """

    numbers: tuple[int, ...]
    unreadable: tuple[UnreadAnswer, ...]
    still_unreadable: int
    settled: Mapping[str, int]
    failure: Refused | NoAnswer | None


class Fetch:
    """One fetch of delivery reports or of replies, for the profile of this name, if it has one."""

    def __init__(
        self, kind: RecordKind, gateway: RecordGateway, answers: AnswerStore, profile: str | None = None
    ) -> None:
        self._login_hint = login_hint(profile)
        self._kind = kind
        self._gateway = gateway
        self._answers = answers
        self._numbers: list[int] = []
        self._settled: Counter[str] = Counter()
        self._unreadable: list[UnreadAnswer] = []
        self._still_unreadable = 0
        self._failure: Refused | NoAnswer | None = None
        self._earlier: set[bytes] = set()
        self._answers_taken = 0

    def reread(self, *, everything: bool) -> None:
        """Read the kept answers that are not read yet, or all of them.

        An answer is not read yet if kxsms could not read it before, or if a crash came first.
        """
        for number in (self._answers.all if everything else self._answers.pending)(self._kind):
            answer = self._answers.answer(number)
            # A refusal was reported when it arrived.
            with suppress(Refused, NoAnswer):
                if answer is not None:
                    self._read(answer)
        self._still_unreadable = self._answers.unread(self._kind) - len(self._unreadable)
        if everything:
            self._answers.apply_states()
        if self._kind is RecordKind.REPORT:
            self._settled.update(self._answers.match_again())

    def fetch(self, on_body: Callable[[bytes], None]) -> None:
        """Ask the gateway until an answer has nothing new, repeats an earlier one, or fails.

        Call `on_body` with the bytes of the first answer, and of each later one that has something new.
        """
        is_more = True
        while is_more:
            try:
                answer, body = self._gateway.fetch(self._kind)
            except NoAnswer as error:
                self.fail(error)
                return
            is_more = self.take(answer, body, on_body)

    def fail(self, error: NoAnswer) -> None:
        """Note that the gateway gave no answer, and keep the part of one that was cut."""
        if error.partial:
            answer = FetchedAnswer(self._kind, 0, "", error.partial)
            self._keep(answer, error.partial, error.message)
        self._failure = error

    def take(self, answer: FetchedAnswer, body: bytes, on_body: Callable[[bytes], None]) -> bool:
        """Keep an answer of the gateway, and read it. Return whether to ask for another one."""
        known = len(self._unreadable)
        try:
            added = self._read(replace(answer, id=self._keep(answer, body)))
        except NoAnswer as error:
            self._failure = NoAnswer(error.message, error.hint, [body])
            return False
        except Refused as error:
            # A wrong token is refused too. To take its code for an empty answer would hide that for ever.
            hint = error.hint if self._answers.has_succeeded() else self._login_hint
            self._failure = Refused(error.message, hint, [body])
            return False
        is_new = added is not None and added.numbers
        if is_new or not self._answers_taken or len(self._unreadable) > known:
            on_body(body)
        self._answers_taken += 1
        # Equal replies are new, but a gateway that repeats an answer must not keep the call busy.
        if added is None or not is_new or added.content in self._earlier:
            return False
        self._earlier.add(added.content)
        return self._answers_taken < _MOST_ANSWERS

    def _keep(self, answer: FetchedAnswer, body: bytes, problem: str | None = None) -> int:
        """Write an answer to the ledger and return its id. Else raise NotKept with its bytes, or Spooled."""
        try:
            return self._answers.keep(answer, problem)
        except Spooled:
            raise
        except Failure as failure:
            said = answer.body.decode("utf-8", "replace")
            details = [tr("the gateway answered, but the ledger could not keep its answer:"), said]
            raise NotKept(failure.message, failure.hint, [body], details) from None

    def result(self) -> FetchResult:
        """Return the results so far."""
        return FetchResult(
            tuple(self._numbers),
            tuple(self._unreadable),
            self._still_unreadable,
            self._settled,
            self._failure,
        )

    @_uncollected()
    def _read(self, answer: FetchedAnswer) -> AddedRecords | None:
        """Read a kept answer, add its records, and return them, if any. Raises Refused or NoAnswer."""
        try:
            records = self._gateway.read(answer)
        except Unread as problem:
            if self._answers.not_read(answer, problem.message):
                self._unreadable.append(UnreadAnswer(problem.message, problem.hint))
            return None
        except (Refused, NoAnswer):
            self._answers.drop(answer)
            raise
        records = iter(records)
        first = next(records, None)
        if first is None:
            self._answers.drop(answer)
            return None
        added = self._answers.add(answer, chain([first], records))
        self._numbers += added.numbers
        self._settled.update(added.settled)
        return added
