"""Fixtures for tests of records: a gateway that hands out each answer once, and a process to kill."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.faults.conftest import client, compiled
from tests.inbox.records_gateway import RecordsGateway, started

__all__ = ["client", "compiled"]


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordsGateway]:
    """Start a gateway without prepared answers, and put its URL and credentials into the environment."""
    yield from started(monkeypatch)


@pytest.fixture(autouse=True)
def state_in_memory(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the ledger in memory where possible: these tests kill processes, they do not cut the power."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as directory:
        monkeypatch.setenv("KXSMS_STATE_DIR", directory)
        yield


@pytest.fixture
def consistent_ledger(gateway: RecordsGateway, run: Run) -> Iterator[None]:
    """Assert at the end of the test that `kxsms batch check` finds no error."""
    yield
    check = run("batch", "check")
    assert check.status == 0, check.err
