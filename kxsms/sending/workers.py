"""The threads that do HTTP for the dispatcher, and nothing else."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue

from kxsms.domain.claim import Claim
from kxsms.domain.outcome import Unknown
from kxsms.domain.results import Task
from kxsms.errors import Failure
from kxsms.language import tr
from kxsms.sending.ports import SendGateway

_GATHER_SECONDS = 0.01
_NAP_SECONDS = 0.001
_SLICE_SECONDS = 0.05


class Workers:
    """Threads that send claims. They start when claims arrive, and end with the process or by `dismiss`.

    `may_leave` is asked by the thread of a claim: before it connects, which may take long, and just before
    the first byte leaves. Where it says no, the claim comes back.
    """

    def __init__(
        self,
        gateway: SendGateway,
        extno: str | None,
        most: int,
        may_leave: Callable[[], bool] = lambda: True,
    ) -> None:
        self._gateway = gateway
        self._extno = extno
        self._most = most
        self._may_leave = may_leave
        self._threads = 0
        self._todo: SimpleQueue[Claim | None] = SimpleQueue()
        self._is_halted = False
        self.done: SimpleQueue[tuple[Claim, Task | None] | None] = SimpleQueue()

    def hand(self, claims: Sequence[Claim], outstanding: int) -> None:
        """Queue claims for sending. Start threads, up to one for each of the `outstanding` claims."""
        for claim in claims:
            self._todo.put(claim)
        while self._threads < min(self._most, outstanding):
            try:
                threading.Thread(target=self._work, name="kxsms-send", daemon=True).start()
            except RuntimeError as error:  # the system allows no more threads: fewer will do
                if not self._threads:
                    raise Failure(tr("the system allows no new thread")) from error
                self._most = self._threads
                return
            self._threads += 1

    @property
    def waiting(self) -> int:
        """Return how many claims no thread has started to send."""
        return self._todo.qsize()

    def ended(self) -> Iterator[tuple[Claim, Task | None]]:
        """Yield each claim that has arrived in `done`, without waiting."""
        with suppress(Empty):
            while True:
                ended = self.done.get_nowait()
                if ended is not None:
                    yield ended

    def gather(
        self, patience: float | None, may_wait: Callable[[], bool]
    ) -> Iterator[tuple[Claim, Task | None]]:
        """Wait for an outcome, then yield every claim that has arrived in `done`.

        While `may_wait` says so, wait a little for more: a cycle of the ledger costs the same for one as for
        many.
        """
        try:
            ended = self.done.get(timeout=patience)
        except Empty:
            return
        if ended is not None:
            yield ended
        end = time.monotonic() + _GATHER_SECONDS
        yield from self.ended()
        while may_wait() and time.monotonic() < end:
            time.sleep(_NAP_SECONDS)
            yield from self.ended()

    def withdraw(self) -> list[Claim]:
        """Take back and return the claims that no thread has started to send."""
        claims: list[Claim] = []
        while True:
            try:
                claim = self._todo.get_nowait()
            except Empty:
                return claims
            if claim is not None:
                claims.append(claim)

    def halt(self) -> None:
        """Send nothing more: queued claims come back in `done` without a task."""
        self._is_halted = True

    def nudge(self) -> None:
        """Wake the thread that waits for `done`. Any thread may call it."""
        self.done.put(None)

    def wake(self) -> None:
        """Halt, and wake the thread that waits for `done`. Safe in a signal handler."""
        self._is_halted = True
        self.done.put(None)

    def dismiss(self) -> None:
        """End each thread once it finds nothing queued."""
        for _ in range(self._threads):
            self._todo.put(None)

    def _work(self) -> None:
        while (claim := self._todo.get()) is not None:
            if claim.start:
                self._wait_until(claim.start)
            if not self._may_still_leave():
                self.done.put((claim, None))
                continue
            task: Task | None
            try:
                task = self._gateway.send(
                    claim.mobiles, claim.recipients, claim.content, self._extno, self._may_still_leave
                )
            except BaseException as error:  # a defect: the request may have left, and the batch must not hang
                task = Task(
                    Unknown(tr("a defect of kxsms: {name}", name=type(error).__name__)), claim.recipients
                )
            self.done.put((claim, task))

    def _may_still_leave(self) -> bool:
        return not self._is_halted and self._may_leave()

    def _wait_until(self, start: float) -> None:
        while not self._is_halted and (left := start - time.monotonic()) > 0:
            time.sleep(min(left, _SLICE_SECONDS))
