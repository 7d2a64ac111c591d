"""Shared by the tests of the wire: a profile in the config file, certificates, further servers."""

import datetime
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import trustme

from tests.scripted_gateway import Act, ScriptedGateway

Configure = Callable[..., None]
Serve = Callable[..., ScriptedGateway]

REFUSED = '{"Code":"-3","Message":"余额不足"}'
IN_TURN = ("--concurrency", "1", "--yes")
"""One request at a time, so that the acts of a script go to the requests in their order."""

TEXT = "【科迅云通讯】您的验证码为:65544,如非本人操作,请忽略。"


@pytest.fixture
def profile(home: Path) -> Configure:
    """Write the config's only profile, its default: `profile(read_timeout=0.3)`."""

    def write(**settings: object) -> None:
        document = {"default_profile": "t", "profiles": {"t": settings}}
        (home / "config.toml").write_text(tomli_w.dumps(document), encoding="utf-8")

    return write


@dataclass(frozen=True)
class Certificates:
    """An authority that signs certificates, and the file that makes a client trust it."""

    authority: trustme.CA
    file: Path

    def context(self, *names: str, not_after: datetime.datetime | None = None) -> ssl.SSLContext:
        """Return a server's context with a certificate for these names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(*names, not_after=not_after).configure_cert(context)
        return context


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    authority = trustme.CA()
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return Certificates(authority, file)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start one more scripted server: `serve(otherwise=…)`."""
    started: list[ScriptedGateway] = []

    def start(
        *script: Act, tls: ssl.SSLContext | None = None, on_connect: Act | None = None
    ) -> ScriptedGateway:
        server = ScriptedGateway(list(script), tls=tls, on_connect=on_connect)
        started.append(server.__enter__())
        return server

    yield start
    for server in started:
        server.__exit__(None, None, None)


def numbers(count: int) -> list[str]:
    """Return different mobile numbers, in order."""
    return [f"13{number:09d}" for number in range(count)]


def lines(mobiles: list[str]) -> bytes:
    return "\n".join(mobiles).encode()


def counts(document: Any) -> tuple[int, ...]:
    """Return the accepted, rejected, not sent and unknown recipients of a send in JSON."""
    return tuple(document[name] for name in ("accepted", "rejected", "not_sent", "unknown"))
