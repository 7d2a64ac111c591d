"""Fixtures for tests of records: a gateway that hands out each answer once, and a process to kill."""

from collections.abc import Iterator

import pytest

from tests.conftest import Run
from tests.faults.conftest import client, compiled
from tests.inbox.records_gateway import RecordsGateway, started

__all__ = ["client", "compiled"]


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordsGateway]:
    """Start a gateway without prepared answers, and put its URL and credentials into the environment."""
    yield from started(monkeypatch)


@pytest.fixture
def consistent_ledger(gateway: RecordsGateway, run: Run) -> Iterator[None]:
    """Assert at the end of the test that `kxsms batch check` finds no error."""
    yield
    check = run("batch", "check")
    assert check.status == 0, check.err
