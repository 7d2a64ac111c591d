"""Ctrl-C and SIGTERM during a request: kxsms settles what is in flight and sends nothing more."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.conftest import TOKEN
from tests.gateway.wire.conftest import (
    IN_TURN,
    REFUSED,
    TEXT,
    Certificates,
    Configure,
    Serve,
    counts,
    lines,
    numbers,
)
from tests.scripted_gateway import PLENTY, Act, ScriptedGateway, answer, close, last, silent

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

ROOT = Path(__file__).parents[3]
MOBILES = numbers(5_001)
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143}


class Client:
    """A kxsms process that the acts of the gateway can signal."""

    def __init__(self) -> None:
        self._process: Future[subprocess.Popen[bytes]] = Future()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._heard = threading.Condition()
        self._said = b""

    def start(self, *arguments: str, stdin: bytes = b"") -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "kxsms", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        assert process.stdin is not None
        process.stdin.write(stdin)
        process.stdin.close()
        process.stdin = None
        self._process.set_result(process)
        self._listener.start()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        return self._process.result(timeout=20)

    def hit(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def signalled(self, number: signal.Signals, then: Act, *, noticed: bool = True) -> Act:
        """Return an act that signals the client when its request has come, and waits until it has noticed."""

        def act(connection: socket.socket) -> None:
            self.hit(number)
            if noticed:
                self.read_until(b"hint: repeat the signal")
            then(connection)

        return act

    def read_until(self, word: bytes) -> None:
        """Wait until stderr has had a line that contains a word."""
        with self._heard:
            assert self._heard.wait_for(lambda: word in self._said, 20), self._said

    def _listen(self) -> None:
        stderr = self.process.stderr
        assert stderr is not None
        while line := stderr.readline():
            with self._heard:
                self._said += line
                self._heard.notify_all()

    def end(self) -> tuple[int, bytes, str]:
        assert self.process.stdout is not None
        out = self.process.stdout.read()
        status = self.process.wait(20)
        self._listener.join(20)
        return status, out, self._said.decode()


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client()
    yield client
    with client.process as process:
        process.kill()


def send(client: Client, *options: str, mobiles: list[str] = MOBILES) -> None:
    client.start("send", "--to-file", "-", *IN_TURN, "-m", TEXT, *options, stdin=lines(mobiles))


# The act for the request in flight, after the signal, and the counts of the 5,001 recipients.
IN_FLIGHT: dict[str, tuple[Act, tuple[int, ...]]] = {
    "accepted": (answer(), (2_500, 0, 2_501, 0)),
    "refused": (answer(REFUSED), (0, 2_500, 2_501, 0)),
    "closed": (close, (0, 0, 2_501, 2_500)),
    "not-sent": (answer("", status=404), (0, 0, 5_001, 0)),
}


@pytest.mark.parametrize(
    ("number", "case"), [(signal.SIGTERM, "accepted"), *((signal.SIGINT, case) for case in IN_FLIGHT)]
)
def test_the_request_in_flight_is_settled(
    gateway: ScriptedGateway, client: Client, number: signal.Signals, case: str
) -> None:
    act, expected = IN_FLIGHT[case]
    gateway.script = [client.signalled(number, act)]

    send(client, "-o", "json")
    status, out, err = client.end()

    document = json.loads(out)
    assert status == STATUS[number]
    assert document["exit_status"] == STATUS[number]
    assert counts(document) == expected
    assert len(document["tasks"]) == 1
    assert len(gateway.received) == 1
    assert "Traceback" not in err


def test_a_signal_during_the_second_request(gateway: ScriptedGateway, client: Client) -> None:
    gateway.script = [answer(), client.signalled(signal.SIGINT, answer())]

    send(client)
    status, out, err = client.end()

    assert status == 130
    assert [line.split(b"\t")[:2] for line in out.splitlines()[1:]] == [[b"accepted", b"2500"]] * 2
    assert [request.numbers for request in gateway.received] == [MOBILES[:2_500], MOBILES[2_500:5_000]]
    assert "run the same command again" in err


def test_a_signal_while_it_connects_lets_nothing_leave(
    client: Client, serve: Serve, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The balance was asked over a connection that is closed; the handshake of the next one takes a while."""
    gateway, tls = serve(), certificates.context("127.0.0.1")

    def shake_hands(connection: socket.socket) -> None:
        if gateway.asked:
            client.hit(signal.SIGINT)
            client.read_until(b"hint: repeat the signal")
        with tls.wrap_socket(connection, server_side=True) as secure:
            gateway.talk(secure, gateway.connections)

    gateway.on_connect, gateway.balance = shake_hands, last(PLENTY)
    environment = {
        "KXSMS_BASE_URL": gateway.url.replace("http:", "https:"),
        "KXSMS_ACCOUNT": "12345",
        "KXSMS_TOKEN": TOKEN,
        "REQUESTS_CA_BUNDLE": str(certificates.file),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    send(client, "-o", "json")
    status, out, _ = client.end()

    assert status == 130
    assert counts(json.loads(out)) == (0, 0, 5_001, 0)
    assert gateway.received == []


def test_jsonl_after_a_signal(gateway: ScriptedGateway, client: Client) -> None:
    gateway.script = [answer(), client.signalled(signal.SIGINT, answer())]

    send(client, "-o", "jsonl")
    status, out, _ = client.end()

    *tasks, summary = [json.loads(line) for line in out.splitlines()]
    assert status == 130
    assert len(tasks) == 2
    assert counts(summary) == (5_000, 0, 1, 0)


@pytest.mark.parametrize(
    ("first", "second"), [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGINT)]
)
def test_a_second_signal_stops_at_once(
    gateway: ScriptedGateway, client: Client, first: signal.Signals, second: signal.Signals
) -> None:
    gateway.script = [answer(), client.signalled(first, silent, noticed=False)]

    send(client, "-o", "json")
    client.read_until(b"stopping")
    client.hit(second)
    status, out, err = client.end()

    document = json.loads(out)
    assert status in (STATUS[first], STATUS[second])
    assert document["exit_status"] == status
    assert counts(document) == (2_500, 0, 1, 2_500)
    assert len(gateway.received) == 2
    assert "Traceback" not in err


