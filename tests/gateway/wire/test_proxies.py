"""Proxy variables: kxsms uses them for a remote gateway, and never for loopback."""

import socket
import ssl
import time
from contextlib import suppress

import pytest

from tests.conftest import TOKEN, Done, Run
from tests.gateway.wire.conftest import TEXT, Certificates, Configure, Serve
from tests.scripted_gateway import ACCEPTED, Act, ScriptedGateway, answer, close, raw, silent

PAGE = "<html><title>Squid</title></html>"
CREDENTIALS = {"KXSMS_ACCOUNT": "12345", "KXSMS_TOKEN": TOKEN}


def send(run: Run, base_url: str, *options: str, **env: str) -> Done:
    given = CREDENTIALS | {"KXSMS_BASE_URL": base_url}
    arguments = ["send", "13800000000", "-m", TEXT, "-o", "json", "--retries", "0"]
    return run(*arguments, *options, env=given | env)


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_used_for_a_remote_gateway(run: Run, serve: Serve, variable: str) -> None:
    proxy = serve()

    done = send(run, "http://gateway.invalid", **{variable: proxy.url})

    assert done.status == 0
    assert done.json["accepted"] == 1
    (request,) = proxy.received
    assert request.method == "POST"
    assert request.target == "http://gateway.invalid/SMS/Send"
    assert request.headers["host"] == "gateway.invalid"
    assert request.form["mobile"] == "13800000000"
    assert request.form["token"] == TOKEN
    assert not {"authorization", "proxy-authorization"} & set(request.headers)


@pytest.mark.parametrize("credentials", ["", "user:pass@"])
def test_a_proxy_without_a_scheme_is_used(run: Run, serve: Serve, credentials: str) -> None:
    proxy = serve()
    address = proxy.url.removeprefix("http://")

    done = send(run, "http://gateway.invalid", http_proxy=f"{credentials}{address}")

    assert done.status == 0, done.err
    (request,) = proxy.received
    assert ("proxy-authorization" in request.headers) is bool(credentials)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "127.1"])
@pytest.mark.parametrize("variable", ["http_proxy", "all_proxy"])
def test_never_used_for_loopback(
    run: Run, serve: Serve, gateway: ScriptedGateway, variable: str, host: str
) -> None:
    proxy = serve()

    done = send(run, f"http://{host}:{gateway.port}", **{variable: proxy.url})

    assert done.status == 0
    assert len(gateway.received) == 1
    assert proxy.connections == 0


def test_only_loopback_itself_is_loopback(run: Run, serve: Serve) -> None:
    proxy = serve()

    done = send(run, "http://127.gateway.invalid", http_proxy=proxy.url)

    assert done.status == 0
    assert len(proxy.received) == 1


@pytest.mark.parametrize("exception", ["gateway.invalid", ".invalid", "*"])
def test_no_proxy_variable(run: Run, serve: Serve, exception: str) -> None:
    proxy = serve()

    done = send(run, "http://gateway.invalid", http_proxy=proxy.url, no_proxy=exception)

    assert done.status == 5
    assert done.json["not_sent"] == 1
    assert proxy.connections == 0


def test_a_proxys_login_goes_only_to_the_proxy(run: Run, serve: Serve) -> None:
    proxy = serve()

    done = send(run, "http://gateway.invalid", "-v", http_proxy=proxy.url.replace("//", "//user:hush-hush@"))

    assert done.status == 0
    assert proxy.received[0].headers["proxy-authorization"].startswith("Basic ")
    assert "authorization" not in proxy.received[0].headers
    assert "hush-hush" not in done.text + done.err


ANSWERS: dict[str, tuple[Act, str]] = {
    "refused": (answer('{"Code":"-3"}'), "rejected"),
    "http-403": (answer(PAGE, status=403), "not_sent"),
    "http-407": (answer(PAGE, status=407, headers={"Proxy-Authenticate": "Basic"}), "not_sent"),
    "http-502": (answer(PAGE, status=502), "unknown"),
    "http-504": (answer(PAGE, status=504), "unknown"),
    "closed": (close, "unknown"),
    "silent": (silent, "unknown"),
}
STATUS = {"rejected": 3, "not_sent": 5, "unknown": 6}


