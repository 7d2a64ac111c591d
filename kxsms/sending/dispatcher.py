"""Sends what a batch has planned. Worker threads do HTTP and nothing else; this thread owns the ledger.

Each turn of the loop is one transaction of the ledger: it settles what has come back and claims what goes
next. No claim reaches a worker before that transaction has been committed.
"""

import heapq
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from queue import Empty
from typing import NoReturn, Protocol

from kxsms.domain.batch import Claim, RequestState, Settlement
from kxsms.domain.outcome import Accepted, NotSent
from kxsms.domain.results import Task
from kxsms.errors import Failure
from kxsms.interrupts import StopRequest
from kxsms.sending.pacing import Pace, Rate, Streaks, backoff
from kxsms.sending.workers import SendGateway, Workers

_SWITCH_SECONDS = 0.1
"""Threads that all wait for the network give way by themselves: to make them costs a quarter of the pace."""

_FEW = 4
_GATHER_SECONDS = 0.01
_NAP_SECONDS = 0.001


class ClaimSource(Protocol):
    """What the dispatcher needs of the ledger: see `kxsms.ledger.claims`."""

    def cycle(self, settled: Sequence[Settlement], again: Sequence[Claim], want: int) -> list[Claim]: ...


class SendObserver(Protocol):
    """Who is told how it goes."""

    def ended(self, task: Task) -> None: ...

    def moved(self, settled: Sequence[Settlement]) -> None: ...

    def tries_again(self, reason: str) -> None: ...

    @property
    def tick(self) -> float | None: ...


@dataclass
class _Tries:
    """The tries of one request in this run."""

    made: int = 0
    first_failure: float = 0.0


