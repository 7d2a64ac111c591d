"""Replies that are fetched before and while a batch is sent, so that who opts out gets nothing more.

A thread asks the gateway and does nothing else: only the thread that sends the batch uses the ledger.
"""

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Protocol

from kxsms.domain.records import FetchedAnswer, RecordKind
from kxsms.errors import Failure, NoAnswer
from kxsms.inbox.fetch import Fetch
from kxsms.inbox.ports import AnswerStore, RecordConsole, RecordGateway
from kxsms.language import mark, tr

INTERVAL_SECONDS = 300.0
"""Seconds between two fetches while a batch is sent."""

_TURN_SECONDS = 5.0
"""How long a batch waits, before it is planned, for another process that is fetching."""

_FRESH_SECONDS = 60.0
"""How long after a fetch a batch may begin without another one."""

_LOOK_SECONDS = 0.1
_ONLY_FROM_MO = mark("opt-outs are only known from kxsms mo")

_Fetched = tuple[FetchedAnswer, bytes] | NoAnswer


class Stopping(Protocol):
    """A request to stop, at once after a second signal."""

    @property
    def at_once(self) -> bool: ...


class BackgroundReplies:
    """The replies to one account. Its methods are for the thread that uses the ledger.

    `may_fetch` returns whether the user allows it, or has fetched replies with kxsms before; otherwise
    another program may want them. `hint` says how to allow it. The replies that are fetched are kept, and
    shown by the next `mo`. A fetch that fails is noted, and stops nothing.
    """

    def __init__(
        self,
        open_gateway: Callable[[], RecordGateway],
        answers: AnswerStore,
        console: RecordConsole,
        profile: str | None,
        *,
        may_fetch: Callable[[], bool],
        hint: str | None = None,
        interval: float,
    ) -> None:
        self._open_gateway = open_gateway
        self._answers = answers
        self._console = console
        self._profile = profile
        self._asks_may_fetch = may_fetch
        self._may_fetch = False
        self._hint = hint
        self._interval = interval
        self._before: float | None = None
        self._due: float | None = None
        self._fetch: Fetch | None = None
        self._fetched: SimpleQueue[_Fetched] = SimpleQueue()
        self._noted: str | None = None

    def before(self) -> None:
        """Fetch before a batch is planned, again if it is sent much later; or note what may be missing."""
        now = time.time()  # a monotonic clock may stand still while the machine sleeps
        if self._before is not None and 0 <= now - self._before < _FRESH_SECONDS:
            return
        self._before = now
        self._due = time.monotonic() + self._interval
        self._may_fetch = self._asks_may_fetch()
        if not self._may_fetch:
            self._console.note(tr(_ONLY_FROM_MO), self._hint)
            return
        gateway = self._open_gateway()  # raises without usable credentials
        if not self._take_turn(_TURN_SECONDS):
            self._console.note(tr("another process is fetching replies; its latest opt-outs may be missing"))
            return
        fetch = Fetch(RecordKind.MO, gateway, self._answers, self._profile)
        try:
            fetch.reread(everything=False)
            fetch.fetch(lambda body: None)
        except Failure as failure:
            self._complain(failure)
        finally:
            self._end(fetch)

    def poll(self, wake: Callable[[], None]) -> float | None:
        """Keep and read the answer that has arrived, or begin a fetch that is due.

        Return the seconds after which one is due, or None while one runs: its thread calls `wake` when its
        answer has arrived.
        """
        if not self._may_fetch:
            return None
        if self._fetch is None:
            return self._begin(wake)
        try:
            fetched = self._fetched.get_nowait()
        except Empty:
            return None
        return self._take(self._fetch, fetched, wake)

    def end(self, stop: Stopping) -> None:
        """Wait for the answer to a fetch that runs, and keep it: the gateway hands it out only once.

        Do not wait after a second signal.
        """
        while self._fetch is not None and not stop.at_once:
            try:
                fetched = self._fetched.get(timeout=_LOOK_SECONDS)
            except Empty:
                continue
            self._take(self._fetch, fetched, None)

    def _begin(self, wake: Callable[[], None]) -> float | None:
        due = 0.0 if self._due is None else self._due - time.monotonic()
        if due > 0:
            return due
        self._due = time.monotonic() + self._interval
        if not self._take_turn(0.0):
            return self._interval  # another process keeps what it fetches in this ledger, too
        self._fetch = Fetch(RecordKind.MO, self._open_gateway(), self._answers, self._profile)
        return self._ask(self._fetch, wake)

    def _take_turn(self, seconds: float) -> bool:
        """Wait, at most so long, while another process fetches. Return whether none does."""
        try:
            return self._answers.take_turn(RecordKind.MO, seconds)
        except Failure as failure:
            self._complain(failure)
            return False

    def _ask(self, fetch: Fetch, wake: Callable[[], None]) -> float | None:
        """Let a thread ask the gateway."""
        gateway, fetched = self._open_gateway(), self._fetched

        def ask() -> None:
            try:
                fetched.put(gateway.fetch(RecordKind.MO))
            except NoAnswer as error:
                fetched.put(error)
            except Exception as error:  # a defect must not stop the batch, nor let it wait for ever
                fetched.put(NoAnswer(tr("a defect of kxsms: {name}", name=type(error).__name__)))
            wake()

        try:
            threading.Thread(target=ask, name="kxsms-replies", daemon=True).start()
        except RuntimeError:  # the system allows no more threads
            self._end(fetch)
            return self._interval
        return None

    def _take(self, fetch: Fetch, fetched: _Fetched, wake: Callable[[], None] | None) -> float | None:
        """Keep and read an answer, and ask for the next one if there may be one and `wake` is given."""
        try:
            if isinstance(fetched, NoAnswer):
                fetch.fail(fetched)
            elif fetch.take(*fetched, lambda body: None) and wake is not None:
                return self._ask(fetch, wake)
        except Failure as failure:
            self._complain(failure)
        self._end(fetch)
        return self._interval

    def _end(self, fetch: Fetch) -> None:
        """End the turn, leave the replies to the next `mo`, and note what went wrong."""
        self._fetch = None
        self._answers.end_turn(RecordKind.MO)
        result = fetch.result()
        try:
            self._answers.written(RecordKind.MO, ())
        except Failure as failure:
            self._complain(failure)
        for answer in result.unreadable:
            self._console.note(
                tr("an answer cannot be read; the ledger keeps it: {problem}", problem=answer.problem)
            )
        if result.failure is None:
            self._noted = None
        elif result.failure.message != self._noted:
            self._noted = result.failure.message
            self._console.note(
                tr(
                    "replies could not be fetched, and so opt-outs may be missing: {reason}",
                    reason=self._noted,
                )
            )

    def _complain(self, failure: Failure) -> None:
        """Write about an answer that could not be kept; its details hold what the gateway said."""
        self._console.error(
            tr("replies could not be fetched or kept: {problem}", problem=failure.message),
            failure.hint,
            failure.details,
        )
