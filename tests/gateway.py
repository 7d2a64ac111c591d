"""A scripted gateway on 127.0.0.1: records what arrives, answers as told, cuts the wire where told."""

import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

ACCEPTED = '{"Code":"0","Message":"提交成功","TaskId":"11"}'


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def form(self) -> dict[str, str]:
        """The parameters, from the query string or the body."""
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
    """A whole HTTP answer."""
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


def raw(data: bytes) -> Act:
    """These bytes, and then the end of the connection."""

    def act(connection: socket.socket) -> None:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_RDWR)

    return act


def half(body: str = ACCEPTED) -> Act:
    """The first half of a body whose length is announced in full."""
    data = body.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    return raw(head.encode() + data[: len(data) // 2])


def close(connection: socket.socket) -> None:
    """No answer, and the end of the connection."""
    connection.shutdown(socket.SHUT_RDWR)


def reset(connection: socket.socket) -> None:
    """No answer, and a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@dataclass
class ScriptedGateway:
    """Answers each request with the next act of `script`, and after its last one with `otherwise`.

    `silent` is an act that never answers: it ends with the gateway.
    """

    script: list[Act] = field(default_factory=list)
    otherwise: Act = field(default_factory=answer)
    tls: ssl.SSLContext | None = None
    received: list[Received] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._lock = threading.Lock()
        gateway = self

        class Handler(socketserver.BaseRequestHandler):
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
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def silent(self, connection: socket.socket) -> None:
        self._over.wait(30)

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                reader = connection.makefile("rb")
                with reader:
                    while request := _read_request(reader.readline, reader.read):
                        with self._lock:
                            self.received.append(request)
                            act = self.script.pop(0) if self.script else self.otherwise
                        act(connection)
        except (OSError, ValueError):
            return


def _read_request(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> Received | None:
    first = readline().decode("latin-1").split()
    if len(first) != 3:
        return None
    headers: dict[str, str] = {}
    while line := readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Received(first[0], first[1], headers, read(int(headers.get("content-length", 0))))
