"""Rounds of a soak test: some commands, perhaps cut short, and then an audit of everything."""

import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from kxsms.compat import override
from tests.conftest import Done, Run
from tests.engines import query_ledger
from tests.faults.client import Client
from tests.faults.kill_each_step import launched
from tests.faults.ledger_audit import discrepancies, pairs_of
from tests.ledger.scene import ledger_file
from tests.soak.commands import Command, Commands, failed_pairs
from tests.soak.gateway import RandomGateway

_STATUSES = {0, 2, 3, 5, 6, 7, 8, 130, 143, -signal.SIGKILL}
_CUTS = {"none": 50, "step": 20, "kill": 12, "term": 8, "interrupt": 5, "twice": 5}
_STEPS = 160
_LATEST_SECONDS = 0.6
_TWO_AT_ONCE = 0.2
_SECOND_PATH = 0.3
_NO_LOCK_FILE = 0.1
_LEFT_OUT = {"skipped", "opted_out", "capped", "cancelled"}
_REMOVED = "was removed or replaced while it was in use"


class Discrepancy(Exception):
    """A difference that the audit found, in words."""


@dataclass
class Figures:
    """The figures of the test so far."""

    rounds: int = 0
    commands: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    requests: int = 0
    kills: int = 0
    cuts: int = 0
    together: int = 0
    second_paths: int = 0
    removed_locks: int = 0
    ledgers: int = 0

    @override
    def __str__(self) -> str:
        commands = ", ".join(f"{name} {count:,}" for name, count in sorted(self.commands.items()))
        statuses = ", ".join(f"{status}: {count:,}" for status, count in sorted(self.statuses.items()))
        return (
            f"{self.rounds:,} rounds on {self.ledgers:,} ledgers, {self.requests:,} requests,"
            f" {self.kills:,} kills, {self.cuts:,} other interruptions, {self.together:,} times two at once,"
            f" {self.second_paths:,} times by a second path, {self.removed_locks:,} lock files removed\n"
            f"commands: {commands}\nexit statuses: {statuses}"
        )


