"""Every fault between kxsms and the gateway, and the end of each command that meets it.

The list in `kxsms help reliability` consists of these rows, and `test_wire` makes every fault happen to every
command.
"""

import contextlib
import gzip
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import NamedTuple

from kxsms.gateway.http import MAX_REPLY
from tests.scripted_gateway import Act, answer, close, dripping, endless, half, raw, reset, silent, zipped


class Ending(NamedTuple):
    """The end of a command, in words and as an exit status."""

    words: str
    status: int


ACCEPTED = Ending("accepted", 0)
REJECTED = Ending("refused", 3)
NOT_SENT = Ending("not sent", 5)
RETRIED = Ending("retried, then not sent", 5)
UNKNOWN = Ending("unknown", 6)

ANSWERED = Ending("answered", 0)
NO_ANSWER = Ending("no answer", 5)
REFUSED = Ending("refused", 3)

FETCHED = Ending("fetched", 0)
NOTHING_NEW = Ending("nothing new", 0)
KEPT_UNREAD = Ending("kept, but not read", 1)


@dataclass(frozen=True)
class Fault:
    """A fault: `act` is the gateway's reaction to a request that reaches it.

    `says` is in the error on stderr, `shows` in the table on stdout if the command succeeds. `unreachable`
    yields a URL without a gateway; `certificate` is the fault of the gateway's certificate; `before_tls` is
    its act in place of TLS; `redirects` is the HTTP status with which it names another host. `is_second`: the
    fault hits the second request of a connection. `keeps`: report and mo keep a part of the answer.
    """

    name: str
    act: Act = close
    says: str = ""
    shows: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)
    unreachable: Callable[[], AbstractContextManager[str]] | None = None
    certificate: str | None = None
    before_tls: Act | None = None
    redirects: int | None = None
    is_second: bool = False
    keeps: bool = False


class Row(NamedTuple):
    """Faults that are the same to a user, and the ends of `send`, of `balance`, and of `report` and `mo`.

    `happens` names them in words, several separated by `; `.
    """

    happens: str
    send: Ending
    balance: Ending
    records: Ending
    faults: tuple[Fault, ...]


@contextlib.contextmanager
def unknown_host() -> Iterator[str]:
    """Yield a URL with a host name that, by its standard, never resolves."""
    yield "https://gateway.invalid"


