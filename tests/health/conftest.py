"""Fixtures: a gateway that answers with a balance, and an address on which nobody listens."""

import socket
from collections.abc import Iterator

import pytest

from tests.health.doctor import balance
from tests.scripted_gateway import ScriptedGateway


@pytest.fixture
def healthy(gateway: ScriptedGateway) -> ScriptedGateway:
    gateway.otherwise = balance()
    return gateway


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield an address on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("KXSMS_BASE_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        yield f"127.0.0.1:{taken.getsockname()[1]}"
