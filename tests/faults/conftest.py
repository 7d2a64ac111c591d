"""Fixtures: a gateway that fails on demand, a process to kill, and a file of recipients."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import TOKEN
from tests.faults.client import Client, write_csv
from tests.faults.gateway import FaultGateway, Pair
from tests.gateway.wire.conftest import certificates, profile, serve

__all__ = ["certificates", "profile", "serve"]

Rows = list[Pair]
MakeRows = Callable[[int], Rows]


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultGateway]:
    """Yield a gateway that accepts everything until a test changes its plan, and an environment for it."""
    with FaultGateway() as scripted:
        monkeypatch.setenv("KXSMS_BASE_URL", scripted.url)
        monkeypatch.setenv("KXSMS_ACCOUNT", "12345")
        monkeypatch.setenv("KXSMS_TOKEN", TOKEN)
        yield scripted


@pytest.fixture(scope="package", autouse=True)
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Make all processes share their bytecode, even where Python is told to write none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("bytecode")))
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client()
    yield client
    client.close()


@pytest.fixture
def make_rows(home: Path) -> MakeRows:
    """Return a function that writes `people.csv` with recipients who each get their own text and request."""

    def make(count: int) -> Rows:
        rows = [(f"13{number:09d}", f"【科迅云通讯】您的验证码为:{number}") for number in range(count)]
        write_csv(home / "people.csv", rows)
        return rows

    return make


SEND = ("send", "--csv", "people.csv", "--yes", "-o", "json", "--rate", "0", "--concurrency", "4")
