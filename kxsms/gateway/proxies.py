"""The proxy on the way to a gateway, as the usual variables name it."""

import os
import re
from urllib.parse import unquote, urlsplit

from kxsms.domain.advice import INVALID_PROXY, SOCKS_PROXY
from kxsms.domain.profile import is_loopback
from kxsms.language import tr


class UnusableSetting(Exception):
    """A variable of the environment that kxsms cannot obey. The text is for people and holds no secret."""


def proxies_for(url: str) -> dict[str, str]:
    """Return the proxies that the usual variables name for a URL, by scheme; none for loopback.

    Raise UnusableSetting for one that cannot be used, without its credentials.
    """
    from requests.utils import get_environ_proxies, select_proxy

    if is_loopback(url):
        return {}
    proxies: dict[str, str] = get_environ_proxies(url)
    proxy = select_proxy(url, proxies)
    if proxy:
        _check(proxy, variable_of(proxy))
    # Without a scheme, requests would take the user for one.
    return {name: value if "://" in value else f"http://{value}" for name, value in proxies.items()}


def proxy_for(url: str) -> str | None:
    """Return the proxy on the way to a URL, or None. Raise as `proxies_for` does."""
    from requests.utils import select_proxy

    return select_proxy(url, proxies_for(url)) or None


def variable_of(proxy: str) -> str:
    """Return the name of the variable that names a proxy."""
    written = (proxy, proxy.removeprefix("http://"))
    variables = os.environ.items()
    names = (name for name, value in variables if value in written and name.lower().endswith("_proxy"))
    return next(names, tr("the proxy of this system"))


def _check(proxy: str, name: str) -> None:
    """Raise UnusableSetting for the URL of a proxy that is not one, or not of HTTP."""
    scheme, has_scheme, rest = proxy.partition("://")
    if has_scheme and scheme.lower().startswith("socks"):
        raise UnusableSetting(f"{name} {tr(SOCKS_PROXY)}")
    if has_scheme and scheme.lower() not in ("http", "https"):
        raise UnusableSetting(f"{name} {tr(INVALID_PROXY)}")
    authority = rest if has_scheme else proxy
    credentials, at, address = authority.rpartition("@")
    try:
        parts = urlsplit(f"http://{address}")
        is_usable = bool(parts.hostname) and parts.port != 0
        unquote(credentials).encode("latin-1")  # all that the header of HTTP can carry
    except ValueError:
        is_usable = False
    # Of an unescaped mark everything before it would be taken for the host.
    if not is_usable or (at and re.search(r"[/?#@\[\]\\\s\x00-\x1f]", credentials)):
        raise UnusableSetting(f"{name} {tr(INVALID_PROXY)}")
