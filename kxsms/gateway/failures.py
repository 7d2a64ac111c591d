"""Says in words why no answer came."""

import re
import socket
import ssl
from http.client import BadStatusLine, IncompleteRead, RemoteDisconnected

_LASTING = re.compile(r"CA certificate bundle|Tunnel connection failed: 4(?!29)")
"""In the text of an error whose cause does not pass: a missing file, a proxy's refusal."""


def explain(error: BaseException, host: str, limit: float, *, written: bool) -> str:
    """Return one sentence, from the deepest cause that is known.

    `limit` is the time-out that applied, in seconds; `written`: a byte of the request may have left.
    """
    from requests import exceptions as outer
    from urllib3 import exceptions as inner

    causes = _causes(error)

    def among(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if _is_socks(error):
        return "kxsms cannot use a SOCKS proxy: unset ALL_PROXY, or set it to an http:// proxy"
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
    """Return whether the other side refused TLS or answered it with something else.

    An invalid certificate is TLS all the same.
    """
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return False
    return any(isinstance(cause, ssl.SSLError | ConnectionRefusedError) for cause in causes)


def is_retryable(error: BaseException) -> bool:
    """Return whether the cause of a failed connection may pass.

    An invalid certificate, a missing file of certificates and a proxy's refusal do not.
    """
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
        return False
    return not _is_socks(error) and _LASTING.search(str(error)) is None


def _is_socks(error: BaseException) -> bool:
    """Return whether requests refused a SOCKS proxy."""
    from requests.exceptions import InvalidSchema

    return isinstance(error, InvalidSchema) and "SOCKS" in str(error)


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


def _deepest(causes: list[BaseException], kind: type[BaseException]) -> str:
    """Return the text of the deepest cause of a kind, or else of the deepest of all."""
    found = [cause for cause in causes if isinstance(cause, kind)]
    text = getattr(found[-1], "reason", None) if found else None
    return str(text or (found[-1] if found else causes[-1])).replace("_", " ").lower()
