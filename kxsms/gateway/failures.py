"""Says in words why no answer came."""

import os
import re
import socket
import ssl
import zlib
from http.client import BadStatusLine, HTTPException, IncompleteRead, LineTooLong, RemoteDisconnected

from kxsms.domain.advice import NO_CERTIFICATE, UNKNOWN_NAME
from kxsms.gateway.answers import describe
from kxsms.gateway.proxies import UnusableSetting
from kxsms.language import located, mark, tr

_TUNNEL = re.compile(r"Tunnel connection failed: ([0-9]{3})")
_TOO_MANY = 429

NO_HTTP = mark("does not answer in HTTP")


class UnusableAnswer(Exception):
    """An HTTP answer that kxsms does not take. The text is for people."""


class HeldBack(Exception):
    """A request that was not to leave any more when its first byte was due: nothing of it has left."""


def explain(error: BaseException, host: str, limit: float, *, written: bool) -> str:
    """Return one sentence, from the deepest cause that is known.

    The words are always those of kxsms: a library's own may hold the credentials of a proxy.
    `limit` is the time-out that applied, in seconds; `written`: a byte of the request may have left.
    """
    causes = _causes(error)
    own = next((cause for cause in causes if isinstance(cause, UnusableSetting | UnusableAnswer)), None)
    if own is not None:
        return str(own) if isinstance(own, UnusableSetting) else located(host, str(own))
    return _of_connection(causes, host) or _of_answer(causes, host, limit, written=written)


def _of_connection(causes: list[BaseException], host: str) -> str | None:
    """Return why there is no connection, or None if the causes do not say so."""
    from requests import exceptions as outer
    from urllib3 import exceptions as inner

    if _among(causes, outer.ProxyError, inner.ProxyError):
        host = tr("the proxy on the way to {host}", host=host)
    status = _tunnel_status(causes)
    if status is not None:
        return tr("{host} refused the tunnel: {status}", host=host, status=describe(status))
    certificate = next((c for c in causes if isinstance(c, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        return located(f"{host} {tr(NO_CERTIFICATE)}", certificate.verify_message)
    if _among(causes, ssl.SSLError, inner.SSLError):
        return tr("no TLS connection to {host}: {reason}", host=host, reason=_tls_reason(causes))
    if _among(causes, socket.gaierror, inner.NameResolutionError):
        return tr("the name of {host} {unknown_name}", host=host, unknown_name=tr(UNKNOWN_NAME))
    if _among(causes, ConnectionRefusedError):
        return tr("{host} refused the connection", host=host)
    return None


def _of_answer(causes: list[BaseException], host: str, limit: float, *, written: bool) -> str:
    """Return why there is no whole answer; for an unknown cause its type."""
    from requests import exceptions as outer
    from urllib3 import exceptions as inner

    if _among(causes, outer.ProxyError, inner.ProxyError):
        host = tr("the proxy on the way to {host}", host=host)
    if _among(causes, inner.TimeoutError, outer.Timeout, TimeoutError):
        if written:
            return tr("{host} gave no whole answer within {limit:g} s", host=host, limit=limit)
        return tr("no connection to {host} within {limit:g} s", host=host, limit=limit)
    if _among(causes, RemoteDisconnected):
        return tr("{host} closed the connection without an answer", host=host)
    bad = next((cause for cause in causes if isinstance(cause, BadStatusLine)), None)
    if bad is not None:
        return located(f"{host} {tr(NO_HTTP)}", str(bad.args[0]).strip())
    if _among(causes, IncompleteRead, inner.IncompleteRead, inner.InvalidChunkLength):
        return tr("{host} broke off in the middle of its answer", host=host)
    if _among(causes, ConnectionResetError, BrokenPipeError, ConnectionAbortedError):
        return tr("{host} cut the connection", host=host)
    if _among(causes, inner.DecodeError, zlib.error):
        return tr("{host} gave an answer that cannot be unpacked", host=host)
    if _among(causes, inner.LocationParseError, inner.LocationValueError, outer.InvalidURL, UnicodeError):
        return located(host, tr("the address is not valid"))
    if _among(causes, LineTooLong):
        return tr("{host} sent a header line that is too long", host=host)
    if any(type(cause) is HTTPException and "100 headers" in str(cause) for cause in causes):
        return tr("{host} sent more than 100 headers", host=host)
    if _among(causes, HTTPException):
        return tr("{host} does not answer in proper HTTP ({name})", host=host, name=type(causes[-1]).__name__)
    system = next((cause for cause in causes if type(cause) is OSError and cause.errno), None)
    if isinstance(system, OSError):
        return tr("no connection to {host}: {reason}", host=host, reason=tr(os.strerror(system.errno or 0)))
    return located(host, type(causes[-1]).__name__)


def _among(causes: list[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _tunnel_status(causes: list[BaseException]) -> int | None:
    """Return the HTTP status with which a proxy refused a CONNECT, if it did."""
    found = (_TUNNEL.search(str(cause)) for cause in causes if isinstance(cause, OSError))
    return next((int(match[1]) for match in found if match), None)


def _tls_reason(causes: list[BaseException]) -> str:
    """Return OpenSSL's name for the reason, in words, or the type of the error."""
    found = [cause for cause in causes if isinstance(cause, ssl.SSLError)]
    reason = found[-1].reason if found else None
    return reason.replace("_", " ").lower() if reason else type((found or causes)[-1]).__name__


def speaks_no_tls(error: BaseException) -> bool:
    """Return whether the other side refused TLS or answered it with something else.

    An invalid certificate is TLS all the same.
    """
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return False
    return any(isinstance(cause, ssl.SSLError | ConnectionRefusedError) for cause in causes)


def is_retryable(error: BaseException) -> bool:
    """Return whether the cause of a failed connection may pass.

    An invalid certificate, a setting that cannot be used and a proxy's refusal do not.
    """
    causes = _causes(error)
    if _among(causes, ssl.SSLCertVerificationError, UnusableSetting):
        return False
    status = _tunnel_status(causes)
    return status is None or status == _TOO_MANY or not 400 <= status < 500


def _causes(error: BaseException) -> list[BaseException]:
    """Return the error and its causes, the deepest last. urllib3 keeps causes in `reason` and in `args`."""
    causes: list[BaseException] = []
    pending: list[object] = [error]
    while pending:
        cause = pending.pop(0)
        if isinstance(cause, BaseException) and not any(cause is known for known in causes):
            causes.append(cause)
            pending += [getattr(cause, "reason", None), *cause.args, cause.__cause__]
    return causes
