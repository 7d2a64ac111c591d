"""The HTTP of the sandbox: methods, paths, hosts, sizes, keep-alive, the log, starting and stopping."""

import http.client
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from kxsms.errors import Failure, UsageError
from kxsms.sandbox.behaviour import Behaviour
from kxsms.sandbox.server import SandboxServer
from tests.sandbox.conftest import CREDENTIALS, FORM, Client, Clock

BALANCE = "/SMS/QueryBalance?type=0&account=sandbox&token=sandbox-token"


def exchange(client: Client, sent: bytes) -> bytes:
    """Send raw bytes, and return all that the server sends until it closes the connection."""
    received = b""
    with socket.create_connection(("127.0.0.1", client.port), 10) as connection:
        connection.sendall(sent)
        while chunk := connection.recv(65536):
            received += chunk
    return received


@pytest.mark.parametrize("path", ["/", "/SMS", "/SMS/Send/", "/SMS/Resend", "/Fax/Send"])
def test_unknown_paths_are_404_in_html(client: Client, path: str) -> None:
    answer = client.request("GET", path)
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.body.startswith(b"<html>")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "BREW"])
def test_other_methods_are_405(client: Client, method: str) -> None:
    answer = client.request(method, BALANCE, b"x" * 100_000)
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, POST"


def test_head_is_405_without_a_body(client: Client) -> None:
    received = exchange(client, b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 405 ")
    assert received.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8080"])
def test_the_names_of_this_host_are_accepted(client: Client, host: str) -> None:
    assert client.request("GET", BALANCE, headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.", "127.0.0.2", "", "[::1]"]
)
def test_other_hosts_are_403(client: Client, host: str) -> None:
    assert client.request("GET", BALANCE, headers={"Host": host}).status == 403


def test_a_missing_host_and_two_hosts_are_403(client: Client) -> None:
    two = b"Host: localhost\r\nHost: evil.example\r\n"
    assert exchange(client, b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 403 ")
    assert exchange(client, b"GET / HTTP/1.1\r\n" + two + b"\r\n").startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 12 * 1024 * 1024])
