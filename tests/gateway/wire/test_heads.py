"""Answers over a kept connection: each belongs to its own request, and a cut one is never complete."""

import gzip
import socket
import threading
from collections.abc import Callable

import pytest

from kxsms.domain.outcome import Accepted, Outcome, Rejected, Unknown
from kxsms.domain.product import Product
from kxsms.domain.profile import Profile
from kxsms.domain.records import RecordKind
from kxsms.errors import NoAnswer, Unread
from kxsms.gateway.client import Gateway
from kxsms.gateway.http import HttpTransport
from kxsms.gateway.request import GatewayRequest
from tests.conftest import Run
from tests.faults.client import Client
from tests.gateway.wire.conftest import IN_TURN, TEXT, Serve, lines, numbers
from tests.scripted_gateway import Act, ScriptedGateway, answer, close, raw

OK = b"HTTP/1.1 200 OK\r\n"
REPORTS = b'[{"TaskId":"11","Mobile":"13800000000","Status":"DELIVRD"}]'


def in_pieces(first: bytes, *others: bytes, pause: float = 0.002) -> Act:
    """Return an act that answers in several packets."""

    def act(connection: socket.socket) -> None:
        connection.sendall(first)
        for piece in others:
            threading.Event().wait(pause)
            connection.sendall(piece)

    return act


def with_length(body: bytes, head: bytes = OK) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def in_chunks(body: bytes) -> bytes:
    half = len(body) // 2
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:half], body[half:], b""))
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks


def split(body: bytes) -> Act:
    data = with_length(body)
    return in_pieces(data[:10], data[10:30], data[30:])


def split_in_its_last_line(body: bytes) -> Act:
    head, data = with_length(body).split(b"\r\n\r\n")
    return in_pieces(head + b"\r\n\r", b"\n" + data)


def bare(body: bytes) -> Act:
    """Return an answer whose lines end without CR, and whose body looks like the end of a head."""
    head, _, data = with_length(b"\n\r\n" + body).partition(b"\r\n\r\n")
    return in_pieces(head.replace(b"\r", b"") + b"\n\n" + data)


