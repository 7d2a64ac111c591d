"""Connections that record when a request starts to leave, and that wait for an answer until a deadline.

Loaded for the first request: requests takes a tenth of a second to import.
"""

import http.client
import io
import os
import re
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from kxsms.compat import override
from kxsms.gateway.failures import HeldBack

_INTERIM = re.compile(rb"HTTP/[0-9.]+\s+1[0-9][0-9]\s")


class Departure(threading.local):
    """The departure of this thread's request: `written` is true once its first byte may have left.

    `may_leave` is asked just before, when the connection is there: it may have taken long to make.
    """

    written = False
    may_leave: Callable[[], bool] = staticmethod(lambda: True)


DEPARTURE = Departure()


class _Wire:
    """A connected socket with deadlines: a time-out holds for all that is read after it was set, in total.

    http.client gets it in place of the socket. Bytes to send gather until `flush`, so that the head and the
    body of a request leave in one system call: after each, a thread has to wait for its turn among the others
    (benchmark: texts).
    """

    def __init__(self, sock: socket.socket, seconds: float | None) -> None:
        self._sock = sock
        self._unsent = bytearray()
        self.settimeout(seconds)

    def settimeout(self, seconds: float | None) -> None:
        assert seconds is not None
        self._deadline = time.monotonic() + seconds

    def obey_deadline(self) -> None:
        """Limit the next system call to the time that is left. Raise TimeoutError if there is none."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)

    def sendall(self, data: bytes) -> None:
        self._unsent += data

    def flush(self) -> None:
        """Send what has gathered. Raise HeldBack if it may not leave any more."""
        self.obey_deadline()
        if not DEPARTURE.may_leave():
            raise HeldBack
        DEPARTURE.written = True
        self._sock.sendall(self._unsent)
        self._unsent.clear()

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a file for one answer."""
        return _AnswerFile(_Incoming(self, self._sock.makefile("rb", buffering=0)))

    def fileno(self) -> int:
        return self._sock.fileno()

    def close(self) -> None:
        """Close the socket once no file reads from it any more."""
        self._sock.close()


class _Incoming(io.RawIOBase):
    """The bytes that arrive over a wire, up to its deadline, however slowly they drip."""

    def __init__(self, wire: _Wire, raw: io.RawIOBase) -> None:
        self._wire = wire
        self._raw = raw

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any) -> int | None:
        self._wire.obey_deadline()
        return self._raw.readinto(buffer)

    @override
    def close(self) -> None:
        self._raw.close()
        super().close()


class _AnswerFile(io.BufferedReader):
    """The bytes of one answer, without the interim answers (HTTP 1xx) before it.

    Of those http.client skips only 100. It would take a 103 for the answer, and the answer for that to the
    next request.
    """

    _is_begun = False

    @override
    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        while not self._is_begun and _INTERIM.match(line):
            while super().readline(size) not in (b"\r\n", b"\n", b""):
                pass
            line = super().readline(size)
        self._is_begun = True
        return line


class _Answer(http.client.HTTPResponse):
    """An answer that has a deadline, also one to a proxy's CONNECT, which comes before there is a `_Wire`."""

    def __init__(self, sock: socket.socket | _Wire, *args: Any, **kwargs: Any) -> None:
        wire = sock if isinstance(sock, _Wire) else _Wire(sock, sock.gettimeout())
        super().__init__(cast(socket.socket, wire), *args, **kwargs)


class _PlainConnection(HTTPConnection):
    """A connection whose requests and answers go over a `_Wire`."""

    response_class = _Answer
    _wire: _Wire

    @override
    def connect(self) -> None:
        super().connect()  # TLS and a proxy's CONNECT included: they carry nothing of the request
        assert self.sock is not None
        self._wire = _Wire(self.sock, self.timeout)
        self.sock = cast(socket.socket, self._wire)

    @override
    def request(self, *args: Any, **kwargs: Any) -> None:
        super().request(*args, **kwargs)
        self._wire.flush()

    @override
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        response = super().getresponse()  # urllib3 has set the read time-out: it holds for all the headers
        self._wire.settimeout(self.timeout)  # and from now on for all of the body
        if response.length_remaining == 0:
            self.close()  # a body may follow all the same, and must not answer the next request
        return response


class _SecureConnection(_PlainConnection, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _PlainPool, "https": _SecurePool}


class Route(NamedTuple):
    """The way to a URL: connections to the gateway or its proxy, and the target to ask for there."""

    pool: HTTPConnectionPool
    target: str
    timeout: Timeout


class GatewayAdapter(HTTPAdapter):
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

    def route(
        self,
        url: str,
        certificates: tuple[str | None, str | None],
        proxies: dict[str, str],
        timeouts: tuple[float, float],
    ) -> Route:
        """Return the way to a URL, as requests would go.

        `certificates` are the file and the directories of those to trust, None for those of requests.
        `timeouts` are for connecting and for reading, in seconds.

        Raise what requests raises for a URL, a proxy or a bundle of certificates that cannot be used.
        """
        file, directories = certificates
        there = filter(os.path.isdir, (directories or "").split(os.pathsep))
        verify = file or next(there, True)
        request = requests.Request("GET", url).prepare()
        pool = self.get_connection_with_tls_context(request, verify, proxies)
        self.cert_verify(pool, url, verify, None)  # type: ignore[no-untyped-call]
        assert isinstance(pool, HTTPConnectionPool)
        if directories and isinstance(pool, HTTPSConnectionPool):
            pool.ca_cert_dir = directories
        connect, read = timeouts
        return Route(pool, self.request_url(request, proxies), Timeout(connect=connect, read=read))
