"""Hints for failures that kxsms has named, found by its words, which the ledger keeps."""

import re

from kxsms.language import mark, tr

NO_CERTIFICATE = mark("has no valid TLS certificate")
BAD_BUNDLE = mark("names no usable certificates")
UNKNOWN_NAME = mark("is not known (DNS)")
SOCKS_PROXY = mark("names a SOCKS proxy, which kxsms cannot use")
INVALID_PROXY = mark("names no valid HTTP proxy")


_WRONG_NAME = re.compile(r"hostname mismatch|ip address mismatch", re.I)
_WRONG_TIME = re.compile(r"expired|not yet valid", re.I)
_STATUS = re.compile(r"HTTP ([0-9]{3})\b")
_PASSING = (408, 425, 429)


def advice_for(reason: str | None) -> str | None:
    """Return the advice for a failure, or None where only another try may help."""
    reason = reason or ""
    if tr(NO_CERTIFICATE) in reason:
        return _of_certificate(reason)
    if tr(BAD_BUNDLE) in reason:
        return tr("correct or unset that variable")
    if tr(SOCKS_PROXY) in reason:
        return tr("unset that variable, or name an http:// proxy")
    if tr(INVALID_PROXY) in reason:
        return tr(
            "use the form http://HOST:PORT; in credentials before HOST, write # as %23, / as %2F,"
            " ? as %3F and @ as %40"
        )
    if tr(UNKNOWN_NAME) in reason:
        return tr("check the network, the proxy variables (such as HTTPS_PROXY) and base_url")
    status = _STATUS.search(reason)
    if status is None or int(status[1]) in _PASSING or int(status[1]) >= 500:
        return None
    if int(status[1]) == 407:
        return tr("check the credentials in the proxy variable, HTTPS_PROXY, HTTP_PROXY or ALL_PROXY")
    return tr("check base_url")


def _of_certificate(reason: str) -> str:
    if _WRONG_NAME.search(reason):
        return tr("check base_url")
    if _WRONG_TIME.search(reason):
        return tr("check the clock of this machine and the certificate of the gateway")
    return tr(
        "set SSL_CERT_FILE or REQUESTS_CA_BUNDLE to a file with the certificates to trust,"
        " such as those of your company's proxy"
    )


def with_retry(reason: str | None, again: str) -> str:
    """Return the hint for a failure: what to do first, if that is known, and then how to try again."""
    advice = advice_for(reason)
    return again if advice is None else tr("{advice}, then {again}", advice=advice, again=again)
