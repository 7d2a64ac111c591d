"""The faults: which are drawn, how each is made, and what was in flight then."""

import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import assert_never

from tests.postgres import PostgresServer
from tests.soak.hosts.host import Host, Process
from tests.soak.hosts.ledger import Ledger

_CLOCKS = (0, 3 * 3600, -7 * 3600, 26 * 3600, -90)
_SLOWEST, _LONGEST = 0.02, 1.5


class Fault(Enum):
    """A fault: its name, and its weight."""

    STOP = ("stopped beyond its lease", 4)
    KILL = ("killed", 28)
    RESTART = ("server restarted", 8)
    CUT_BEFORE = ("cut before COMMIT arrived", 18)
    CUT_AFTER = ("cut before the answer to COMMIT", 18)
    CUT_ALL = ("all connections of a host cut", 12)
    SLOW = ("slow link", 6)
    CLOCK = ("clock set", 6)

    def __init__(self, word: str, weight: int) -> None:
        self.word = word
        self.weight = weight


def deck(chance: random.Random, count: int) -> list[Fault]:
    """Return so many faults: first one of each kind, and of these first that which takes longest, a stop."""
    each = [fault for fault in Fault if fault is not Fault.STOP]
    chance.shuffle(each)
    first = [Fault.STOP, *each][:count]
    weights = [fault.weight for fault in Fault]
    return first + chance.choices(list(Fault), weights, k=count - len(first))


@dataclass
class Faults:
    """A maker of faults. `in_flight` is what each session had in flight when a fault ended it."""

    hosts: list[Host]
    server: PostgresServer
    ledger: Ledger
    chance: random.Random
    left: list[Fault]
    made: Counter[Fault] = field(default_factory=Counter)
    in_flight: Counter[int] = field(default_factory=Counter)
    released: dict[int, float] = field(default_factory=dict)
    """When each process that was stopped went on, by the monotonic clock."""

    @property
    def count(self) -> int:
        """Return how many faults have happened: not those that wait for a COMMIT."""
        return self.made.total() - sum(host.armed - host.proxy.cuts for host in self.hosts)

    def make(self) -> None:
        """Make the next fault that can be made now."""
        for index, fault in enumerate(self.left):
            if self._make(fault):
                del self.left[index]
                self.made[fault] += 1
                return

    def _make(self, fault: Fault) -> bool:
        """Make a fault, and return whether it could be made."""
        match fault:
            case Fault.STOP:
                return self._stop()
            case Fault.KILL:
                return self._kill()
            case Fault.RESTART:
                self.server.restart(immediate=True)
                return True
            case Fault.CUT_BEFORE | Fault.CUT_AFTER:
                return self._arm(before=fault is Fault.CUT_BEFORE)
            case Fault.CUT_ALL:
                return self._cut_all()
            case Fault.SLOW:
                return self._slow()
            case Fault.CLOCK:
                return self._set_clock()
            case _:
                assert_never(fault)

    def tend(self) -> None:
        """Let the hosts go on whose fault has lasted long enough."""
        for host in self.hosts:
            if host.back_at and time.monotonic() > host.back_at:
                self._bring_back(host)
            process = host.runner
            if process is not None and process.is_stopped and process.session is not None:
                if self.ledger.has_lease(process.session):
                    continue
                self.released[process.session] = time.monotonic()
                process.send(signal.SIGCONT)

    def end(self) -> None:
        """Make no more faults, and bring back every host."""
        self.left.clear()
        for host in self.hosts:
            self._bring_back(host)

    def _bring_back(self, host: Host) -> None:
        host.back_at = 0.0
        host.proxy.seconds = 0.0
        if host.is_away:
            host.is_away = False
            host.proxy.accept()

    def _running(self, *, claims: bool = False) -> list[tuple[Host, Process]]:
        """Return the hosts whose process runs; with `claims` those whose process has a session."""
        running = [(host, host.runner) for host in self.hosts]
        return [
            (host, process)
            for host, process in running
            if process is not None
            and not process.is_stopped
            and process.process.poll() is None
            and not (claims and self.ledger.session(process) is None)
        ]

    def _kill(self) -> bool:
        running = self._running()
        if not running:
            return False
        _, process = self.chance.choice(running)
        process.send(signal.SIGKILL)
        process.process.wait()
        self._note(process, is_gone=True)
        return True

    def _stop(self) -> bool:
        running = self._running(claims=True)
        if len(running) < 2:
            return False
        _, process = self.chance.choice(running)
        process.send(signal.SIGSTOP)
        self._note(process, is_gone=False)
        return True

    def _note(self, process: Process, *, is_gone: bool) -> None:
        count = self.ledger.in_flight(process, is_gone=is_gone)
        if process.session is not None:
            self.in_flight[process.session] = max(count, self.in_flight[process.session])

    def _arm(self, *, before: bool) -> bool:
        ready = [host for host, _ in self._running() if host.armed == host.proxy.cuts]
        if not ready:
            return False
        host = self.chance.choice(ready)
        host.armed += 1
        (host.proxy.cut_before if before else host.proxy.cut_after)()
        return True

    def _cut_all(self) -> bool:
        ready = [host for host, _ in self._running() if not host.back_at]
        if not ready:
            return False
        host = self.chance.choice(ready)
        if self.chance.random() < 0.5:  # the cable stays out for a while
            host.is_away = True
            host.proxy.refuse()
            host.back_at = time.monotonic() + self.chance.uniform(0.1, _LONGEST)
        host.proxy.cut_all()
        return True

    def _slow(self) -> bool:
        ready = [host for host, _ in self._running() if not host.back_at]
        if not ready:
            return False
        host = self.chance.choice(ready)
        host.proxy.seconds = self.chance.uniform(0.001, _SLOWEST)
        host.back_at = time.monotonic() + self.chance.uniform(0.1, _LONGEST)
        return True

    def _set_clock(self) -> bool:
        running = self._running(claims=True)
        if not running:
            return False
        host, process = self.chance.choice(running)
        host.clock = self.chance.choice([clock for clock in _CLOCKS if clock != host.clock])
        process.send(signal.SIGTERM)  # the next process has the new clock
        return True
