"""Carries one request to the gateway and its answer back.

It uses the pool of connections that requests' adapter makes for an address, without a session: so there are
no cookies, no redirects, no `.netrc` and no retries. TLS is always verified.
"""

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kxsms import __version__
from kxsms.gateway.answers import HttpAnswer
from kxsms.gateway.certificates import explain_bundle, trusted_certificates
from kxsms.gateway.failures import HeldBack, UnusableAnswer, explain, is_retryable, speaks_no_tls
from kxsms.gateway.proxies import proxies_for
from kxsms.gateway.request import GatewayRequest
from kxsms.language import tr

if TYPE_CHECKING:
    from kxsms.gateway.connection import GatewayAdapter, Route

MAX_REPLY = 64 * 1024 * 1024
"""Bytes of an answer, unpacked. A larger one is refused."""

_CHUNK = 64 * 1024
_HEADERS = {
    "User-Agent": f"kxsms/{__version__}",
    "Accept": "application/json, application/xml, text/xml, */*",
    "Accept-Encoding": "identity",
}
_FORM_HEADERS = _HEADERS | {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class NoHttpAnswer(Exception):
    """A request without a complete answer.

    `reason` says why, in one sentence. `written`: a byte of the request may have left. `no_tls`: the other
    side seems to speak no TLS. `is_retryable`: the cause may pass. `partial`: the part of the body that came.
    """

    def __init__(
        self, reason: str, *, written: bool, no_tls: bool, is_retryable: bool, partial: bytes
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.written = written
        self.no_tls = no_tls
        self.is_retryable = is_retryable
        self.partial = partial


class HttpTransport:
    """HTTP to one gateway, over at most `connections` connections that are kept. Any thread may use it.

    Time-outs are in seconds.
    """

    def __init__(self, connect_timeout: float, read_timeout: float, connections: int = 1) -> None:
        self._timeouts = (connect_timeout, read_timeout)
        self._connections = connections
        self._adapter: GatewayAdapter | None = None
        self._routes: dict[str, Route] = {}
        self._lock = threading.Lock()

    def exchange(self, request: GatewayRequest, may_leave: Callable[[], bool] = lambda: True) -> HttpAnswer:
        """Send a request once and return its answer.

        The read time-out is a deadline for all the headers together, and then for all of the body.

        Raise HeldBack where `may_leave` says no when the first byte is due, NoHttpAnswer if there is no
        complete answer, for any reason.
        """
        from kxsms.gateway.connection import DEPARTURE

        DEPARTURE.written, DEPARTURE.may_leave, body = False, may_leave, bytearray()
        try:
            return self._exchange(request, body)
        except HeldBack:
            raise
        except Exception as error:  # even after a defect the caller has to know what has left
            written = DEPARTURE.written
            limit = self._timeouts[1 if written else 0]
            is_secure = request.url.startswith("https:")
            bundle = explain_bundle() if is_secure and not written else None
            raise NoHttpAnswer(
                bundle or explain(error, urlsplit(request.url).netloc, limit, written=written),
                written=written,
                no_tls=is_secure and bundle is None and speaks_no_tls(error),
                is_retryable=bundle is None and is_retryable(error),
                partial=bytes(body),
            ) from None

    def disconnect(self) -> None:
        """Close the connections that are kept. Call it while no request is in flight."""
        with self._lock:
            adapter, self._adapter, self._routes = self._adapter, None, {}
        if adapter is not None:
            adapter.close()

    def _exchange(self, request: GatewayRequest, body: bytearray) -> HttpAnswer:
        """Send a request and read its answer, whose body goes into `body` as it comes."""
        address, mark, query = request.url.partition("?")
        route = self._route_to(address)
        response = route.pool.urlopen(
            request.method,
            route.target + mark + query,
            request.body,
            _HEADERS if request.body is None else _FORM_HEADERS,
            retries=False,
            redirect=False,
            assert_same_host=False,  # the target may be a whole URL, for a proxy
            timeout=route.timeout,
            preload_content=False,
        )
        try:
            _read(response, body)
        finally:
            response.close()
            response.release_conn()
        if not body and response.status == 200 and _looks_cut(response.headers):
            raise UnusableAnswer(tr("an empty answer, perhaps cut short"))
        headers = response.headers
        return HttpAnswer(response.status, headers.get("Content-Type", ""), bytes(body), headers.get("Date"))

    def _route_to(self, address: str) -> "Route":
        """Return the way to a URL without its query; it stays the same for as long as the process runs."""
        from kxsms.gateway.connection import GatewayAdapter

        with self._lock:
            route = self._routes.get(address)
            if route is None:
                if self._adapter is None:
                    self._adapter = GatewayAdapter(max_retries=0, pool_maxsize=self._connections)
                route = self._adapter.route(
                    address, trusted_certificates(), proxies_for(address), self._timeouts
                )
                self._routes[address] = route
            return route


def _read(response: Any, body: bytearray) -> None:
    """Append the body of an answer of urllib3 to `body` as it comes, unpacked.

    Raise UnusableAnswer if it is too large, or packed more than once.
    """
    is_packed = "Content-Encoding" in response.headers
    if "," in response.headers.get("Content-Encoding", ""):  # each layer may make a thousand bytes of one
        raise UnusableAnswer(tr("an answer that is packed more than once"))
    while chunk := response.read1(_CHUNK, decode_content=True):
        body += chunk
        if len(body) > MAX_REPLY:
            raise UnusableAnswer(tr("an answer of more than {size} MiB", size=MAX_REPLY // 2**20))
        if response.length_remaining == 0 and not is_packed:
            break


def _looks_cut(headers: Mapping[str, str]) -> bool:
    """Return whether an answer without a body may have lost it: cut within its headers, or packed and cut."""
    if "Content-Encoding" in headers:
        return True
    return headers.get("Content-Length") != "0" and headers.get("Transfer-Encoding", "").lower() != "chunked"
