"""Carries one request to the gateway and its answer back.

It goes through the pool of connections that requests' adapter makes for an address, without a session: there
are no cookies, no redirects, no `.netrc` and no retries, by construction. TLS is always verified.
"""

import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kxsms import __version__
from kxsms.domain.profile import is_loopback
from kxsms.gateway.answers import HttpAnswer
from kxsms.gateway.failures import explain, may_pass, speaks_no_tls
from kxsms.gateway.request import GatewayRequest

if TYPE_CHECKING:
    from kxsms.gateway.connection import NotingAdapter, Route

MAX_REPLY = 64 * 1024 * 1024
"""Bytes of an answer, unpacked. A larger one is refused."""

_CHUNK = 64 * 1024
_HEADERS = {
    "User-Agent": f"kxsms/{__version__}",
    "Accept": "application/json, application/xml, text/xml, */*",
    "Accept-Encoding": "identity",
}
_HEADERS_OF_FORM = _HEADERS | {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class NoHttpAnswer(Exception):
    """No whole answer came. `written` says whether any byte of the request may have left; `no_tls`, that
    the other side seems to speak none; `may_pass`, whether another try is worth it; `partial` is what came of
    the body."""

    def __init__(
        self,
        reason: str,
        *,
        written: bool,
        no_tls: bool = False,
        may_pass: bool = False,
        partial: bytes = b"",
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.written = written
        self.no_tls = no_tls
        self.may_pass = may_pass
        self.partial = partial


class HttpTransport:
    """HTTP to one gateway, over at most `connections` that are kept. Any thread may use it. Times are in
    seconds."""

    def __init__(self, connect_timeout: float, read_timeout: float, connections: int = 1) -> None:
        self._timeouts = (connect_timeout, read_timeout)
        self._connections = connections
        self._adapter: NotingAdapter | None = None
        self._routes: dict[str, Route] = {}
        self._lock = threading.Lock()

    def exchange(self, request: GatewayRequest) -> HttpAnswer:
        """Send a request once and read its answer.

        The read time-out holds for all the headers together, and then for all of the body.

        Raises NoReply if there is no whole answer, for whatever reason.
        """
        from kxsms.gateway.connection import DEPARTURE

        DEPARTURE.written, DEPARTURE.body = False, bytearray()
        try:
            return self._exchange(request)
        except Exception as error:  # whatever it is, what has left has left, and the caller has to know
            written = DEPARTURE.written
            limit = self._timeouts[1 if written else 0]
            reason = explain(error, urlsplit(request.url).netloc, limit, written=written)
            no_tls = request.url.startswith("https:") and speaks_no_tls(error)
            raise NoHttpAnswer(
                reason,
                written=written,
                no_tls=no_tls,
                may_pass=may_pass(error),
                partial=bytes(DEPARTURE.body),
            ) from None
        finally:
            DEPARTURE.body = bytearray()  # it may be large

    def _exchange(self, request: GatewayRequest) -> HttpAnswer:
        address, mark, query = request.url.partition("?")
        route = self._route_to(address)
        response = route.pool.urlopen(
            request.method,
            route.target + mark + query,
            request.body,
            _HEADERS if request.body is None else _HEADERS_OF_FORM,
            retries=False,
            redirect=False,
            assert_same_host=False,  # the target may be a whole URL, for a proxy
            timeout=route.timeout,
            preload_content=False,
        )
        try:
            body = self._read(response)
        finally:
            response.close()
            response.release_conn()
        if not body and response.status == 200 and _looks_cut(response.headers):
            raise ValueError("an empty answer, perhaps cut short")
        return HttpAnswer(response.status, response.headers.get("Content-Type", ""), body)

    def _route_to(self, address: str) -> "Route":
        """The way to a URL without its query; it stays the same for as long as the process runs."""
        from kxsms.gateway.connection import NotingAdapter, find_route

        with self._lock:
            route = self._routes.get(address)
            if route is None:
                if self._adapter is None:
                    self._adapter = NotingAdapter(max_retries=0, pool_maxsize=self._connections)
                route = find_route(self._adapter, address, _bundle(), _proxies(address), self._timeouts)
                self._routes[address] = route
            return route

    def _read(self, raw: Any) -> bytes:
        from kxsms.gateway.connection import DEPARTURE

        DEPARTURE.body = body = bytearray()
        if "," in raw.headers.get("Content-Encoding", ""):  # each layer may make a thousand bytes of one
            raise ValueError("an answer that is packed more than once")
        while chunk := raw.read1(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > MAX_REPLY:
                raise ValueError(f"an answer of more than {MAX_REPLY // 2**20} MiB")
            if raw.length_remaining == 0 and "Content-Encoding" not in raw.headers:
                break
        return bytes(body)


def _looks_cut(headers: Mapping[str, str]) -> bool:
    """Whether an answer without a body may have lost it: cut within its headers, or packed and cut."""
    if "Content-Encoding" in headers:
        return True
    return headers.get("Content-Length") != "0" and headers.get("Transfer-Encoding", "").lower() != "chunked"


def _bundle() -> str | bool:
    """The certificates to trust: a file named by the usual variables, else those that come with requests."""
    names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
    return next((value for name in names if (value := os.environ.get(name))), True)


def _proxies(url: str) -> dict[str, str]:
    from requests.utils import get_environ_proxies

    return {} if is_loopback(url) else get_environ_proxies(url)