@contextlib.contextmanager
def refusing_port() -> Iterator[str]:
    """Yield a URL with a port that is taken, and that refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@contextlib.contextmanager
def full_port() -> Iterator[str]:
    """Yield a URL with a port whose queue is full: new connections get no answer."""
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        yield f"http://127.0.0.1:{full.getsockname()[1]}"


def reset_after_hello(connection: socket.socket) -> None:
    connection.recv(4096)
    reset(connection)


def whole(code: str = '"0"', task: str = '"11"', count: str = '"7"') -> str:
    """Return an answer to every operation: accepted, with a balance, a report and a reply."""
    record = f'{{"TaskId":{task},"Mobile":"13800000000","Status":"DELIVRD","Content":"TD","Time":""}}'
    return f'{{"Code":{code},"Message":"ok","TaskId":{task},"Count":{count},"List":[{record}]}}'


def xml(declared: str, message: str = "好") -> str:
    record = "<Row><Mobile>13800000000</Mobile><Status>DELIVRD</Status><Content>TD</Content></Row>"
    head = f'<?xml version="1.0" encoding="{declared}"?><Response><Code>0</Code><Message>{message}</Message>'
    return f"{head}<TaskId>11</TaskId><Count>7</Count>{record}</Response>"


def chunked(*chunks: bytes) -> bytes:
    return CHUNKED + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)


def stay(connection: socket.socket) -> None:
    """Keep the connection: the next request may be on its way already."""


def bomb(connection: socket.socket) -> None:
    """Send a small compressed answer that unpacks to one that is too large."""
    packed = gzip.compress(b" " * (MAX_REPLY + 1), 1)
    answer(packed, headers={"Content-Encoding": "gzip"})(connection)


def entities(levels: int) -> str:
    """Return XML of a few hundred bytes that expands to ten to the power of `levels` laughs."""
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(levels))
    return f'<!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]><r><Code>0</Code><Message>&l{levels};</Message></r>'


def status(number: int, body: str, **headers: str) -> Fault:
    """Return the fault of an HTTP status in place of an answer."""
    content = "a page" if body else "empty"
    act = answer(body, number, "text/html", {name.replace("_", "-"): text for name, text in headers.items()})
    return Fault(f"{number}, {', '.join([content, *headers])}", act, says=f"HTTP {number}")


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"
PAGE = "<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body>nginx</body></html>"
LONG = "1234567890" * 100
SHORT_TIMEOUTS = {"connect_timeout": 0.2, "read_timeout": 0.2}


def timed_out(name: str, act: Act, *, keeps: bool = False) -> Fault:
    """Return a fault that ends with the read time-out."""
    return Fault(name, act, "gave no whole answer within 0.2 s", settings=SHORT_TIMEOUTS, keeps=keeps)


ROWS = (
    Row(
        "the host name is unknown; the connection is refused or times out; TLS fails before the request",
        RETRIED,
        NO_ANSWER,
        NO_ANSWER,
        (
            Fault("unknown host name", says="gateway.invalid is not known (DNS)", unreachable=unknown_host),
            Fault("refused", says="refused the connection", unreachable=refusing_port),
            Fault(
                "connect time-out",
                says="no connection to 127.0.0.1",
                unreachable=full_port,
                settings=SHORT_TIMEOUTS,
            ),
            Fault("TLS: closed", says="no TLS connection to 127.0.0.1", before_tls=close),
            Fault("TLS: reset", says="127.0.0.1", before_tls=reset_after_hello),
            Fault("TLS: silent", says="within 0.2 s", before_tls=silent, settings=SHORT_TIMEOUTS),
            Fault("TLS: rubbish", says="no TLS connection to 127.0.0.1", before_tls=raw(b"\0" * 64)),
            Fault(
                "TLS: plain HTTP", says="no TLS connection to", before_tls=raw(b"HTTP/1.1 400 Bad\r\n\r\n")
            ),
        ),
    ),
    Row(
        "the TLS certificate is self-signed, expired, or for another name",
        NOT_SENT,
        NO_ANSWER,
        NO_ANSWER,
        (
            Fault("self-signed", says="no valid TLS certificate", certificate="self-signed"),
            Fault("wrong name", says="no valid TLS certificate", certificate="wrong name"),
            Fault("expired", says="certificate has expired", certificate="expired"),
        ),
    ),
    Row(
        "the answer does not come, or does not end, in time",
        UNKNOWN,
        NO_ANSWER,
        NO_ANSWER,
        (
            timed_out("silent", silent),
            timed_out("silent after 100", raw(CONTINUE, silent)),
            timed_out("silent within the headers", raw(OK + b"Content-Ty", silent)),
            timed_out("silent after the headers", raw(OK + b"Content-Length: 50\r\n\r\n", silent)),
            timed_out("silent within the body", half(then=silent), keeps=True),
            timed_out("100 without end", dripping(b"", CONTINUE)),
            timed_out("103 without end", dripping(b"", HINTS)),
            timed_out("a status line in drops", dripping(b"HTTP/1.1 200 O", b"O")),
            timed_out("a header in drops", dripping(OK + b"X: ", b"x")),
            timed_out("headers in drops", dripping(OK, b"X: x\r\n")),
            timed_out("a body in drops", dripping(OK + b"Content-Length: 9999\r\n\r\n", b"["), keeps=True),
            timed_out("a body without length in drops", dripping(OK + b"\r\n", b"["), keeps=True),
            timed_out("chunks in drops", dripping(CHUNKED, b"1\r\n[\r\n"), keeps=True),
            timed_out("endless", endless(b"[", 10**9), keeps=True),
        ),
    ),
    Row(
        "the connection is closed or reset before the answer is complete",
        UNKNOWN,
        NO_ANSWER,
        NO_ANSWER,
        (
            Fault("closed", close, "closed the connection without an answer"),
            Fault("closed after 100", raw(CONTINUE), "closed the connection without an answer"),
            Fault("closed within the status line", raw(b"HTTP/1."), "does not answer in HTTP: HTTP/1."),
            Fault("closed within the headers", raw(OK + b"Content-Ty"), "perhaps cut short"),
            Fault("closed within a header", raw(OK + b"Transfer-Encoding: chun"), "perhaps cut short"),
            Fault("closed after the headers", raw(OK + b"Content-Length: 50\r\n\r\n"), "broke off"),
            Fault("closed after headers without length", raw(OK + b"\r\n"), "perhaps cut short"),
            Fault("reset", reset, "cut the connection"),
            Fault("reset within the headers", raw(OK + b"Content-Ty", reset), "cut the connection"),
        ),
    ),
    Row(
        "a connection that is used again is closed during the request",
        UNKNOWN,
        NO_ANSWER,
        NO_ANSWER,
        (
            Fault("closed at the second", close, "closed the connection", is_second=True),
            Fault("reset at the second", reset, "cut the connection", is_second=True),
        ),
    ),
    Row(
        "half a body; broken chunks; damaged gzip",
        UNKNOWN,
        NO_ANSWER,
        NO_ANSWER,
        (
            Fault("half a body", half(), "broke off", keeps=True),
            Fault("half a body, reset", half(then=reset), "127.0.0.1", keeps=True),
            Fault("chunks without end", raw(chunked(b'{"Cod')), "broke off", keeps=True),
            Fault("a chunk cut", raw(CHUNKED + b'50\r\n{"Cod'), "broke off", keeps=True),
            Fault("a chunk without a size", raw(CHUNKED + b"zz\r\nxxxx\r\n0\r\n\r\n"), "127.0.0.1"),
            Fault("not gzip", answer(headers={"Content-Encoding": "gzip"}), "cannot be unpacked"),
            Fault(
                "half a gzip", answer(b"\x1f\x8b\x08\0\0", headers={"Content-Encoding": "gzip"}), "cut short"
            ),
        ),
    ),
    Row(
        "an answer that is not HTTP; headers that are too long or too many",
        UNKNOWN,
        NO_ANSWER,
        NO_ANSWER,
        (
            Fault("not HTTP", raw(b"SSH-2.0-OpenSSH_9.6\r\n"), "does not answer in HTTP: SSH-2.0"),
            Fault("no status", raw(b"HTTP/1.1 abc OK\r\n\r\n"), "abc"),
            Fault("a long header", raw(OK + b"X: " + b"x" * 100_000 + b"\r\n\r\n"), "header line"),
            Fault("many headers", raw(OK + b"X: x\r\n" * 500 + b"\r\n"), "100 headers"),
            Fault("two lengths", raw(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), "127.0.0.1"),
        ),
    ),
    Row(
        "an answer of more than 64 MiB, also after unpacking; an answer that is packed twice",
        UNKNOWN,
        NO_ANSWER,
        NO_ANSWER,
        (
            Fault("too long", endless(b" " * 2**20, MAX_REPLY // 2**20 + 1), "64 MiB", keeps=True),
            Fault("a gzip bomb", bomb, "64 MiB", keeps=True),
            Fault("packed twice", answer(headers={"Content-Encoding": "gzip, gzip"}), "more than once"),
        ),
    ),
    Row(
        "HTTP 301, 307 or 308, which kxsms does not follow",
        NOT_SENT,
        NO_ANSWER,
        NO_ANSWER,
        tuple(Fault(f"{number}", says=f"HTTP {number}", redirects=number) for number in (301, 307, 308)),
    ),
    Row(
        "HTTP 302 or 303, which kxsms does not follow; HTTP 204 or 304",
        UNKNOWN,
        NO_ANSWER,
        NO_ANSWER,
        (
            *(Fault(f"{number}", says=f"HTTP {number}", redirects=number) for number in (302, 303)),
            Fault("204", raw(b"HTTP/1.1 204 No Content\r\n\r\n"), "HTTP 204"),
            Fault("304", raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"), "HTTP 304"),
        ),
    ),
    Row(
        "HTTP 401, 403, 404 or another 4xx",
        NOT_SENT,
        NO_ANSWER,
        NO_ANSWER,
        (
            *(status(number, body) for number in (401, 403, 404) for body in ("", PAGE)),
            *(status(number, PAGE) for number in (400, 405, 408, 413, 451)),
        ),
    ),
    Row(
        "HTTP 429, with or without `Retry-After`",
        RETRIED,
        NO_ANSWER,
        NO_ANSWER,
        (status(429, ""), status(429, PAGE), status(429, "", Retry_After="3600")),
    ),
    Row(
        "HTTP 500, 502, 503 or 504, with a page or with nothing",
        UNKNOWN,
        NO_ANSWER,
        NO_ANSWER,
        (
            *(status(number, body) for number in (500, 502, 503, 504) for body in ("", PAGE)),
            status(503, "", Retry_After="3600"),
            status(599, "sorry"),
        ),
    ),
    Row(
        "HTTP 200 with a web page",
        UNKNOWN,
        NO_ANSWER,
        NO_ANSWER,
        (
            Fault("200, a page", answer(PAGE, content_type="text/html"), "an HTML page, “Bad Gateway”"),
            Fault("200, a page declared as JSON", answer(PAGE), "an HTML page, “Bad Gateway”"),
        ),
    ),
    Row(
        "HTTP 200 with nothing",
        UNKNOWN,
        NO_ANSWER,
        NOTHING_NEW,
        (
            Fault("200, empty", answer(""), "an empty body"),
            Fault("200, NUL", answer(b"\0\0\0\0"), "an empty body"),
            Fault("200, no chunk", raw(CHUNKED + b"0\r\n\r\n"), "an empty body"),
        ),
    ),
    Row(
        "an answer that is neither JSON nor XML; damaged JSON or XML; "
        "JSON or XML that is nested deeply, or has a DTD or entities; no `Code`, or two that differ",
        UNKNOWN,
        NO_ANSWER,
        KEPT_UNREAD,
        (
            Fault("rubbish", answer("Service unavailable"), "neither JSON nor XML: Service unavailable"),
            Fault("bytes", answer(bytes(range(128, 256))), "bytes that are not text"),
            Fault("half a JSON without length", raw(OK + b'\r\n{"Code":"0","Mess'), "damaged"),
            Fault("half an XML without length", raw(OK + b"\r\n<Response><Code>0</Co"), "damaged"),
            Fault("deep JSON", answer("[" * 100_000), "too deep"),
            Fault("deep JSON with a Code", answer('{"Code":"0","A":' + "[" * 200 + "]" * 200 + "}"), "deep"),
            Fault("deep XML", answer("<a>" * 2_000 + "</a>" * 2_000), "too deep"),
            Fault("DTD", answer(xml("utf-8").replace("<Resp", "<!DOCTYPE Response><Resp", 1)), "a DTD"),
            Fault("entities", answer(entities(2)), "a DTD or entities"),
            Fault("a billion laughs", answer(entities(9)), "a DTD or entities"),
            Fault("an unknown entity", answer("<r><Code>0</Code><Message>&l;</Message></r>"), "damaged"),
            Fault("JSON without Code", answer('{"Message":"ok"}'), "without a Code"),
            Fault("a number", answer("0"), "without a Code"),
            Fault("NaN", answer("NaN"), "without a Code"),
            Fault("Code twice", answer('{"Code":"0","Code":"-3"}'), "without a Code"),
            Fault("Code in two spellings", answer('{"Code":"-3","code":"0"}'), "without a Code"),
            Fault("Code twice, in XML", answer("<r><Code>0</Code><Code>-3</Code></r>"), "without a Code"),
        ),
    ),
    Row(
        "`Code` 0, with any HTTP status, content type, encoding or length of numbers; "
        "the same after an HTTP 100, in chunks, or in gzip",
        ACCEPTED,
        ANSWERED,
        FETCHED,
        (
            Fault("100, then the answer", raw(CONTINUE, answer(whole()))),
            Fault("103, then the answer", raw(HINTS + CONTINUE + HINTS, answer(whole()))),
            Fault("chunks", raw(chunked(*(bytes([byte]) for byte in whole().encode()), b""), stay)),
            Fault("gzip", zipped(whole())),
            Fault("500 and an answer", answer(whole(), status=500)),
            Fault("404 and an answer", answer(whole(), status=404)),
            Fault("429 and an answer", answer(whole(), status=429)),
            Fault("JSON declared as a page", answer(whole(), content_type="text/html; charset=latin-1")),
            Fault("a wrong encoding declared", answer(xml("utf-16"))),
            Fault("an unknown encoding declared", answer(xml("none-such"))),
            Fault("GB18030 declared as UTF-8", answer(xml("utf-8").encode("gb18030"))),
            Fault("a thousand digits", answer(whole(task=LONG, count=LONG)), shows=LONG),
            Fault("NaN as a number", answer(whole(task="NaN", count="NaN")), shows="NaN"),
            Fault("the same Code twice", answer(whole().replace("{", '{"Code":"0",', 1))),
        ),
    ),
    Row(
        "another `Code` with any HTTP status",
        REJECTED,
        REFUSED,
        REFUSED,
        (
            Fault("refused with 200", answer('{"Code":"-3","Message":"no"}'), "code -3 “no”"),
            Fault("refused with 500", answer('{"Code":"-3","Message":"no"}', status=500), "code -3 “no”"),
            Fault("refused with 401", answer('{"Code":"-3","Message":"no"}', status=401), "code -3 “no”"),
            Fault("a Code of a thousand digits", answer(f'{{"Code":{LONG}}}'), f"code {LONG}"),
            Fault("a Code that is NaN", answer('{"Code":NaN}'), "code NaN"),
        ),
    ),
)


def listing(said: Callable[[str], str] = str) -> str:
    """Return the rows as Markdown: a list for each way in which the commands end. `said` translates them."""
    lists: dict[tuple[Ending, ...], list[str]] = {}
    for row in ROWS:
        happens = (f"- {said(part)}" for part in row.happens.split("; "))
        lists.setdefault((row.send, row.balance, row.records), []).extend(happens)
    parts = []
    for endings, happened in lists.items():
        form = said("{words} ({status})")
        send, balance, records = (form.format(words=said(end.words), status=end.status) for end in endings)
        parts.append(said("### `send`: {send}").format(send=send))
        others = said("`balance`: {balance}. `report`, `mo`: {records}.")
        parts.append(others.format(balance=balance, records=records))
        parts.append("\n".join(happened))
    return "\n\n".join(parts)