# The forms of an answer with a given body; some of them have no body.
FORMS: dict[str, Callable[[bytes], Act]] = {
    "length": lambda body: in_pieces(with_length(body)),
    "chunks": lambda body: in_pieces(in_chunks(body)),
    "close": lambda body: raw(OK + b"Connection: close\r\n\r\n" + body),
    "close, with length": lambda body: raw(with_length(body, OK + b"Connection: close\r\n")),
    "HTTP/1.0": lambda body: raw(with_length(body, b"HTTP/1.0 200 OK\r\n")),
    "404": lambda body: answer(body, 404),
    "100 first": lambda body: in_pieces(b"HTTP/1.1 100 Continue\r\n\r\n" + with_length(body)),
    "103 first": lambda body: in_pieces(b"HTTP/1.1 103 Hints\r\n\r\n", with_length(body)),
    "split": split,
    "split in its last line": split_in_its_last_line,
    "bare": bare,
    "gzip": lambda body: answer(gzip.compress(body), headers={"Content-Encoding": "gzip"}),
    "204": lambda body: in_pieces(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "no body": lambda body: in_pieces(with_length(b"")),
}
BODILESS = {"204", "no body"}


@pytest.mark.parametrize("first", FORMS)
def test_each_request_gets_its_own_answer(first: str) -> None:
    """Send it after every other form, and between two of its own."""
    forms = [form for second in FORMS for form in (first, second, second, first)]
    bodies = [b"%d" % (10 + place) for place in range(len(forms))]
    script = [FORMS[form](body) for form, body in zip(forms, bodies, strict=True)]
    with ScriptedGateway(script) as gateway:
        transport = HttpTransport(5, 5)
        request = GatewayRequest("POST", f"{gateway.url}/SMS/Send", b"a=1", "token")

        got = [transport.exchange(request).body.strip() for _ in forms]

    assert got == [b"" if form in BODILESS else body for form, body in zip(forms, bodies, strict=True)]
    ending = sum(form.startswith(("close", "HTTP/1.0")) or form in BODILESS for form in forms[:-1])
    assert gateway.connections == 1 + ending


@pytest.mark.parametrize("status", [101, 102, 103, 199])
def test_an_interim_answer_is_not_the_answer(run: Run, serve: Serve, status: int) -> None:
    """Otherwise the next request would get the answer to this one."""
    early = b"HTTP/1.1 %d Early\r\n\r\n" % status
    gateway = serve(
        in_pieces(early, with_length(b'{"Code":"0","TaskId":"first"}'), pause=0.05),
        in_pieces(with_length(b'{"Code":"-3","Message":"second"}')),
    )
    environ = {"KXSMS_BASE_URL": gateway.url, "KXSMS_ACCOUNT": "12345", "KXSMS_TOKEN": "token"}

    done = run(
        *("send", "--to-file", "-", *IN_TURN, "-m", TEXT, "-o", "json"),
        stdin=lines(numbers(2_501)),
        env=environ,
    )

    accepted, refused = done.json["tasks"]
    assert accepted["task_id"] == "first"
    assert accepted["outcome"] == "accepted"
    assert accepted["recipients"] == 2_500
    assert refused["message"] == "second"
    assert refused["outcome"] == "rejected"
    assert refused["recipients"] == 1
    assert done.status == 3
    assert gateway.connections == 1


@pytest.mark.parametrize("head", [b"HTTP/1.1 204 No Content\r\n\r\n", with_length(b"")])
def test_bytes_after_an_answer_without_a_body_are_no_answer(serve: Serve, head: bytes) -> None:
    gateway = serve(
        in_pieces(head, with_length(b'{"Code":"0","TaskId":"first"}'), pause=0.05),
        in_pieces(with_length(b'{"Code":"-3","Message":"second"}')),
    )
    client = client_of(gateway)

    first, second = (sent(client) for _ in range(2))

    assert isinstance(first, Unknown)
    assert second == Rejected("-3", "second")


def client_of(gateway: ScriptedGateway) -> Gateway:
    return Gateway(Profile(account="12345", token="token", base_url=gateway.url, read_timeout=5))


def sent(client: Gateway) -> Outcome:
    task = client.send("13800000000", 1, TEXT, None, lambda: True)
    assert task is not None
    return task.outcome


PACKED = gzip.compress(REPORTS)
WHOLE = {
    "length": with_length(REPORTS),
    "chunks": in_chunks(REPORTS),
    "close": OK + b"Connection: close\r\n\r\n" + REPORTS,
    "gzip": with_length(PACKED, OK + b"Content-Encoding: gzip\r\n"),
}


@pytest.mark.parametrize("case", WHOLE)
def test_reports_cut_at_any_byte_are_never_nothing_new(case: str) -> None:
    whole = WHOLE[case]
    with ScriptedGateway([raw(whole[:length]) for length in range(len(whole))], close) as gateway:
        client = client_of(gateway)
        for length in range(len(whole)):
            try:
                records = list(client.read(client.fetch(RecordKind.REPORT)[0]))
            except (NoAnswer, Unread):
                continue
            # Only the end of the last chunk may be missing.
            assert case == "chunks", length
            assert length >= whole.rindex(b"0")
            assert [record.mobile for record in records] == ["13800000000"]
    assert len(gateway.received) == len(whole)


@pytest.mark.parametrize("form", [with_length, in_chunks])
def test_a_send_whose_answer_is_cut_at_any_byte_is_unknown(form: Callable[[bytes], bytes]) -> None:
    whole = form(b'{"Code":"0","TaskId":"11"}')
    with ScriptedGateway([raw(whole[:length]) for length in range(len(whole))]) as gateway:
        client = client_of(gateway)
        outcomes = [sent(client) for _ in range(len(whole))]
    end = whole.rindex(b"0") if form is in_chunks else len(whole)
    assert {type(outcome) for outcome in outcomes[:end]} == {Unknown}
    assert {type(outcome) for outcome in outcomes[end:]} <= {Unknown, Accepted}


def test_no_answer_to_the_first_request_of_a_process(serve: Serve) -> None:
    gateway = serve(close)
    environ = {"KXSMS_BASE_URL": gateway.url, "KXSMS_ACCOUNT": "12345", "KXSMS_TOKEN": "token"}

    done = Client(environ).run("send", "13800000000", "-m", TEXT)

    assert done.status == 6
    assert len(gateway.received) == 1
    assert "closed the connection without an answer" in done.err


def test_products_share_a_connection() -> None:
    with ScriptedGateway([], answer('{"Code":"0","Count":"7"}'), balance=None) as gateway:
        client = client_of(gateway)

        counts = [client.balance(product).count for product in Product]

    assert counts == ["7"] * len(Product)
    assert gateway.connections == 1