def test_the_first_signal_waits_at_most_for_the_read_timeout(
    gateway: ScriptedGateway, client: Client, profile: Configure
) -> None:
    profile(read_timeout=0.3)
    gateway.script = [client.signalled(signal.SIGTERM, silent)]

    send(client, "-o", "json")
    status, out, _ = client.end()

    assert status == 143
    assert counts(json.loads(out)) == (0, 0, 2_501, 2_500)
    assert len(gateway.received) == 1


@pytest.mark.parametrize(
    ("command", "number"), [("balance", signal.SIGINT), ("report", signal.SIGTERM), ("mo", signal.SIGINT)]
)
def test_a_query_stops_at_once(
    gateway: ScriptedGateway, client: Client, command: str, number: signal.Signals
) -> None:
    gateway.script, gateway.balance = [client.signalled(number, silent, noticed=False)], None

    client.start(command, "-o", "json")
    status, out, err = client.end()

    assert status == STATUS[number]
    assert out == b""
    assert "Traceback" not in err


def test_the_token_is_in_no_list_of_processes(gateway: ScriptedGateway, client: Client) -> None:
    seen: list[bytes] = []

    def look(connection: socket.socket) -> None:
        listing = ["ps", "-o", "args=", "-p", str(client.process.pid)]
        seen.append(subprocess.run(listing, capture_output=True, check=True).stdout)
        answer()(connection)

    gateway.script = [look]

    send(client, mobiles=MOBILES[:1])

    assert client.end()[0] == 0
    assert b"kxsms send" in seen[0]
    assert b"s3cret" not in seen[0]
