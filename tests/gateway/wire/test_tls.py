"""TLS to a gateway: trusted certificates, and outcomes when TLS fails. More: `tests/faults/wire.py`."""

import ssl

import pytest

from tests.conftest import TOKEN, Done, Run
from tests.gateway.wire.conftest import TEXT, Certificates, Serve
from tests.scripted_gateway import ScriptedGateway, close, raw

COMMANDS = ["send", "report"]


@pytest.fixture
def ask(run: Run) -> Run:
    """Run a command with credentials against a base URL: `ask("send", url)`."""

    def call(command: str, url: str, *options: str, **env: str) -> Done:
        arguments = ["13800000000", "-m", TEXT, "--retries", "0"] if command == "send" else []
        given = {"KXSMS_BASE_URL": url, "KXSMS_ACCOUNT": "12345", "KXSMS_TOKEN": TOKEN}
        return run(command, *arguments, *options, env=given | env)

    return call


@pytest.mark.parametrize("command", COMMANDS)
def test_a_trusted_certificate(ask: Run, serve: Serve, certificates: Certificates, command: str) -> None:
    gateway = serve(
        raw(b'HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{"Code":"0","Count":"1"}'),
        tls=certificates.context("127.0.0.1"),
    )

    done = ask(command, gateway.url, REQUESTS_CA_BUNDLE=str(certificates.file))

    assert done.status == 0
    assert done.err == ""
    assert len(gateway.received) == 1


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_variables_that_name_certificates(
    ask: Run, serve: Serve, certificates: Certificates, variable: str
) -> None:
    gateway = serve(tls=certificates.context("127.0.0.1"))

    assert ask("send", gateway.url, **{variable: str(certificates.file)}).status == 0


def test_a_plain_http_server_behind_an_https_url(ask: Run, gateway: ScriptedGateway) -> None:
    done = ask("send", gateway.url.replace("http:", "https:"))

    not_sent(done, "send", "TLS")
    assert gateway.received == []


def test_a_tls_server_behind_an_http_url(ask: Run, serve: Serve, certificates: Certificates) -> None:
    gateway = serve(tls=certificates.context("127.0.0.1"))

    done = ask("send", gateway.url.replace("https:", "http:"), "-o", "json")

    # The request has left, and kxsms cannot know that nothing there could read it.
    assert done.status == 6
    assert done.json["unknown"] == 1


def test_tls_error_after_the_request(ask: Run, serve: Serve, certificates: Certificates) -> None:
    tls = certificates.context("127.0.0.1")
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    tls.verify_mode = ssl.CERT_REQUIRED  # with TLS 1.3 a client learns this only after it has sent
    tls.load_verify_locations(certificates.file)
    gateway = serve(tls=tls)

    done = ask("send", gateway.url, "-o", "json", REQUESTS_CA_BUNDLE=str(certificates.file))

    assert done.status == 6
    assert done.json["unknown"] == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_file_of_certificates(ask: Run, serve: Serve, command: str) -> None:
    gateway = serve(on_connect=close)

    done = ask(command, gateway.url.replace("http:", "https:"), REQUESTS_CA_BUNDLE="/nowhere/ca.pem")

    not_sent(done, command, "/nowhere/ca.pem")


def not_sent(done: Done, command: str, *words: str) -> None:
    """Check that a command failed with 5 and explains why, in an error that contains these words."""
    assert done.status == 5
    error, hint = done.err.splitlines()
    assert all(word in error for word in words)
    assert "again" in hint
    if command == "send":
        assert done.lines[1].split("\t")[:2] == ["not_sent", "1"]
