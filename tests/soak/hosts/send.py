"""The supervisor: it starts the hosts, starts them again when they end, and makes a fault now and then."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from kxsms.compat import override
from tests.conftest import Done
from tests.faults.client import write_csv
from tests.postgres import CuttingProxy, PostgresServer
from tests.soak.hosts.faults import Fault, Faults, deck
from tests.soak.hosts.gateway import HostsGateway
from tests.soak.hosts.host import CLAIMED, Host, Process
from tests.soak.hosts.judge import Judge
from tests.soak.hosts.ledger import Ledger

_SCHEMA = "hosts"
_POLL_SECONDS = 0.02
_REPORT_SECONDS, _WORD_SECONDS = 2.0, 10.0
_STALL_SECONDS = 120.0
_STATUSES = {0, 3, 5, 6, 143, -signal.SIGKILL, -signal.SIGTERM}
_LOST = ("cannot be reached", "lease")
"""What a process says that gives up because it lost the server or its lease, with status 1 or 6."""


class Wanted(NamedTuple):
    """What the run is to be."""

    recipients: int
    faults: int
    hosts: int
    rate: int
    seed: int
    seconds: float


@dataclass(frozen=True)
class Figures:
    """The figures of the run."""

    recipients: int
    arrived: int
    faults: int
    kinds: Counter[Fault]
    statuses: Counter[int]
    reports: int
    unknown: int
    lost: int
    in_flight: int
    late: int

    @override
    def __str__(self) -> str:
        kinds = ", ".join(f"{fault.word} {self.kinds[fault]:,}" for fault in Fault)
        statuses = ", ".join(f"{status}: {count:,}" for status, count in sorted(self.statuses.items()))
        return (
            f"{self.arrived:,} of {self.recipients:,} recipients arrived, {self.reports:,} reports,"
            f" {self.faults:,} faults ({kinds})\n"
            f"{self.unknown:,} unknown: of {self.lost:,} the gateway lost the answer, the others are of"
            f" {self.in_flight:,} in flight at the faults; {self.late:,} left late\n"
            f"exit statuses: {statuses}"
        )


class HostsSoak:
    """One batch, a server, a gateway and several hosts."""

    def __init__(self, wanted: Wanted, directory: Path, write: Callable[[str], None]) -> None:
        self._wanted = wanted
        self._directory = directory
        self._write = write
        self._statuses = Counter[int]()
        self._wrong: list[str] = []
        self._report: Process | None = None
        self._report_at = self._word_at = 0.0
        self._is_over = False

    def __enter__(self) -> Self:
        wanted = self._wanted
        with ExitStack() as stack:
            server = stack.enter_context(PostgresServer())
            url = server.places.admin_url
            self.gateway = stack.enter_context(HostsGateway(seed=wanted.seed))
            self.ledger = Ledger(url, _SCHEMA)
            stack.callback(self.ledger.close)
            self._hosts = [
                Host(
                    f"host{number}",
                    self._directory / f"host{number}",
                    stack.enter_context(CuttingProxy(url)),
                    _SCHEMA,
                    self.gateway.url,
                )
                for number in range(wanted.hosts)
            ]
            chance = random.Random(wanted.seed)
            faults = deck(chance, wanted.faults)
            self._faults = Faults(self._hosts, server, self.ledger, chance, faults)
            stack.callback(self._kill_all)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _kill_all(self) -> None:
        for process in [host.runner for host in self._hosts] + [self._report]:
            if process is not None and process.process.poll() is None:
                process.process.kill()
                process.process.wait()

    def send(self) -> None:
        """Send the batch, until it is over or the time is."""
        count = self._wanted.recipients
        self.rows = [(f"13{number:09d}", f"【科迅云通讯】您的验证码为:{number}") for number in range(count)]
        file = write_csv(self._directory / "people.csv", self.rows)
        pace = ("--rate", str(self._wanted.rate), "-o", "json")
        first = self._hosts[0]
        first.runner = first.start("send", "--csv", str(file), "--yes", *pace)
        while (batch := self.ledger.batch()) is None:
            if (done := first.runner.end()) is not None:
                raise AssertionError(done.err)
            time.sleep(_POLL_SECONDS)
        self._batch = batch[0]
        self._command = ("batch", "resume", self._batch, "--join", "--yes", *pace)
        self._supervise(time.monotonic() + self._wanted.seconds)

    def _supervise(self, end: float) -> None:
        moved_at, moved = time.monotonic(), -1
        every = self._wanted.recipients / (self._wanted.faults + 1)
        while any(host.runner for host in self._hosts) or not self._is_over:
            batch = self.ledger.batch()
            self._is_over = self._is_over or batch is None or batch[1]
            now, arrived = time.monotonic(), len(self.gateway.ends)
            if arrived != moved:
                moved_at, moved = now, arrived
            if now > min(end, moved_at + _STALL_SECONDS):
                if now < end:
                    self._wrong.append(f"nothing happened for {_STALL_SECONDS:.0f} seconds")
                break
            for host in self._hosts:
                self._tend(host)
            self._faults.tend()
            if not self._is_over and arrived > every * (self._faults.made.total() + 1):
                self._faults.make()
            self._fetch_reports(now)
            if now > self._word_at + _WORD_SECONDS:
                self._word_at = now
                self._write(f"{arrived:,} arrived, {self._faults.count} faults")
            time.sleep(_POLL_SECONDS)
        self._faults.end()
        self._stop_all()

    def _tend(self, host: Host) -> None:
        """Take the result of a process that has ended, and start the next one."""
        if host.runner is not None:
            self.ledger.session(host.runner)
            done = host.runner.end()
            if done is None:
                return
            self._check(host.runner, done)
            host.runner = None
        if not self._is_over:
            host.runner = host.start(*self._command)

    def _check(self, process: Process, done: Done) -> None:
        self._statuses[done.status] += 1
        is_lost = any(words in done.err for words in _LOST)
        if is_lost and process.session is not None:
            self._faults.in_flight[process.session] = CLAIMED
        if "Traceback" in done.err or not (done.status in _STATUSES or (done.status == 1 and is_lost)):
            self._wrong.append(f"{' '.join(process.arguments)}\nended with {done.status}: {done.err}")

    def _fetch_reports(self, now: float) -> None:
        if self._report is not None:
            done = self._report.end()
            if done is None:
                return
            self._check(self._report, done)
            self._report = None
        if now > self._report_at + _REPORT_SECONDS and not self._is_over:
            self._report_at = now
            host = self._hosts[1]
            self._report = host.start("report", "-o", "json")

    def _stop_all(self) -> None:
        """End every process that still runs, as the time is over."""
        for host in self._hosts:
            process = host.runner
            if process is not None:
                process.send(signal.SIGCONT)
                process.send(signal.SIGTERM)
                process.process.wait(_STALL_SECONDS)
                done = process.end()
                assert done is not None
                self._check(process, done)
                host.runner = None
        if self._report is not None:
            self._report.process.wait(_STALL_SECONDS)
            self._fetch_reports(0.0)

    def judge(self) -> list[str]:
        """Return every discrepancy, in words."""
        while self.gateway.to_report:
            self._check(*self._run("report", "-o", "json"))
        self._judge = Judge(
            self.rows,
            self.gateway,
            self.ledger,
            self._faults,
            exported=self._run("batch", "export", self._batch, "-o", "jsonl")[1],
            shown=self._run("batch", "show", self._batch, "-o", "json")[1],
            checked=self._run("batch", "check", "-o", "json")[1],
            is_over=self._is_over,
        )
        return self._wrong + self._judge.discrepancies()

    def _run(self, *arguments: str) -> tuple[Process, Done]:
        process = self._hosts[0].start(*arguments)
        process.process.wait(_STALL_SECONDS)
        done = process.end()
        assert done is not None
        return process, done

    def figures(self) -> Figures:
        """Return the figures, after `judge`."""
        return Figures(
            recipients=len(self.rows),
            arrived=len(self.gateway.ends),
            faults=self._faults.count,
            kinds=self._faults.made,
            statuses=self._statuses,
            reports=len(self.gateway.handed),
            unknown=self._judge.unknown,
            lost=self._judge.lost,
            in_flight=self._faults.in_flight.total(),
            late=self._judge.late,
        )
