"""A command that is killed before each of its steps, each time on a new copy of the same ledger."""

import os
import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.engines import EVERY_ENGINE, empty_ledger, has_ledger, is_sqlite, query_ledger, saved_ledger
from tests.faults.client import Client
from tests.inbox.records_gateway import RecordsGateway

STRIDE, LONG_STRIDE = (1, 1) if os.environ.get("EVERY_STEP") else (19, 57)
"""One step in so many is tested: fewer of a command whose steps are nearly those of another test."""
_VARYING = 40


class Copies:
    """A ledger and a gateway in the state before a command, and copies of both."""

    def __init__(self, directory: Path, patch: pytest.MonkeyPatch) -> None:
        self._directory = directory
        self._patch = patch
        self._gateway = RecordsGateway()
        self._bring_back = empty_ledger

    @contextmanager
    def _uses(self, gateway: RecordsGateway, state: str) -> Iterator[RecordsGateway]:
        with gateway:
            self._patch.setenv("KXSMS_STATE_DIR", str(self._directory / state))
            self._patch.setenv("KXSMS_BASE_URL", gateway.url)
            yield gateway

    @contextmanager
    def prepared(self) -> Iterator[RecordsGateway]:
        """Yield the gateway; inside the `with`, the test prepares the ledger for the command."""
        with self._uses(self._gateway, "before"):
            yield self._gateway
            self._bring_back = saved_ledger()

    @contextmanager
    def copy(self) -> Iterator[RecordsGateway]:
        """Copy both, and use the copies inside the `with`."""
        before, state, old = self._directory / "before", self._directory / "copy", self._gateway
        if before.exists():
            shutil.copytree(before, state)
        ids = {pair: {*some} for pair, some in old.all_task_ids.items()}
        gateway = RecordsGateway(accepted=Counter(old.accepted), all_task_ids=ids, answers=[*old.answers])
        with self._uses(gateway, "copy"):
            self._bring_back()
            if has_ledger():
                _move(gateway.port)
            yield gateway
        shutil.rmtree(state, ignore_errors=True)

    def killed(self, *command: str, stride: int = STRIDE) -> Iterator[tuple[str, RecordsGateway]]:
        """Kill a command before one step after another; yield a description of the step and the gateway."""
        steps = self._steps(command)
        if not is_sqlite() and not EVERY_ENGINE:
            stride *= 9  # the rules are the same
        for nth, step in enumerate(steps, start=1):
            if nth % stride and nth < len(steps):
                continue
            with self.copy() as gateway, closing(launched("--at", str(nth), "--die")) as client:
                done = client.run(*command)
                assert "Traceback" not in done.err
                # Answers that arrive together are settled together, which saves the command a few steps.
                assert done.status == -signal.SIGKILL or nth > len(steps) - _VARYING, done
                yield f"killed before step {nth}, {step[:60]}", gateway

    def _steps(self, command: tuple[str, ...]) -> list[str]:
        file = self._directory / "steps"
        with self.copy(), closing(launched("--at", "0", "--steps", str(file))) as client:
            done = client.run(*command)
        assert "Traceback" not in done.err, done.err
        return file.read_text("utf-8").splitlines()


def _move(port: int) -> None:
    """Make the origin of batches unknown, and the opt-outs those of the gateway's copy, with another port."""
    with suppress(sqlite3.OperationalError):  # an older ledger has no such columns
        query_ledger("UPDATE batches SET origin = NULL")
        query_ledger("UPDATE opt_outs SET origin = ?", (f"127.0.0.1:{port}",))


def launched(*options: str, environ: Mapping[str, str] | None = None) -> Client:
    """Return a client that runs kxsms through `launcher`."""
    return Client(environ, way=("-m", "tests.faults.launcher", *options, "--"))
