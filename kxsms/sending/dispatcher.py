"""The loop that sends the planned requests of a batch.

Worker threads do HTTP and nothing else; only this thread uses the ledger. Each turn of the loop is one
transaction of the ledger: it settles the outcomes that have arrived and claims the next requests. No claim
reaches a worker before that transaction is committed.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from kxsms.domain.claim import Claim, Settlement, Waiting
from kxsms.domain.outcome import Accepted, NotSent
from kxsms.domain.results import Task
from kxsms.domain.rules import NO_RULES, Rules
from kxsms.domain.states import RequestState
from kxsms.errors import ConnectionLost, Failure
from kxsms.interrupts import StopRequest
from kxsms.sending.freshness import Freshness
from kxsms.sending.ledger_ports import ClaimSource
from kxsms.sending.outages import Patience, unsettled
from kxsms.sending.pacing import Limits, Pace
from kxsms.sending.ports import SendGateway, SendObserver
from kxsms.sending.replies import ReplySource
from kxsms.sending.retries import Retries
from kxsms.sending.workers import Workers

_SWITCH_SECONDS = 0.1
"""Seconds that a thread may run before Python makes it yield. The workers yield anyway when they wait for the
network; with Python's default a batch is a quarter slower (benchmark `texts`)."""

_FEW = 4
_LOOK_SECONDS = 0.25
"""Seconds between two looks at what other processes do that send the same batch."""