class Soak:
    """A soak test of one ledger in a directory and one gateway."""

    def __init__(self, directory: Path, gateway: RandomGateway, run: Run, figures: Figures) -> None:
        self._gateway = gateway
        self._run = run
        self._figures = figures
        self._commands = Commands(directory, run)
        figures.ledgers += 1
        os.environ["KXSMS_STATE_DIR"] = str(directory / "state")
        os.environ["KXSMS_BASE_URL"] = gateway.url
        self._second = directory / "second"
        self._second.mkdir(0o700)
        (self._second / ledger_file().name).symlink_to(ledger_file())

    def round(self, number: int) -> None:
        """Run one or two commands and an audit. Raises Discrepancy."""
        gateway, figures = self._gateway, self._figures
        gateway.round, gateway.handed = number, []
        chance = random.Random(f"{gateway.seed} {number}")
        commands = [self._commands.next(chance)]
        if chance.random() < _TWO_AT_ONCE:
            figures.together += 1
            commands.append(commands[0] if chance.random() < 0.4 else self._commands.next(chance))
        running = []
        for command in commands:
            self._commands.allowed.update(command.more)
            self._commands.sent += [row for row in command.rows if row not in self._commands.sent]
            running.append((command, *self._start(command, chance)))
        reports, replies, statuses = set(), set(), set()
        added = set[str]()
        removed = {command.mobile for command in commands if command.name == "optout remove"}
        gateway.replied.clear()
        gateway.opted_out -= removed
        if chance.random() < _NO_LOCK_FILE:
            self._remove_lock(chance)
        for command, client, cut in running:
            self._cut(client, cut, chance)
            done = client.end()
            client.close()
            self._check(command, done)
            statuses.add(done.status)
            if command.name == "report":
                reports.add(done.status)
            if command.name == "mo":
                replies.add(done.status)
            if command.name == "optout add" and done.status == 0:
                added.add(command.mobile)
        if reports == {0}:
            self._check_reports()
        if replies == {0} and all(status >= 0 for status in statuses):
            added |= gateway.replied
        gateway.opted_out |= added - removed
        figures.rounds += 1
        figures.requests += len(gateway.received)
        gateway.received.clear()
        self._audit()

    def _start(self, command: Command, chance: random.Random) -> tuple[Client, str]:
        self._figures.commands[command.name] += 1
        (cut,) = chance.choices(list(_CUTS), list(_CUTS.values()))
        is_second = chance.random() < _SECOND_PATH and ledger_file().exists()
        self._figures.second_paths += is_second
        environ = {"KXSMS_STATE_DIR": str(self._second)} if is_second else {}
        options = ("--at", str(chance.randint(1, _STEPS)), "--die")
        client = launched(*options, environ=environ) if cut == "step" else Client(environ)
        client.start(*command.arguments)
        return client, cut

    def _cut(self, client: Client, cut: str, chance: random.Random) -> None:
        if cut in ("none", "step"):
            return
        time.sleep(chance.uniform(0.1, _LATEST_SECONDS))
        numbers = {"kill": signal.SIGKILL, "term": signal.SIGTERM, "interrupt": signal.SIGINT}
        client.process.send_signal(numbers.get(cut, signal.SIGTERM))
        if cut == "twice":
            client.process.send_signal(signal.SIGTERM)

    def _remove_lock(self, chance: random.Random) -> None:
        time.sleep(chance.uniform(0.1, _LATEST_SECONDS))
        with suppress(FileNotFoundError):
            Path(f"{ledger_file()}.lock").unlink()
            self._figures.removed_locks += 1

    def _check(self, command: Command, done: Done) -> None:
        """Check the end of a command, and count it."""
        self._figures.statuses[done.status] += 1
        self._figures.kills += done.status == -signal.SIGKILL
        self._figures.cuts += done.status in (130, 143, -signal.SIGTERM, -signal.SIGINT)
        # A signal that arrives while Python starts or ends is handled by Python.
        by_python = done.status in (-signal.SIGTERM, -signal.SIGINT) or "KeyboardInterrupt" in done.err
        is_stopped = done.status == 1 and _REMOVED in done.err
        is_known = is_stopped or done.status in _STATUSES
        if (not is_known or "Traceback" in done.err) and not by_python:
            raise Discrepancy(f"{' '.join(command.arguments)}\nended with {done.status}: {done.err}")
        if command.rows and (is_stopped or done.status in (130, 143, 5, 8, -signal.SIGKILL)):
            self._commands.again.append(command)
        elif command.rows and done.status in (0, 3, 6):
            self._check_rows(command, done.json["batch"])

    def _check_rows(self, command: Command, batch: str) -> None:
        """Check that every row of the input is in the batch, with its text unless it was skipped."""
        found = pairs_of(batch)
        wanted = list(dict.fromkeys(command.rows))
        skipped = {mobile for mobile, text in found if text in _LEFT_OUT}
        lost = [pair for pair in wanted if pair not in found and pair[0] not in skipped]
        if len(found) != len(wanted) or lost:
            raise Discrepancy(f"batch {batch} has {len(found)} rows of {len(wanted)}; lost: {lost}")

    def _check_reports(self) -> None:
        kept = set(query_ledger("SELECT mobile, task_id FROM records"))
        lost = set(self._gateway.handed) - kept
        if lost:
            raise Discrepancy(f"lost reports: {lost}")

    def _audit(self) -> None:
        if not ledger_file().exists():
            return
        found = discrepancies(self._run, self._gateway, allowed=self._commands.allowed + failed_pairs())
        ((repeated,),) = query_ledger(
            "SELECT count(*) FROM (SELECT 1 FROM records WHERE kind = 'report'"
            " GROUP BY mobile, task_id HAVING count(*) > 1)"
        )
        if repeated:
            found.append(f"{repeated} reports are in the ledger twice")
        found += self._gateway.ignored
        if found:
            raise Discrepancy("\n".join(found[:20]))

    def finish(self) -> None:
        """Send the rest to a gateway that accepts everything, and check that nothing is left."""
        self._gateway.accepts_all = True
        for command in self._commands.again:
            self._check(command, self._run(*command.arguments))
        for batch in self._run("batch", "list", "--limit", "1000", "-o", "json").json:
            if batch["not_sent"]:
                self._run("batch", "resume", batch["batch"], "--skip-sent", "--rate", "0")
                self._run("batch", "cancel", batch["batch"], "--yes")  # one whose hours are not now
        self._audit()
        left = [
            batch
            for batch in self._run("batch", "list", "--limit", "1000", "-o", "json").json
            if batch["not_sent"]
        ]
        if left:
            raise Discrepancy(f"batches with recipients left at the end: {left}")
