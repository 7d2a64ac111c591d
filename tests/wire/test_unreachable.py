"""Gateways that cannot be reached: certainly nothing was sent."""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.conftest import TOKEN, Done, Run
from tests.gateway import Act, ScriptedGateway, close, raw, reset, silent
from tests.wire.conftest import TEXT, Certificates, Configure, Serve

COMMANDS = ["send", "report"]


@pytest.fixture
def ask(run: Run) -> Run:
    """Run a command with credentials against a base URL: `ask("send", url)`."""

    def call(command: str, url: str, *options: str, **env: str) -> Done:
        arguments = ["13800000000", "-m", TEXT, "--retries", "0"] if command == "send" else []
        given = {"KXSMS_BASE_URL": url, "KXSMS_ACCOUNT": "12345", "KXSMS_TOKEN": TOKEN}
        return run(command, *arguments, *options, env=given | env)

    return call


@contextlib.contextmanager
def nobody_listens() -> Iterator[str]:
    """A port that is taken, so that nobody else takes it, and refuses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@contextlib.contextmanager
def nobody_accepts() -> Iterator[str]:
    """A port whose queue is full: it leaves new connections unanswered."""
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        yield f"http://127.0.0.1:{full.getsockname()[1]}"


@contextlib.contextmanager
def nobody_knows() -> Iterator[str]:
    yield "http://gateway.invalid"


UNREACHABLE = {
    "refused": (nobody_listens, ("refused", "127.0.0.1")),
    "connect-time-out": (nobody_accepts, ("0.2 s", "127.0.0.1")),
    "name": (nobody_knows, ("gateway.invalid", "DNS")),
}


@pytest.mark.parametrize("case", UNREACHABLE)
@pytest.mark.parametrize("command", COMMANDS)
def test_unreachable(ask: Run, profile: Configure, command: str, case: str) -> None:
    gateway, words = UNREACHABLE[case]
    profile(connect_timeout=0.2)

    with gateway() as url:
        done = ask(command, url)

    not_sent(done, command, *words)


@pytest.mark.parametrize("case", UNREACHABLE)
def test_unreachable_in_json(ask: Run, profile: Configure, case: str) -> None:
    gateway, words = UNREACHABLE[case]
    profile(connect_timeout=0.2)

    with gateway() as url:
        done = ask("send", url, "-o", "json")

    assert (done.status, done.err) == (5, "")
    assert (done.json["not_sent"], done.json["unknown"], done.json["exit_status"]) == (1, 0, 5)
    assert all(word in done.json["tasks"][0]["message"] for word in words)


@pytest.mark.parametrize("command", COMMANDS)
def test_trusted(ask: Run, serve: Serve, certificates: Certificates, command: str) -> None:
    gateway = serve(
        raw(b'HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{"Code":"0","Count":"1"}'),
        tls=certificates.context("127.0.0.1"),
    )

    done = ask(command, gateway.url, REQUESTS_CA_BUNDLE=str(certificates.file))

    assert (done.status, done.err) == (0, "")
    assert len(gateway.received) == 1


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_variables_of_trust(ask: Run, serve: Serve, certificates: Certificates, variable: str) -> None:
    gateway = serve(tls=certificates.context("127.0.0.1"))

    assert ask("send", gateway.url, **{variable: str(certificates.file)}).status == 0


@pytest.mark.parametrize("case", ["nobody-trusts-it", "wrong-name", "expired"])
@pytest.mark.parametrize("command", COMMANDS)
def test_bad_certificate(ask: Run, serve: Serve, certificates: Certificates, command: str, case: str) -> None:
    name = "other.example" if case == "wrong-name" else "127.0.0.1"
    ended = datetime(2020, 1, 1, tzinfo=UTC) if case == "expired" else None
    gateway = serve(tls=certificates.context(name, not_after=ended))
    trust = {} if case == "nobody-trusts-it" else {"REQUESTS_CA_BUNDLE": str(certificates.file)}

    done = ask(command, gateway.url, **trust)

    not_sent(done, command, "certificate", "expired" if case == "expired" else "")
    assert gateway.received == []


def reset_after_hello(connection: socket.socket) -> None:
    connection.recv(4096)
    reset(connection)


HANDSHAKES: dict[str, tuple[Act, str]] = {
    "reset": (reset_after_hello, ""),
    "closed": (close, ""),
    "silent": (silent, "0.3 s"),
    "rubbish": (raw(b"\0" * 64), ""),
    "plain-http": (raw(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), "TLS"),
}


@pytest.mark.parametrize("case", HANDSHAKES)
@pytest.mark.parametrize("command", COMMANDS)
def test_failed_handshake(ask: Run, serve: Serve, profile: Configure, command: str, case: str) -> None:
    act, word = HANDSHAKES[case]
    profile(connect_timeout=0.3, read_timeout=20)
    gateway = serve(on_connect=act)

    done = ask(command, gateway.url.replace("http:", "https:"))

    not_sent(done, command, word, str(gateway.port))


def test_plain_http_where_https_is_expected(ask: Run, gateway: ScriptedGateway) -> None:
    done = ask("send", gateway.url.replace("http:", "https:"))

    not_sent(done, "send", "TLS")
    assert gateway.received == []


def test_https_where_plain_http_is_spoken(ask: Run, serve: Serve, certificates: Certificates) -> None:
    gateway = serve(tls=certificates.context("127.0.0.1"))

    done = ask("send", gateway.url.replace("https:", "http:"), "-o", "json")

    # The request has left: only the one who wrote `http:` knows that nothing there can read it.
    assert (done.status, done.json["unknown"]) == (6, 1)


def test_tls_error_after_the_request(ask: Run, serve: Serve, certificates: Certificates) -> None:
    tls = certificates.context("127.0.0.1")
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    tls.verify_mode = ssl.CERT_REQUIRED  # of TLS 1.3 a client learns this only after it has sent
    tls.load_verify_locations(certificates.file)
    gateway = serve(tls=tls)

    done = ask("send", gateway.url, "-o", "json", REQUESTS_CA_BUNDLE=str(certificates.file))

    assert (done.status, done.json["unknown"]) == (6, 1)


@pytest.mark.parametrize("command", COMMANDS)
def test_trust_in_a_file_that_is_not_there(ask: Run, serve: Serve, command: str) -> None:
    gateway = serve(on_connect=close)

    done = ask(command, gateway.url.replace("http:", "https:"), REQUESTS_CA_BUNDLE="/nowhere/ca.pem")

    not_sent(done, command, "/nowhere/ca.pem")


def not_sent(done: Done, command: str, *words: str) -> None:
    """A command that has failed with 5 and says why, in words that contain these."""
    assert done.status == 5
    error, hint = done.err.splitlines()
    assert all(word in error for word in words)
    assert "again" in hint
    if command == "send":
        assert done.lines[1].split("\t")[:2] == ["not_sent", "1"]
