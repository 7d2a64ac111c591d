"""A gateway that hands out once, and a kxsms to kill."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import TOKEN, Run
from tests.faults.conftest import client, compiled
from tests.inbox.scene import Hatch

__all__ = ["client", "compiled"]


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hatch]:
    """A gateway that has nothing to hand out yet, and an environment that leads to it."""
    with Hatch() as hatch:
        monkeypatch.setenv("KXSMS_BASE_URL", hatch.url)
        monkeypatch.setenv("KXSMS_ACCOUNT", "12345")
        monkeypatch.setenv("KXSMS_TOKEN", TOKEN)
        yield hatch


@pytest.fixture(autouse=True)
def state(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The ledger in memory where the system can: a killed process, unlike a power cut, asks no more."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as directory:
        monkeypatch.setenv("KXSMS_STATE_DIR", directory)
        yield


@pytest.fixture
def sound(gateway: Hatch, run: Run) -> Iterator[None]:
    """At the end `kxsms batch check` finds nothing wrong."""
    yield
    check = run("batch", "check")
    assert check.status == 0, check.err