@pytest.mark.parametrize("case", ANSWERS)
def test_answers_of_a_proxy(run: Run, serve: Serve, profile: Configure, case: str) -> None:
    act, outcome = ANSWERS[case]
    profile(read_timeout=0.3)
    proxy = serve(act)

    done = send(run, "http://gateway.invalid", http_proxy=proxy.url)

    assert done.status == STATUS[outcome]
    assert done.json[outcome] == 1
    assert len(proxy.received) == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_refuses_the_connection(run: Run, scheme: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        proxy = f"127.0.0.1:{taken.getsockname()[1]}"

        done = send(run, f"{scheme}://gateway.invalid", **{f"{scheme}_proxy": f"http://{proxy}"})

    assert done.status == 5
    assert done.json["not_sent"] == 1
    # The proxy refused, not the gateway.
    assert "proxy" in done.json["tasks"][0]["message"]


def test_a_proxy_with_an_unknown_name(run: Run) -> None:
    done = send(run, "http://gateway.invalid", http_proxy="http://proxy.invalid:3128")

    assert done.status == 5
    assert done.json["not_sent"] == 1
    assert "proxy" in done.json["tasks"][0]["message"]


def tunnel(server: ScriptedGateway, tls: ssl.SSLContext) -> Act:
    """Return an act that accepts a CONNECT and plays the gateway behind it."""

    def act(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with tls.wrap_socket(connection, server_side=True) as secure:
            server.talk(secure, server.connections)

    return act


def test_a_request_through_a_tunnel(run: Run, serve: Serve, certificates: Certificates) -> None:
    proxy = serve()
    proxy.script = [tunnel(proxy, certificates.context("gateway.invalid")), answer(ACCEPTED)]

    done = send(
        run,
        "https://gateway.invalid",
        https_proxy=proxy.url,
        REQUESTS_CA_BUNDLE=str(certificates.file),
    )

    assert done.status == 0
    assert done.json["accepted"] == 1
    connect, request = proxy.received
    assert connect.method == "CONNECT"
    assert connect.target == "gateway.invalid:443"
    assert connect.body == b""
    assert not {"authorization", "proxy-authorization"} & set(connect.headers)
    assert request.method == "POST"
    assert request.target == "/SMS/Send"
    assert request.form["token"] == TOKEN


def test_an_invalid_certificate_behind_a_tunnel(run: Run, serve: Serve, certificates: Certificates) -> None:
    proxy = serve()
    proxy.script = [tunnel(proxy, certificates.context("other.example"))]

    done = send(
        run, "https://gateway.invalid", https_proxy=proxy.url, REQUESTS_CA_BUNDLE=str(certificates.file)
    )

    assert done.status == 5
    assert done.json["not_sent"] == 1
    assert "certificate" in done.json["tasks"][0]["message"]


def drip(connection: socket.socket) -> None:
    """Answer a CONNECT one byte after the other: each comes in time, and all together too late."""
    with suppress(OSError):
        for byte in b"HTTP/1.1 200 OK\r\n" + b"x" * 40:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)
        close(connection)


def test_a_tunnel_has_the_connect_timeout_for_its_whole_answer(
    run: Run, serve: Serve, profile: Configure
) -> None:
    profile(connect_timeout=0.3, read_timeout=20)

    done = send(run, "https://gateway.invalid", https_proxy=serve(drip).url)

    assert done.status == 5
    assert "within 0.3 s" in done.json["tasks"][0]["message"]


TUNNELS: dict[str, Act] = {
    "http-403": answer(PAGE, status=403),
    "http-407": answer(PAGE, status=407),
    "http-502": answer(PAGE, status=502),
    "closed": close,
    "rubbish": raw(b"\0\0\0\0\r\n\r\n"),
    "silent": silent,
}


@pytest.mark.parametrize("case", TUNNELS)
def test_a_refused_tunnel_sends_nothing(run: Run, serve: Serve, profile: Configure, case: str) -> None:
    profile(connect_timeout=0.3, read_timeout=20)
    proxy = serve(TUNNELS[case])

    done = send(run, "https://gateway.invalid", https_proxy=proxy.url)

    # Nothing of the request leaves before there is a tunnel.
    assert done.status == 5
    assert done.json["not_sent"] == 1
    assert [request.method for request in proxy.received] == ["CONNECT"]
    assert "20 s" not in done.json["tasks"][0]["message"]
