"""A window that closes while a batch is sent: what no thread has started to send goes back, and waits."""

import threading
from collections.abc import Iterator, Sequence
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
    """A gateway that takes what it gets, and during the nth request closes the window."""

    def __init__(self, nth: int, until: threading.Event) -> None:
        self.sent: list[str] = []
        self._nth = nth
        self._until = until

    def send(self, mobiles: str, recipients: int, content: str, extno: str | None) -> Task:
        self.sent.append(mobiles)
        if len(self.sent) == self._nth:
            Hours.closed.set()
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
def dispatched(directory: Path, nth: int) -> Iterator[Any]:
    """Send a batch of six requests with one thread; yield the dispatcher, the gateway and the ledger."""
    Hours.closed.clear()
    with Ledger(directory / "ledger.sqlite3", writable=True) as ledger:
        source = numbers_source(MOBILES, None, None, "【科迅】您好")
        staged = ledger.stage()
        summary = Planner(source, PlanOptions(), staged, lambda text: 1).read()
        header = BatchHeader("p", "1", "sms", None, "r", False, ("mobile",), 0, summary.digest)
        batch = ledger.create(staged, header, place_plan(staged, summary), 0, None)
        assert batch is not None
        observer = Observer()
        gateway = Gateway(nth, observer.came_back)
        rules = Rules(window=Hours(0, 1))
        with ledger.own(batch) as owned:
            owned.use(rules, None)
            dispatcher = Dispatcher(
                owned, gateway, None, Pace(concurrency=1), StopRequest(), observer, 6, rules
            )
            dispatcher.run()
        yield dispatcher, gateway, ledger.find(batch.name)


@pytest.mark.parametrize("nth", [1, 3, 5])
def test_nothing_more_leaves_once_the_window_has_closed(tmp_path: Path, nth: int) -> None:
    with dispatched(tmp_path, nth) as (_, gateway, _batch):
        assert gateway.sent == MOBILES[:nth]


def test_what_was_in_flight_is_settled_and_the_rest_stays_planned(tmp_path: Path) -> None:
    with dispatched(tmp_path, 3) as (_, _gateway, batch):
        assert (batch.counts.accepted, batch.counts.planned, batch.counts.sending) == (3, 3, 0)


def test_the_run_says_until_when_it_waits(tmp_path: Path) -> None:
    with dispatched(tmp_path, 3) as (dispatcher, _gateway, _batch):
        assert dispatcher.waits.reason == "the hours in which texts may leave are 00:00-00:01"
