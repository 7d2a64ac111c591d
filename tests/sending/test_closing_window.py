"""A window that closes while a batch is sent: what no thread has started to send goes back, and waits."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from pathlib import Path
from typing import Any

import pytest

from kxsms.compat import override
from kxsms.domain.batch import BatchHeader
from kxsms.domain.claim import Claim, Settlement
from kxsms.domain.outcome import Accepted
from kxsms.domain.results import Task
from kxsms.domain.rules import Rules
from kxsms.domain.window import Window
from kxsms.interrupts import StopRequest
from kxsms.ledger.batches import Ledger
from kxsms.sending.dispatcher import Dispatcher
from kxsms.sending.pacing import Pace
from kxsms.sending.planner import Planner, PlanOptions, place_plan
from kxsms.source.rows import numbers_source
from tests.engines import ledger_place, query_ledger

OPT_OUT = """
    INSERT INTO opt_outs (mobile, origin, account, number, since, source)
    VALUES (?, 'gateway', '1', 1, 0, 'person')
"""
MOBILES = [f"1380000000{number}" for number in range(6)]


class Hours(Window):
    """A window that is open until an event closes it."""

    closed = threading.Event()

    @override
    def is_open(self, moment: float, zone: tzinfo) -> bool:
        return not self.closed.is_set()

    @override
    def opens(self, moment: float, zone: tzinfo) -> float:
        return moment + 60


class Gateway:
    """A gateway that takes what it gets, and during the nth request does something."""

    def __init__(self, nth: int, meanwhile: Callable[[], None], until: threading.Event) -> None:
        self.sent: list[str] = []
        self._nth = nth
        self._meanwhile = meanwhile
        self._until = until

    def send(
        self, mobiles: str, recipients: int, content: str, extno: str | None, may_leave: Callable[[], bool]
    ) -> Task:
        self.sent.append(mobiles)
        if len(self.sent) == self._nth:
            self._meanwhile()
            assert self._until.wait(20)
        return Task(Accepted("0", None, "1"), recipients)

    def capacity(self, content: str, extno: str | None) -> int:
        return 1


class Observer:
    """An observer that notes when claims come back."""

    tick = None

    def __init__(self) -> None:
        self.came_back = threading.Event()

    def ended(self, task: Task) -> None: ...

    def moved(self, settled: Sequence[Settlement], claimed: Sequence[Claim]) -> None:
        if any(end.outcome is None for end in settled):
            self.came_back.set()

    def retries(self, reason: str) -> None: ...


@contextmanager
def dispatched(
    nth: int, *, waits: bool = True, meanwhile: Callable[[], None] = Hours.closed.set
) -> Iterator[Any]:
    """Send a batch of six requests with one thread; yield the dispatcher, the gateway and the ledger.

    During the nth request the gateway does something. It `waits` until the claims that no thread has started
    come back, or answers at once.
    """
    Hours.closed.clear()
    with Ledger(ledger_place(), writable=True) as ledger:
        source = numbers_source(MOBILES, None, None, "【科迅】您好")
        staged = ledger.stage()
        summary = Planner(source, PlanOptions(), staged, lambda text: 1).read()
        header = BatchHeader("p", "1", "sms", None, "r", False, ("mobile",), 0, summary.digest)
        batch = ledger.create(staged, header, place_plan(staged, summary), 0, None)
        assert batch is not None
        observer = Observer()
        if not waits:
            observer.came_back.set()
        gateway = Gateway(nth, meanwhile, observer.came_back)
        rules = Rules(asks_opt_outs=True, window=Hours(0, 1))
        with ledger.own(batch) as owned:
            owned.use(rules, None)
            dispatcher = Dispatcher(
                owned, gateway, None, Pace(concurrency=1), StopRequest(), observer, 6, rules
            )
            dispatcher.run()
        yield dispatcher, gateway, ledger.find(batch.name)


@pytest.mark.parametrize("nth", [1, 3, 5])
def test_nothing_more_leaves_once_the_window_has_closed(tmp_path: Path, nth: int) -> None:
    with dispatched(nth) as (_, gateway, _batch):
        assert gateway.sent == MOBILES[:nth]


def test_nothing_leaves_before_the_next_look_at_the_clock(tmp_path: Path) -> None:
    """A machine that slept over the hour: the thread that sends goes on before the other one has looked."""
    with dispatched(1, waits=False) as (_, gateway, batch):
        assert gateway.sent == MOBILES[:1]
        assert (batch.counts.accepted, batch.counts.planned, batch.counts.sending) == (1, 5, 0)


def test_who_opts_out_while_the_process_is_stopped_gets_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that sends goes on first, with a request that was claimed before: Ctrl-Z, and fg later."""
    now = time.time()

    def opt_out() -> None:
        query_ledger(OPT_OUT, (MOBILES[1],))
        monkeypatch.setattr(time, "time", lambda: now + 60)

    with dispatched(1, waits=False, meanwhile=opt_out) as (_, gateway, batch):
        assert sorted(gateway.sent) == [MOBILES[0], *MOBILES[2:]]
        assert (batch.counts.accepted, batch.opted_out) == (5, 1)


def test_what_was_in_flight_is_settled_and_the_rest_stays_planned(tmp_path: Path) -> None:
    with dispatched(3) as (_, _gateway, batch):
        assert (batch.counts.accepted, batch.counts.planned, batch.counts.sending) == (3, 3, 0)


def test_the_run_says_until_when_it_waits(tmp_path: Path) -> None:
    with dispatched(3) as (dispatcher, _gateway, _batch):
        assert dispatcher.waits.reason == "the hours in which texts may leave are 00:00-00:01"