def test_a_body_over_one_mebibyte_is_413_and_the_connection_ends(client: Client, size: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", client.port, timeout=10)) as connection:
        connection.request("POST", "/SMS/Send", b"x" * size, FORM)
        response = connection.getresponse()
        assert response.status == 413
        assert response.getheader("Connection") == "close"
        response.read()


def test_a_body_of_one_mebibyte_is_read(client: Client) -> None:
    allowed = client.request("POST", "/SMS/Send", b"x" * (1024 * 1024), FORM)
    assert b"<Code>9002</Code>" in allowed.body


CHUNKED = b"POST /SMS/QueryBalance HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_a_chunked_body_is_read_with_its_trailers(client: Client) -> None:
    form = b"account=sandbox&token=sandbox-token&type=0"
    chunks = b"5;x=1\r\n" + form[:5] + b"\r\n%x\r\n" % len(form[5:]) + form[5:] + b"\r\n0\r\nX: y\r\n\r\n"
    last = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    received = exchange(client, CHUNKED + chunks + last)
    assert b'{"Code":"0","Count":"100000"}' in received
    assert b"HTTP/1.1 404 " in received


@pytest.mark.parametrize(
    ("chunks", "status"), [(b"x\r\n", b"400"), (b"\r\n", b"400"), (b"ffffff\r\n", b"413")]
)
def test_an_invalid_chunk_is_refused(client: Client, chunks: bytes, status: bytes) -> None:
    assert exchange(client, CHUNKED + chunks)[9:12] == status


def test_a_get_with_raw_utf8_in_its_query_is_answered(client: Client) -> None:
    """The vendor's own example is written so. The bytes 0x85 and 0xA0 are blanks to http.server."""
    content = "【科迅云通讯】您的验证码为:65544,酅\u0820"
    assert b"\x85" in content.encode()
    assert b"\xa0" in content.encode()
    query = f"account=sandbox&token=sandbox-token&mobile=13800000000&type=0&content={content}"
    sent = b"GET /SMS/Send?" + query.encode() + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert '"Message":"提交成功"'.encode() in exchange(client, sent)


@pytest.mark.parametrize(
    "content_type",
    [
        "Application/X-WWW-Form-URLEncoded",
        "application/x-www-form-urlencoded;charset=utf-8",
        FORM["Content-Type"],
    ],
)
def test_names_and_content_types_count_without_case(client: Client, content_type: str) -> None:
    body = b"ACCOUNT=sandbox&Token=sandbox-token&TYPE=0"
    found = client.request("POST", "/SMS/QueryBalance", body, {"Content-Type": content_type})
    assert found.body == b'{"Code":"0","Count":"100000"}'


def test_multipart_form_data_is_understood(client: Client) -> None:
    fields = {**CREDENTIALS, "Mobile": "13800000000", "Content": "【科迅】您好", "type": "0"}
    parts = [
        f'--line\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    body = ("".join(parts) + "--line--\r\n").encode()
    headers = {"Content-Type": "Multipart/form-data; boundary=line"}
    assert '"Code":"0"' in client.request("POST", "/SMS/Send", body, headers).body.decode()


@pytest.mark.parametrize(("operation", "today"), [("SMSNum", "QueryBalance"), ("SMSStatus", "QueryReport")])
def test_an_old_operation_is_refused_with_its_name_of_today(
    client: Client, operation: str, today: str
) -> None:
    assert today in client.post(f"/SMS/{operation}").decode()
    assert b"<Code>" in client.post(f"/SMS/{operation}", type="1")


def test_the_log_notes_content_that_is_encoded_twice(client: Client) -> None:
    client.send("13800000000", quote("【科迅】您好"))
    client.send("13800000000", "100%的折扣")
    assert "encoded twice" in client.log[0]
    assert "encoded twice" not in client.log[1]


def test_a_body_of_unknown_or_invalid_length_is_refused(client: Client) -> None:
    start = b"POST /SMS/Send HTTP/1.1\r\nHost: localhost\r\n"
    odd = exchange(client, start + b"Transfer-Encoding: gzip\r\n\r\n")
    assert odd.startswith(b"HTTP/1.1 411 ")
    for length in (b"-1", b"x", b"\xb2"):
        received = exchange(client, start + b"Content-Length: " + length + b"\r\n\r\n")
        assert received.startswith(b"HTTP/1.1 400 ")
    assert exchange(client, start + b"Content-Length: 1" + b"0" * 5000 + b"\r\n\r\n")[9:12] == b"413"


def test_bytes_that_are_not_http_are_refused(client: Client) -> None:
    assert exchange(client, b"\x16\x03\x01\x02\x00\x01 rubbish\r\n\r\n")[9:12] == b"400"
    assert exchange(client, b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n")[9:12] == b"414"


def test_keep_alive_serves_many_requests_on_one_connection(client: Client) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", client.port, timeout=10)) as connection:
        connection.connect()
        first = connection.sock
        for _ in range(3):
            connection.request("GET", BALANCE)
            assert connection.getresponse().read() == b'{"Code":"0","Count":"100000"}'
        assert connection.sock is first


def test_an_http_1_0_client_gets_the_whole_answer(client: Client) -> None:
    received = exchange(client, f"GET {BALANCE} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
    assert received.endswith(b'\r\n\r\n{"Code":"0","Count":"100000"}')


def test_the_log_has_one_line_per_request_and_no_credentials(client: Client) -> None:
    client.send("13800000000")
    client.post("/SMS/Send", mobile="")
    client.request("GET", BALANCE)
    client.request("GET", "/SMS/Send&token=sandbox-token")
    client.request("GET", "/%1b[31m")
    assert client.log == [
        "POST /SMS/Send 200 code 0",
        "POST /SMS/Send 200 code 9004",
        "GET /SMS/QueryBalance 200 code 0",
        "GET /SMS/Send 404",
        "GET / 404",
    ]


def test_a_log_that_cannot_be_written_costs_no_answer(directory: Path) -> None:
    def refuse(line: str) -> None:
        raise BrokenPipeError

    with SandboxServer(directory, on_request=refuse) as server:
        assert Client(server, Clock()).balance() == b'{"Code":"0","Count":"100000"}'


def test_a_broken_file_is_500_with_one_line_and_no_traceback(
    client: Client, directory: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(directory / "sandbox.sqlite3")) as connection, connection:
        connection.execute("DROP TABLE account")
    assert client.request("GET", BALANCE).status == 500
    [line] = client.log
    assert line.startswith("GET /SMS/QueryBalance 500 the sandbox's state ")
    assert line.endswith("no such table: account")
    assert capfd.readouterr() == ("", "")


def test_a_client_that_disconnects_early_leaves_no_trace(
    client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", client.port), 10) as connection:
        connection.sendall(b"POST /SMS/Send HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf")
    assert client.balance() == b'{"Code":"0","Count":"100000"}'
    assert capfd.readouterr() == ("", "")


def test_a_port_in_use_is_a_failure(client: Client, tmp_path: Path) -> None:
    with pytest.raises(Failure, match=f"port {client.port} is in use") as caught:
        SandboxServer(tmp_path / "other", port=client.port).__enter__()
    assert caught.value.hint


def test_an_invalid_port_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="invalid port: 65536"):
        SandboxServer(tmp_path, port=65536)


def test_a_broken_file_is_a_failure_at_the_start(directory: Path) -> None:
    directory.mkdir()
    (directory / "sandbox.sqlite3").write_bytes(b"rubbish" * 1000)
    with pytest.raises(Failure, match="is not a database"):
        SandboxServer(directory).__enter__()


def test_the_port_is_free_again_after_the_end(directory: Path) -> None:
    with SandboxServer(directory) as server:
        port = int(server.url.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 10)
    with pytest.raises(RuntimeError):
        _ = server.url
    with SandboxServer(directory, port=port) as again:
        assert again.url == f"http://127.0.0.1:{port}"


def test_stopping_cuts_an_idle_and_a_waiting_connection(serve: Callable[..., Client]) -> None:
    client = serve(Behaviour(latency=3000.0))
    before = {thread.name for thread in threading.enumerate()}
    with (
        socket.create_connection(("127.0.0.1", client.port), 10) as idle,
        socket.create_connection(("127.0.0.1", client.port), 10) as waiting,
    ):
        waiting.sendall(f"GET {BALANCE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        client.server.__exit__(None, None, None)
        for connection in (idle, waiting):
            connection.settimeout(10)
            assert _ended(connection)
    assert "kxsms-sandbox" in before
    assert "kxsms-sandbox" not in {thread.name for thread in threading.enumerate()}


def _ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_importing_the_server_loads_no_slow_module() -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        "import kxsms.sandbox.server, kxsms.sandbox.state, kxsms.sandbox.behaviour\n"
        "print({'http.server', 'sqlite3', 'socket', 'random', 'json'} & (set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_parameters_may_be_in_the_query_and_in_the_form(client: Client) -> None:
    answer = client.request("POST", "/SMS/QueryBalance?type=0", urlencode(CREDENTIALS).encode(), FORM)
    assert answer.body == b'{"Code":"0","Count":"100000"}'
