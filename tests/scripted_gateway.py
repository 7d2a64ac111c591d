"""A scripted gateway on 127.0.0.1: records each request, and answers or cuts the connection as scripted."""

import gzip
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import ClassVar, Self
from urllib.parse import parse_qsl, urlsplit

from kxsms.compat import override

PLENTY = '{"Code":"0","Count":"1000000000"}'
ACCEPTED = '{"Code":"0","Message":"提交成功","TaskId":"11"}'


@dataclass(frozen=True)
class Received:
    """A request as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int = 1
    """The number of its connection, from 1."""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def form(self) -> dict[str, str]:
        """Return the parameters of the query string or the body."""
        query = urlsplit(self.target).query
        return dict(parse_qsl(query or self.body.decode("ascii"), keep_blank_values=True))

    @property
    def numbers(self) -> list[str]:
        return self.form["mobile"].split(",")


Act = Callable[[socket.socket], None]


def answer(
    body: str | bytes = ACCEPTED,
    status: int = 200,
    content_type: str = "application/json; charset=utf-8",
    headers: Mapping[str, str] | None = None,
) -> Act:
    """Return an act that sends a complete HTTP answer."""
    data = body.encode() if isinstance(body, str) else body

    def act(connection: socket.socket) -> None:
        lines = [
            f"HTTP/1.1 {status} Scripted",
            f"Content-Type: {content_type}",
            f"Content-Length: {len(data)}",
        ]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + data)

    return act


def close(connection: socket.socket) -> None:
    """Close the connection without an answer."""
    connection.shutdown(socket.SHUT_RDWR)


def reset(connection: socket.socket) -> None:
    """Reset the connection without an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise ConnectionAbortedError  # closes every handle of the socket, and so the connection itself


def silent(connection: socket.socket) -> None:
    """Send nothing until the client gives up."""
    while connection.recv(4096):
        pass


def raw(data: bytes, then: Act = close) -> Act:
    """Return an act that sends bytes and then closes the connection, or does what `then` does."""

    def act(connection: socket.socket) -> None:
        connection.sendall(data)
        then(connection)

    return act


def half(body: str | bytes = ACCEPTED, then: Act = close) -> Act:
    """Return an act that announces a whole body and sends the first half of it."""
    data = body.encode() if isinstance(body, str) else body
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    return raw(head.encode() + data[: len(data) // 2], then)


def last(body: str = ACCEPTED) -> Act:
    """Return an act that sends an answer with keep-alive, and closes the connection with its last byte."""
    whole = answer(body)

    def act(connection: socket.socket) -> None:
        if hasattr(
            socket, "TCP_CORK"
        ):  # Linux then sends the end of the connection in the segment of the answer
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        whole(connection)
        close(connection)

    return act


def zipped(body: str = ACCEPTED) -> Act:
    """Return an act that sends a compressed answer, although the request did not ask for it."""
    return answer(gzip.compress(body.encode()), headers={"Content-Encoding": "gzip"})


def endless(chunk: bytes, most: int) -> Act:
    """Return an act that sends an answer in chunks: `most` of them, or as many as the client reads."""

    def act(connection: socket.socket) -> None:
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for _ in range(most):
            connection.sendall(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        connection.sendall(b"0\r\n\r\n")

    return act


def dripping(head: bytes, drop: bytes) -> Act:
    """Return an act that sends an answer for two seconds, each piece well within any time-out."""
    pause = threading.Event()

    def act(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(100):
            pause.wait(0.02)
            connection.sendall(drop)
        close(connection)

    return act


@dataclass
class ScriptedGateway:
    """A gateway that answers with the next act of `script`, and after the last one with `otherwise`.

    `silent` is an act that never answers: it ends with the gateway. `on_connect` gets each connection before
    TLS and before anything is read, and ends it.

    A batch asks for the balance before it is sent. That is no part of a script: `balance` answers it, and
    `asked` counts it. But while a test runs a command about the balance itself (`is_scripted`), or where
    `balance` is None, it is a request like any other.
    """

    is_scripted: ClassVar[bool] = False

    script: list[Act] = field(default_factory=list)
    otherwise: Act = field(default_factory=answer)
    tls: ssl.SSLContext | None = None
    on_connect: Act | None = None
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    balance: Act | None = field(default_factory=lambda: answer(PLENTY))
    asked: int = 0

    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._lock = threading.Lock()
        gateway = self

        class Handler(socketserver.BaseRequestHandler):
            @override
            def handle(self) -> None:
                gateway._serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 64

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def silent(self, connection: socket.socket) -> None:
        self._over.wait(30)

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self.connections += 1
            number = self.connections
        try:
            with connection:
                if self.on_connect is not None:
                    self.on_connect(connection)
                elif self.tls is not None:
                    with self.tls.wrap_socket(connection, server_side=True) as secure:
                        self.talk(secure, number)
                else:
                    self.talk(connection, number)
        except (OSError, ValueError):
            return

    def talk(self, connection: socket.socket, number: int) -> None:
        """Read requests from a connection and act on each, until the client closes it."""
        with connection.makefile("rb") as reader:
            while request := read_request(reader.readline, reader.read, number):
                if (act := self.balance_for(request)) is not None:
                    act(connection)
                    continue
                with self._lock:
                    self.received.append(request)
                    act = self.script.pop(0) if self.script else self.otherwise
                act(connection)

    def balance_for(self, request: Received) -> Act | None:
        """Return the answer to a batch that asks for the balance; None for every other request."""
        if self.balance is None or self.is_scripted or not request.path.endswith("/QueryBalance"):
            return None
        with self._lock:
            self.asked += 1
        return self.balance


def read_request(
    readline: Callable[[], bytes], read: Callable[[int], bytes], connection: int
) -> Received | None:
    """Read one request; None at the end of the connection."""
    first = readline().decode("latin-1").split()
    if len(first) != 3 or not first[2].startswith("HTTP/"):
        return None
    headers: dict[str, str] = {}
    while line := readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Received(first[0], first[1], headers, read(int(headers.get("content-length", 0))), connection)
