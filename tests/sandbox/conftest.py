"""A running sandbox and a plain HTTP client for it."""

import http.client
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest

from kxsms.sandbox.behaviour import Behaviour
from kxsms.sandbox.server import SandboxServer

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CREDENTIALS = {"account": "sandbox", "token": "sandbox-token"}


@dataclass
class Clock:
    """A clock that stands at 2026-11-22 10:00:00 in Shanghai until a test moves it."""

    now: float = 1_795_312_800.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Response:
    """An HTTP response of the sandbox."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass
class Client:
    """A client of one server, with a new connection for each request. `log` has the lines of `on_request`."""

    server: SandboxServer
    clock: Clock
    log: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.server.url.rpartition(":")[2])

    def request(
        self, method: str, target: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Response:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request(method, target, body, headers or {})
            with connection.getresponse() as response:
                return Response(response.status, response.headers, response.read())

    def post(self, path: str, **parameters: str) -> bytes:
        """Return the body of the answer, in JSON and with valid credentials unless `parameters` differ."""
        form = {**CREDENTIALS, "type": "0", **parameters}
        answer = self.request("POST", path, urlencode(form).encode(), FORM)
        assert answer.status == 200
        return answer.body

    def send(self, mobile: str, content: str = "【科迅】您好", **parameters: str) -> bytes:
        return self.post("/SMS/Send", mobile=mobile, content=content, **parameters)

    def balance(self, product: str = "SMS") -> bytes:
        return self.post(f"/{product}/QueryBalance")

    def reports(self, product: str = "SMS", **parameters: str) -> bytes:
        return self.post(f"/{product}/QueryReport", **parameters)

    def replies(self, product: str = "SMS", **parameters: str) -> bytes:
        return self.post(f"/{product}/QueryMo", **parameters)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def serve(directory: Path) -> Iterator[Callable[..., Client]]:
    """Return a function that starts a server with a behaviour. The end of the test stops it."""
    with ExitStack() as running:

        def start(behaviour: Behaviour | None = None) -> Client:
            clock, log = Clock(), list[str]()
            server = SandboxServer(
                directory, behaviour=behaviour or Behaviour(), on_request=log.append, clock=clock
            )
            return Client(running.enter_context(server), clock, log)

        yield start


@pytest.fixture
def client(serve: Callable[..., Client]) -> Client:
    return serve()