@dataclass
class Dispatcher:
    """One run that sends the `planned` requests of a batch.

    After `run`, `paused` says why it ended early, `waits` which limit allows the rest only later, or None.
    """

    batch: ClaimSource
    gateway: SendGateway
    extno: str | None
    pace: Pace
    stop: StopRequest
    observer: SendObserver
    planned: int
    rules: Rules = NO_RULES
    replies: ReplySource | None = None
    paused: str | None = None
    waits: Waiting | None = None
    _outstanding: int = 0
    _settled: list[Settlement] = field(default_factory=list)
    _tasks: list[Task] = field(default_factory=list)
    _retries: Retries = field(default_factory=Retries)
    _accepted_at: float = float("-inf")
    _fetch_in: float | None = None

    def run(self) -> None:
        """Send until nothing is left, a signal asks to stop, or the batch has to pause.

        Where others send the batch, too, nothing is left when they have no more to send either. On return,
        every answer that arrived is settled. After a second signal, requests still in flight stay `sending`.
        Raises Failure if the ledger cannot be written; nothing is sent after that.
        """
        self._fresh = Freshness(self.rules)
        self._workers = Workers(self.gateway, self.extno, self.pace.concurrency, self._may_leave)
        self._limits = Limits(self.pace, is_shared=self.batch.is_shared)
        self._patience_with_ledger = Patience(self.stop, self.observer)
        self.batch.be_patient(self._patience_with_ledger.lasts)
        self.stop.wake = self._workers.wake
        interval = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_SECONDS)
        try:
            while not self.stop.at_once and self._turn():
                pass
            if self.stop.at_once:
                self._take_back()
                self._receive(0)
                self._commit([], 0)
        except Failure as failure:
            self._save_outcomes(failure)
        finally:
            sys.setswitchinterval(interval)
            self.stop.wake = lambda: None
            self.stop.in_flight = False
            self._workers.withdraw()
            self._workers.dismiss()

    def _save_outcomes(self, failure: Failure) -> NoReturn:
        """Wait for the requests in flight, try again to settle them, and raise Failure.

        If that fails too, a local file has every outcome that could not be written, or the Failure names it.
        """
        self.paused = failure.message
        if isinstance(failure, ConnectionLost):
            self._patience_with_ledger.end()
        self._take_back()
        while self._outstanding and not self.stop.at_once:
            self._receive(None)
        self._receive(0)
        try:
            self._commit([], 0)
        except Failure:
            raise unsettled(self.batch, self._settled, failure) from None
        raise failure

    def _may_leave(self) -> bool:
        """Return whether a claim may leave now. Any thread may ask."""
        return self._fresh.may_leave() and self.batch.may_send()

    @property
    def _may_claim(self) -> bool:
        return self.stop.status is None and self.paused is None and self.waits is None

    @property
    def _is_limited(self) -> bool:
        """Return whether only the daily limit ends this run: what was claimed before may leave."""
        return self.stop.status is None and self.paused is None and self.rules.closed(time.time()) is None

    def _turn(self) -> bool:
        """Run one cycle of the ledger and wait for an outcome. Return whether there is more to do."""
        now = time.monotonic()
        again: list[int] = []
        want = 0
        self.waits = self.waits or self.rules.closed(time.time())  # the clock may have been set
        if self._may_claim:
            if self.replies is not None:
                self._fetch_in = self.replies.poll(self._workers.nudge)
            allowed = self._limits.rate.allowed(now, max(0, self._limits.room - self._outstanding))
            again = self._retries.due(now, allowed)
            want = max(0, min(self.planned, allowed - len(again) - len(self._retries)))
        elif self._is_limited:
            self._retries.clear()
        else:
            self._take_back()
        claims = self._commit(again, want)
        self._limits.rate.begun(len(claims))
        self._outstanding += len(claims)
        self.stop.in_flight = self._outstanding > 0
        self._workers.hand(claims, self._outstanding)
        if not self._outstanding:
            if not (self._may_claim and (self._retries or self.planned)):
                return self.batch.is_shared and self._stay()
            if want and not claims and not self._limits.rate.wait():
                return True  # the cap has left all of them out: look at the next ones
        self._receive(self._patience())
        return True

    def _stay(self) -> bool:
        """Wait a little for others that send the batch. Return whether there may be more to do."""
        if self.stop.status is not None or (self.paused is not None and not self._limits.all_pause):
            return False
        rest = self.batch.look()
        self.planned = rest.planned if self._may_claim else 0
        if self.planned:
            return True
        if rest.others_send or (rest.others_plan and self._may_claim):
            self._receive(min(_LOOK_SECONDS, self._patience() or _LOOK_SECONDS))
            return True
        return False

    def _commit(self, again: list[int], want: int) -> Sequence[Claim]:
        """Settle and claim in one transaction, then notify the observer. Return the claims to send."""
        cycle = self.batch.cycle(self._settled, again, want)
        self._fresh.note()
        self.paused = self.paused or self._limits.follow(cycle)
        for request in cycle.later:
            self._retries.add_now(request, time.monotonic())
        settled, tasks = self._settled, self._tasks
        self._settled, self._tasks = [], []
        begun_again = len(again) - len(cycle.later)
        self.planned = 0 if cycle.is_all else self.planned - max(0, len(cycle.claims) - begun_again)
        self.waits = self.waits or cycle.waits
        if cycle.recalls:
            self._recall()
        for task in tasks:
            self.observer.ended(task)
        self.observer.moved(settled, cycle.claims)
        return cycle.claims

    def _recall(self) -> None:
        """Take back the claims that no worker has started; claim them again if this run still may."""
        for claim in self._workers.withdraw():
            self._note(claim, None)

    def _take_back(self) -> None:
        """Take back the claims that no worker has started, and claim nothing again."""
        self._retries.clear()
        self._workers.halt()
        self._recall()

    def _patience(self) -> float | None:
        """Return the seconds to wait for an outcome before something else is due, or None if nothing is."""
        waits = [self.observer.tick, self._fresh.patience if self._workers.waiting else None]
        if self._may_claim:
            waits.append(self._fetch_in)
            due = self._retries.wait(time.monotonic())
            if due is not None:
                waits.append(max(due, self._limits.rate.wait()))
            if self.planned and self._outstanding < self._limits.room:
                waits.append(self._limits.rate.wait() or None)
        return min((wait for wait in waits if wait is not None), default=None)

    def _receive(self, patience: float | None) -> None:
        """Wait for an outcome, then take those that have arrived, and more while the workers have enough."""
        enough = max(_FEW, self.pace.concurrency // 2)
        workers = self._workers
        for ended in workers.gather(patience, lambda: self._may_claim and workers.waiting > enough):
            self._note(*ended)

    def _note(self, claim: Claim, task: Task | None) -> None:
        """Settle the request of an outcome, or plan one again that did not leave."""
        self._outstanding -= 1
        if task is None:
            self._settled.append(Settlement(claim, RequestState.PLANNED))
            if self._may_claim:
                self._retries.add_now(claim.request, time.monotonic())
            return
        if isinstance(task.outcome, NotSent) and self._is_retried(claim, task.outcome):
            self._settled.append(Settlement(claim, RequestState.PLANNED, task.outcome))
            return
        if isinstance(task.outcome, Accepted):
            self._accepted_at = time.monotonic()
        self._settled.append(Settlement(claim, RequestState.of(task.outcome), task.outcome, task.kept))
        self._tasks.append(task)
        pause = self._limits.note(task.outcome)
        self.paused = self.paused or pause

    def _is_retried(self, claim: Claim, outcome: NotSent) -> bool:
        """Schedule a retry of a request that was not sent, if it may have one. Return whether it does."""
        now = time.monotonic()
        tries = self._retries.failed(claim.request, now)
        if outcome.is_retryable and self._may_claim and tries.made <= self.pace.retries:
            self._retries.add(claim.request, now)
            self.observer.retries(outcome.reason)
            return True
        self._retries.forget(claim.request)
        is_gone = outcome.is_retryable and outcome.status is None and outcome.code is None
        if is_gone and self.pace.pause_after and self._accepted_at < tries.first_failure:
            # The gateway cannot be reached: the other requests would fail too.
            self.paused = self.paused or outcome.reason
        return False
