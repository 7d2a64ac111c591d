"""The way to a gateway, looked at step by step: the proxy, DNS, TCP, TLS. Nothing of the account leaves.

Loaded for `kxsms doctor` alone: requests takes a tenth of a second to import.
"""

import socket
import ssl
import time
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.util.ssl_ import create_urllib3_context

from kxsms.domain.advice import advice_for
from kxsms.domain.health import Finding, skipped
from kxsms.domain.profile import is_loopback
from kxsms.domain.secret import without_credentials
from kxsms.domain.words import counted
from kxsms.gateway.certificates import explain_bundle, trusted_certificates
from kxsms.gateway.failures import explain
from kxsms.gateway.proxies import UnusableSetting, proxy_for, variable_of
from kxsms.language import joined, tr

_DAY = 86_400
_FEW_DAYS = 3
"""A certificate that is renewed in time has more days left than that."""
_MOST_ADDRESSES = 3
_PORTS = {"http": 80, "https": 443}


class GatewayExamination:
    """The way to one gateway. Each look follows the one before; the end of `with` closes the connection.

    `connect_timeout` is in seconds. `broken` is the name of the first step that failed, None while all work.
    """

    def __init__(self, base_url: str, connect_timeout: float) -> None:
        self._url = base_url
        self._timeout = connect_timeout
        self._host, self._port = _address_of(base_url)
        self._proxy: str | None = None
        self._socket: socket.socket | None = None
        self._resources = ExitStack()
        self.broken: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def proxy(self) -> Finding:
        """Find the proxy, if there is one, and check that its variable can be obeyed."""
        try:
            self._proxy = proxy_for(self._url)
        except UnusableSetting as problem:
            return self._failure("proxy", problem, self._host)
        if self._proxy is None:
            return Finding(None, tr("none is used"))
        return Finding(
            True,
            tr(
                "{proxy}, from {variable}",
                proxy=without_credentials(self._proxy),
                variable=variable_of(self._proxy),
            ),
        )

    def dns(self) -> Finding:
        """Look up the name of the gateway, or of the proxy: a proxy looks up that of the gateway."""
        if self.broken:
            return skipped(self.broken)
        host, port = self._next_address()
        try:
            ip_address(host)
        except ValueError:
            pass
        else:
            return Finding(None, tr("{host} needs no name", host=host))
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            return self._failure("dns", error, host)
        addresses = list(dict.fromkeys(str(address[4][0]) for address in found))
        more = len(addresses) - _MOST_ADDRESSES
        shown = joined(addresses[:_MOST_ADDRESSES]) + (tr(" and {more} more", more=more) if more > 0 else "")
        return Finding(True, tr("{host} is {shown}", host=host, shown=shown))

    def tcp(self) -> Finding:
        """Connect to the gateway, or to the proxy."""
        if self.broken:
            return skipped(self.broken)
        host, port = self._next_address()
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            self._socket = socket.create_connection((host, port), self._timeout)
        except (OSError, UnicodeError) as error:
            return self._failure("tcp", error, address, tr("check the network, a firewall, and base_url"))
        self._resources.enter_context(self._socket)
        return Finding(
            True,
            tr("connected to the proxy {address}", address=address)
            if self._proxy
            else tr("connected to {address}", address=address),
        )

    def tls(self) -> Finding:
        """Shake hands as a request does, through the proxy if there is one, and look at the certificate."""
        if self.broken:
            return skipped(self.broken)
        if self._url.startswith("http:"):
            return self._plain()
        if self._proxy is not None and self._proxy.startswith("https:"):
            return Finding(None, tr("not examined inside the TLS of a proxy"))
        bundle = explain_bundle()
        if bundle is not None:
            self.broken = "tls"
            return Finding(False, bundle, advice_for(bundle))
        try:
            if self._proxy is not None:
                self._socket = self._tunnel(self._proxy)
        except (OSError, HTTPException) as error:
            return self._failure("tls", error, tr("the proxy on the way to {host}", host=self._host))
        assert self._socket is not None
        try:
            secure = _context().wrap_socket(self._socket, server_hostname=self._host.rstrip("."))
        except (OSError, ValueError) as error:
            return self._failure("tls", error, urlsplit(self._url).netloc, tr("check base_url"))
        self._resources.enter_context(secure)
        return _of_certificate(secure)

    def _next_address(self) -> tuple[str, int]:
        return _address_of(self._proxy) if self._proxy else (self._host, self._port)

    def _plain(self) -> Finding:
        if is_loopback(self._url):
            return Finding(None, tr("plain HTTP, which does not leave this machine"))
        return Finding(
            None,
            tr(
                "{url} is not encrypted: anyone on the network path can read account, token and texts",
                url=self._url,
            ),
            tr("use https:// if the gateway supports it"),
        )

    def _tunnel(self, proxy: str) -> socket.socket:
        """Return a socket to the gateway through a proxy. Raise OSError or HTTPException."""
        host, port = _address_of(proxy)
        connection = HTTPConnection(host, port, timeout=self._timeout)
        self._resources.callback(connection.close)
        connection.set_tunnel(self._host, self._port, HTTPAdapter().proxy_headers(proxy))
        connection.connect()
        tunnel: socket.socket = connection.sock
        return tunnel

    def _failure(self, step: str, error: Exception, host: str, hint: str | None = None) -> Finding:
        self.broken = step
        reason = explain(error, host, self._timeout, written=False)
        return Finding(False, reason, advice_for(reason) or hint)


def _address_of(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 443)


def _context() -> ssl.SSLContext:
    """Return a context that trusts the certificates that requests trusts. Raise OSError."""
    file, directories = trusted_certificates()
    context = create_urllib3_context()
    context.load_verify_locations(file or (None if directories else DEFAULT_CA_BUNDLE_PATH), directories)
    return context


def _of_certificate(secure: ssl.SSLSocket) -> Finding:
    """Return the issuer of a certificate that is valid now, and the days that it is still valid for."""
    certificate = secure.getpeercert() or {}
    parts: Any = certificate.get("issuer", ())
    issuer = dict(pair for pairs in parts for pair in pairs)
    names = [issuer[key] for key in ("organizationName", "commonName") if key in issuer]
    end = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    days = int((end - time.time()) // _DAY)
    day = time.strftime("%Y-%m-%d", time.gmtime(end))
    detail = tr(
        "{version}, certificate of {issuer}, valid for {days}, until {day}",
        version=secure.version(),
        issuer=" / ".join(names) or tr("an issuer without a name"),
        days=counted(days, "more day"),
        day=day,
    )
    if days < _FEW_DAYS:
        return Finding(False, detail, tr("ask the vendor to renew the gateway's certificate"))
    return Finding(True, detail)