@dataclass
class Dispatcher:
    """One run of a batch, which has so many requests `planned`. `paused` says afterwards why it ended before
    everything was sent."""

    work: ClaimSource
    gateway: SendGateway
    extno: str | None
    pace: Pace
    stop: StopRequest
    watcher: SendObserver
    planned: int
    paused: str | None = None
    _outstanding: int = 0
    _settled: list[Settlement] = field(default_factory=list)
    _tasks: list[Task] = field(default_factory=list)
    _tries: dict[int, _Tries] = field(default_factory=dict)
    _later: list[tuple[float, int, Claim]] = field(default_factory=list)
    _accepted_at: float = float("-inf")

    def run(self) -> None:
        """Send until nothing is left, a signal stops it, or a pause is due. Everything that came back is
        settled when this returns; after a second signal what is still in flight stays `sending`.

        Raises Failure where the ledger cannot be written: nothing leaves after that.
        """
        self._workers = Workers(self.gateway, self.extno, self.pace.concurrency)
        self._rate = Rate(self.pace.rate, time.monotonic())
        self._streaks = Streaks(self.pace.pause_after)
        self.stop.wake = self._workers.wake
        interval = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_SECONDS)
        try:
            while not self.stop.at_once and self._turn():
                pass
            if self.stop.at_once:
                self._take_back()
                self._drain()
                self._commit([], 0)
        except Failure as failure:
            self._save_what_came(failure)
        finally:
            sys.setswitchinterval(interval)
            self.stop.wake = lambda: None
            self.stop.in_flight = False
            self._workers.withdraw()
            self._workers.dismiss()

    def _save_what_came(self, failure: Failure) -> NoReturn:
        """Wait for what is in flight and try once more to write it down. Raises Failure with what is lost."""
        self.paused = failure.message
        self._take_back()
        while self._outstanding and not self.stop.at_once:
            self._take_in(None)
        try:
            self._commit([], 0)
        except Failure:
            came = [_in_words(ended) for ended in self._settled if ended.outcome is not None]
            details = [f"answered, but not written down: {words}" for words in came]
            raise Failure(failure.message, failure.hint, details) from None
        raise failure

    @property
    def _is_going(self) -> bool:
        return self.stop.status is None and self.paused is None

    def _turn(self) -> bool:
        """One cycle of the ledger, and a wait for what comes of it. Whether there is more to do."""
        now = time.monotonic()
        again: list[Claim] = []
        want = 0
        if self._is_going:
            room = self._streaks.room(2 * self.pace.concurrency) - self._outstanding
            allowed = self._rate.allowed(now, max(0, room))
            while self._later and self._later[0][0] <= now and len(again) < allowed:
                again.append(heapq.heappop(self._later)[2])
            want = max(0, min(self.planned, allowed - len(again) - len(self._later)))
        else:
            self._take_back()
        claims = self._commit(again, want)
        self._rate.begun(len(claims))
        self._outstanding += len(claims)
        self.stop.in_flight = self._outstanding > 0
        self._workers.hand(claims, self._outstanding)
        if not self._outstanding and not (self._is_going and (self._later or self.planned)):
            return False
        self._take_in(self._patience())
        return True

    def _commit(self, again: list[Claim], want: int) -> list[Claim]:
        """Settle what came back and claim what goes next, in one transaction, and then tell of it."""
        fresh = self.work.cycle(self._settled, again, want)
        settled, tasks = self._settled, self._tasks
        self._settled, self._tasks = [], []
        self.planned = self.planned - len(fresh) if len(fresh) == want else 0
        for task in tasks:
            self.watcher.ended(task)
        self.watcher.moved(settled)
        return again + fresh

    def _take_back(self) -> None:
        """Plan again what no thread has begun. What waits for another try is planned already."""
        self._later.clear()
        self._workers.halt()
        for claim in self._workers.withdraw():
            self._outstanding -= 1
            self._settled.append(Settlement(claim, RequestState.PLANNED))

    def _patience(self) -> float | None:
        """How long to wait for an answer, in seconds, before there is something else to do."""
        waits = [self.watcher.tick]
        if self._is_going:
            if self._later:
                due = self._later[0][0] - time.monotonic()
                waits.append(max(0.0, due, self._rate.wait()))
            if self.planned and self._outstanding < self._streaks.room(2 * self.pace.concurrency):
                waits.append(self._rate.wait() or None)
        return min((wait for wait in waits if wait is not None), default=None)

    def _take_in(self, patience: float | None) -> None:
        """Wait for an answer, and take all that have come.

        While the threads have enough to do it waits for a few more: a cycle costs the same for one as for
        many.
        """
        try:
            ended = self._workers.done.get(timeout=patience)
        except Empty:
            return
        if ended is not None:
            self._note(*ended)
        end = time.monotonic() + _GATHER_SECONDS
        self._drain()
        enough = max(_FEW, self.pace.concurrency // 2)
        while self._is_going and self._workers.waiting > enough and time.monotonic() < end:
            time.sleep(_NAP_SECONDS)
            self._drain()

    def _drain(self) -> None:
        """Take all answers that are there."""
        while True:
            try:
                ended = self._workers.done.get_nowait()
            except Empty:
                return
            if ended is not None:
                self._note(*ended)

    def _note(self, claim: Claim, task: Task | None) -> None:
        self._outstanding -= 1
        if task is None:
            self._settled.append(Settlement(claim, RequestState.PLANNED))
            return
        if isinstance(task.outcome, NotSent) and self._tries_again(claim, task.outcome):
            self._settled.append(Settlement(claim, RequestState.PLANNED, task.outcome))
            return
        if isinstance(task.outcome, Accepted):
            self._accepted_at = time.monotonic()
        self._settled.append(Settlement(claim, RequestState.of(task.outcome), task.outcome, task.kept))
        self._tasks.append(task)
        pause = self._streaks.note(task.outcome)
        if self.paused is None:
            self.paused = pause

    def _tries_again(self, claim: Claim, outcome: NotSent) -> bool:
        """Whether a request that was certainly not sent gets another try, which is then due later."""
        now = time.monotonic()
        tries = self._tries.setdefault(claim.request, _Tries(first_failure=now))
        tries.made += 1
        if outcome.is_retryable and self._is_going and tries.made <= self.pace.retries:
            heapq.heappush(self._later, (now + backoff(tries.made), claim.request, claim))
            self.watcher.tries_again(outcome.reason)
            return True
        del self._tries[claim.request]
        is_gone = outcome.is_retryable and outcome.status is None and outcome.code is None
        if is_gone and self.pace.pause_after and self._accepted_at < tries.first_failure:
            # Nobody gets through: the rest would fare no better.
            self.paused = self.paused or outcome.reason
        return False


def _in_words(ended: Settlement) -> str:
    claim = ended.claim
    first = claim.mobiles.partition(",")[0]
    people = f"{first} and {claim.recipients - 1:,} more" if claim.recipients > 1 else first
    task = f", task id {ended.outcome.task_id}" if isinstance(ended.outcome, Accepted) else ""
    return f"{people}: {ended.state.replace('_', ' ')}{task}"
