"""Says in words why no answer came."""

import re
import socket
import ssl
from http.client import BadStatusLine, IncompleteRead, RemoteDisconnected

_LASTING = re.compile(r"SOCKS|CA certificate bundle|Tunnel connection failed: 4(?!29)")


def explain(error: BaseException, host: str, limit: float, *, written: bool) -> str:
    """One sentence, from the deepest cause that is understood.

    `limit` is the time-out that held, in seconds; `written`: some of the request may have left.
    """
    from requests import exceptions as outer
    from urllib3 import exceptions as inner

    causes = _causes(error)
    kinds = tuple(type(cause) for cause in causes)

    def among(*types: type[BaseException]) -> bool:
        return any(issubclass(kind, types) for kind in kinds)

    if "SOCKS" in str(error):
        return "a SOCKS proxy cannot be used: unset ALL_PROXY, or let it name an http:// proxy"
    if among(outer.ProxyError, inner.ProxyError):
        host = f"the proxy on the way to {host}"
    certificate = next((c for c in causes if isinstance(c, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        return f"{host} has no valid TLS certificate: {certificate.verify_message}"
    if among(ssl.SSLError, inner.SSLError):
        return f"no TLS connection to {host}: {_deepest(causes, ssl.SSLError)}"
    if among(socket.gaierror, inner.NameResolutionError):
        return f"the name of {host} is not known (DNS)"
    if among(ConnectionRefusedError):
        return f"{host} refused the connection"
    if among(inner.TimeoutError, outer.Timeout, TimeoutError):
        what = f"{host} gave no whole answer" if written else f"no connection to {host}"
        return f"{what} within {limit:g} s"
    if among(RemoteDisconnected):
        return f"{host} closed the connection without an answer"
    if among(BadStatusLine):
        return f"{host} does not answer in HTTP: {str(causes[-1]).strip()}"
    if among(IncompleteRead, inner.IncompleteRead):
        return f"{host} broke off in the middle of its answer"
    if among(ConnectionResetError, BrokenPipeError, ConnectionAbortedError):
        return f"{host} cut the connection"
    return f"{host}: {causes[-1]}"


def speaks_no_tls(error: BaseException) -> bool:
    """Whether the other side refused TLS or answered it with something else: no bad certificate, no DNS."""
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return False
    return any(isinstance(cause, ssl.SSLError | ConnectionRefusedError) for cause in causes)


def may_pass(error: BaseException) -> bool:
    """Whether a connection that failed is worth another try by itself: not where the certificate is wrong, or
    the proxy says no."""
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
        return False
    return _LASTING.search(str(error)) is None


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what is behind it, the deepest last. urllib3 keeps causes in `reason` and in `args`."""
    causes: list[BaseException] = []
    pending: list[object] = [error]
    while pending:
        cause = pending.pop(0)
        if isinstance(cause, BaseException) and not any(cause is known for known in causes):
            causes.append(cause)
            pending += [getattr(cause, "reason", None), *cause.args, cause.__cause__]
    return causes


def _deepest(causes: list[BaseException], kind: type[BaseException]) -> str:
    found = [cause for cause in causes if isinstance(cause, kind)]
    text = getattr(found[-1], "reason", None) if found else None
    return str(text or (found[-1] if found else causes[-1])).replace("_", " ").lower()
