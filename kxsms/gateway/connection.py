"""Connections that know when a request has begun to leave, and that wait for an answer only so long.

Loaded by `transport` for the first request: requests takes a tenth of a second to import.
"""

import io
import socket
import threading
import time
from http.client import HTTPResponse
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from kxsms.compat import override


class Departure(threading.local):
    """Whether the request of this thread has begun to leave, and what has come of the answer's body."""

    written = False
    body = bytearray()


DEPARTURE = Departure()


class _Patience(io.RawIOBase):
    """A connection to read from until a deadline, however slowly its bytes drip."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection = connection
        self._raw = connection.makefile("rb", buffering=0)
        self._seconds = seconds
        self._is_first = True  # the connection has been told already how long to wait
        self.renew()

    def renew(self) -> None:
        self._deadline = time.monotonic() + self._seconds

    def makefile(self, mode: str) -> io.BufferedReader:
        """What http.client reads an answer from."""
        return io.BufferedReader(self)

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any) -> int | None:
        if not self._is_first:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._connection.settimeout(left)
        self._is_first = False
        count: int | None = self._raw.readinto(buffer)
        return count

    @override
    def close(self) -> None:
        self._raw.close()
        super().close()


class _Heads:
    """What the last head of an answer meant. A busy gateway writes the same one many times a second, and
    http.client takes a fifth of a request's time to read it."""

    _MEANING = ("version", "status", "reason", "headers", "chunked", "chunk_left", "length", "will_close")

    def __init__(self) -> None:
        self._last: tuple[bytes, dict[str, Any]] | None = None

    def meaning_of(self, head: bytes) -> dict[str, Any] | None:
        """The attributes of an answer that begins so, if it is the same as the last one."""
        last = self._last
        return last[1] if last is not None and head == last[0] else None

    def remember(self, head: bytes, answer: HTTPResponse) -> None:
        """Learn what a head means from an answer that has been read."""
        self._last = head, {name: getattr(answer, name) for name in self._MEANING}


_HEADS = _Heads()


class _PatientResponse(HTTPResponse):
    """An answer for whose headers together, and then for whose body, the read time-out is a deadline."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        seconds = sock.gettimeout()  # urllib3 has just set the read time-out
        assert seconds is not None
        self._patience = _Patience(sock, seconds)
        super().__init__(self._patience, *args, **kwargs)  # type: ignore[arg-type]

    @override
    def begin(self) -> None:
        assert isinstance(self.fp, io.BufferedReader)
        data = self.fp.peek()
        head = data[: data.find(b"\n\r\n") + 3]
        meaning = _HEADS.meaning_of(head)
        if meaning is not None:
            self.fp.read(len(head))
            self.__dict__.update(meaning, code=meaning["status"], msg=meaning["headers"])
        else:
            super().begin()
            while self.status < 200:  # 102, 103: http.client takes them for the answer, which is yet to come
                self.headers = self.msg = None  # type: ignore[assignment]
                super().begin()
            if self.length == 0:  # a body may follow all the same, and must not answer the next request
                self.will_close = True
            # No 100 before it, and no line that ends otherwise: http.client has read up to just there.
            if head.startswith(b"HTTP/1.1 200 ") and b"\n\n" not in head:
                _HEADS.remember(head, self)
        self._patience.renew()


class _Noting:
    """Notes the moment before the first byte of a request leaves, and lets head and body leave together.

    A thread pays for every call to the system by waiting for its turn among the others afterwards.
    """

    response_class = _PatientResponse
    sock: socket.socket | None
    timeout: float | None
    _has_body = False
    _head: bytes | None = None

    def request(self, *args: Any, body: Any = None, **kwargs: Any) -> None:
        self._has_body = bool(body)
        super().request(*args, body=body, **kwargs)  # type: ignore[misc]

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        # Connecting, TLS and a proxy's CONNECT come first: they carry nothing of the request.
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]
            assert self.sock is not None
            # What is left of the deadline for a proxy's answer is not this request's.
            self.sock.settimeout(self.timeout)
        DEPARTURE.written = True
        self._head = b"" if self._has_body else None
        super().endheaders(*args, **kwargs)  # type: ignore[misc]

    def send(self, data: bytes) -> None:
        if self._head == b"":
            self._head = data
            return
        head, self._head = self._head, None
        super().send(head + data if head else data)  # type: ignore[misc]


class _Plain(_Noting, HTTPConnection):  # type: ignore[misc]
    pass


class _Secure(_Noting, HTTPSConnection):  # type: ignore[misc]
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


_POOLS = {"http": _PlainPool, "https": _SecurePool}


class NotingAdapter(HTTPAdapter):
    """requests' adapter over these connections, direct and through proxies."""

    @override
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    @override
    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class Route(NamedTuple):
    """The way to a URL: the connections to the gateway or its proxy, and what is to be asked for there."""

    pool: HTTPConnectionPool
    target: str
    timeout: Timeout


def find_route(
    adapter: NotingAdapter,
    url: str,
    verify: str | bool,
    proxies: dict[str, str],
    timeouts: tuple[float, float],
) -> Route:
    """The way to a URL, as requests would go. `timeouts` are for connecting and for reading, in seconds.

    Raises what requests raises for a URL, a proxy or a bundle of certificates that cannot be used.
    """
    request = requests.Request("GET", url).prepare()
    pool = adapter.get_connection_with_tls_context(request, verify, proxies)
    adapter.cert_verify(pool, url, verify, None)  # type: ignore[no-untyped-call]
    assert isinstance(pool, HTTPConnectionPool)
    connect, read = timeouts
    return Route(pool, adapter.request_url(request, proxies), Timeout(connect=connect, read=read))
