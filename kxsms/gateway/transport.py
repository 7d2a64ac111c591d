"""Carries one request to the gateway and its answer back: the only place that imports requests.

It goes through requests' adapter without a session, so that there are no cookies, no redirects, no `.netrc`
and no retries, by construction. TLS is always verified.
"""

import io
import os
import socket
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kxsms import __version__
from kxsms.domain.profile import is_loopback
from kxsms.gateway.failures import explain, speaks_no_tls
from kxsms.gateway.reply import Reply
from kxsms.gateway.request import GatewayRequest

if TYPE_CHECKING:
    from requests.adapters import HTTPAdapter

MAX_REPLY = 64 * 1024 * 1024
"""Bytes of an answer, unpacked. A larger one is refused."""

_CHUNK = 64 * 1024
_HEADERS = {
    "User-Agent": f"kxsms/{__version__}",
    "Accept": "application/json, application/xml, text/xml, */*",
    "Accept-Encoding": "identity",
}
_FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class NoReply(Exception):
    """No whole answer came. `written` says whether any byte of the request may have left; `no_tls`, that
    the other side seems to speak none."""

    def __init__(self, reason: str, *, written: bool, no_tls: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.written = written
        self.no_tls = no_tls


class Transport:
    """HTTP to one gateway, over connections that are kept. Times are in seconds."""

    def __init__(self, connect_timeout: float, read_timeout: float) -> None:
        self._timeouts = (connect_timeout, read_timeout)
        self._progress = _Progress()
        self._adapter: HTTPAdapter | None = None

    def exchange(self, request: GatewayRequest) -> Reply:
        """Send a request once and read its answer.

        The read time-out holds for all the headers together, and then for all of the body.

        Raises NoReply if there is no whole answer, for whatever reason.
        """
        self._progress.written = False
        try:
            return self._exchange(request)
        except Exception as error:  # whatever it is, what has left has left, and the caller has to know
            written = self._progress.written
            limit = self._timeouts[1 if written else 0]
            reason = explain(error, urlsplit(request.url).netloc, limit, written=written)
            no_tls = request.url.startswith("https:") and speaks_no_tls(error)
            raise NoReply(reason, written=written, no_tls=no_tls) from None

    def _exchange(self, request: GatewayRequest) -> Reply:
        import requests

        if self._adapter is None:
            self._adapter = _adapter(self._progress, self._timeouts[1])
        headers = _HEADERS if request.body is None else _HEADERS | _FORM
        response = self._adapter.send(
            requests.Request(request.method, request.url, headers, data=request.body).prepare(),
            stream=True,
            timeout=self._timeouts,
            verify=_bundle(),
            proxies=_proxies(request.url),
        )
        try:
            body = self._read(response.raw)
        finally:
            response.close()
        if not body and response.status_code == 200 and _looks_cut(response.headers):
            raise ValueError("an empty answer, perhaps cut short")
        return Reply(response.status_code, response.headers.get("Content-Type", ""), body)

    def _read(self, raw: Any) -> bytes:
        body = bytearray()
        while chunk := raw.read1(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > MAX_REPLY:
                raise ValueError(f"an answer of more than {MAX_REPLY // 2**20} MiB")
        return bytes(body)


def _looks_cut(headers: Mapping[str, str]) -> bool:
    """Whether an answer without a body may have lost it: cut within its headers, or packed and cut."""
    if "Content-Encoding" in headers:
        return True
    return headers.get("Content-Length") != "0" and "Transfer-Encoding" not in headers


class _Progress(threading.local):
    """Whether the request of this thread has begun to leave."""

    written = False


class _Patience(io.RawIOBase):
    """A connection to read from until a deadline, however slowly its bytes drip."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection = connection
        self._raw = connection.makefile("rb", buffering=0)
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        self._deadline = time.monotonic() + self._seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def _adapter(progress: _Progress, read_timeout: float) -> "HTTPAdapter":
    """An adapter whose connections note the moment before the first byte of a request leaves, and whose
    answers have a deadline."""
    from http.client import HTTPResponse

    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    class PatientResponse(HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
            super().__init__(sock, *args, **kwargs)
            self.fp.close()
            self._patience = _Patience(sock, read_timeout)
            self.fp = io.BufferedReader(self._patience)

        def begin(self) -> None:
            super().begin()
            self._patience.renew()

    class Noting:
        response_class = PatientResponse

        def endheaders(self, *args: Any, **kwargs: Any) -> None:
            # Connecting, TLS and a proxy's CONNECT come first: they carry nothing of the request.
            if self.sock is None:  # type: ignore[attr-defined]
                self.connect()  # type: ignore[attr-defined]
            # What is left of an earlier answer's deadline is not this request's.
            self.sock.settimeout(read_timeout)  # type: ignore[attr-defined]
            progress.written = True
            super().endheaders(*args, **kwargs)  # type: ignore[misc]

    class Plain(Noting, HTTPConnection):  # type: ignore[misc]
        pass

    class Secure(Noting, HTTPSConnection):  # type: ignore[misc]
        pass

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    pools = {"http": PlainPool, "https": SecurePool}

    class NotingAdapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            manager = super().proxy_manager_for(*args, **kwargs)
            manager.pool_classes_by_scheme = pools
            return manager

    return NotingAdapter(max_retries=0)


def _bundle() -> str | bool:
    """The certificates to trust: a file named by the usual variables, else those that come with requests."""
    names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
    return next((value for name in names if (value := os.environ.get(name))), True)


def _proxies(url: str) -> dict[str, str]:
    from requests.utils import get_environ_proxies

    return {} if is_loopback(url) else get_environ_proxies(url)
