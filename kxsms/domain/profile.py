"""A profile: an account, and the way in which its gateway is called."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kxsms.domain.product import Product, TemplatePolicy
from kxsms.language import tr

if TYPE_CHECKING:
    from decimal import Decimal

    from kxsms.domain.cap import Cap
    from kxsms.domain.window import Window

DEFAULT_BASE_URL = "https://apis.kx-ytx.com"
"""Source: the vendor's pages, which print http and say that HTTPS is supported."""

OPT_OUT_KEYWORDS = ("R", "T", "TD", "N", "退订", "拒收", "取消", "回R", "回T", "回TD", "回N", "回退订")
"""Replies that opt out. Source: public notices of carriers and vendors, which ask for one of these."""

_LOOPBACK = r"127(?:\.[0-9]{1,3}){1,3}"


@dataclass(frozen=True)
class Profile:
    """A checked `[profiles.NAME]` of the config, with the defaults of its keys.

    `name` is None if the credentials come from the environment alone. The token is never in the repr.
    Times are in seconds, `rate` in requests per second (0: no limit), `daily_limit` in billed messages. The
    tables `window`, `cap`, `price` and `templates` are by product. `fetch_replies` None: if this ledger has
    fetched some before.
    """

    name: str | None = None
    account: str | None = None
    token: str | None = field(default=None, repr=False)
    token_command: str | None = field(default=None, repr=False)
    product: Product = Product.SMS
    signature: str | None = None
    base_url: str = DEFAULT_BASE_URL
    method: str = "POST"
    format_parameter: str = "type"
    extno: str | None = None
    rate: int = 50
    concurrency: int = 16
    connect_timeout: float = 10.0
    read_timeout: float = 50.0
    throttle_codes: frozenset[str] = frozenset()
    timezone: str = "Asia/Shanghai"
    empty_codes: frozenset[str] = frozenset()
    exclusive: bool = False
    opt_out: bool = True
    opt_out_keywords: tuple[str, ...] = OPT_OUT_KEYWORDS
    fetch_replies: bool | None = None
    window: "Mapping[str, Window]" = field(default_factory=dict)
    cap: "Mapping[str, Cap]" = field(default_factory=dict)
    price: "Mapping[str, Decimal]" = field(default_factory=dict)
    daily_limit: int | None = None
    codes: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    template_policy: str | None = None

    @property
    def approved_templates(self) -> tuple[str, ...]:
        """Return the approved templates of the product in use; none if texts are not checked."""
        return () if self.template_policy == TemplatePolicy.OFF else self.templates.get(self.product, ())

    @property
    def message_price(self) -> "Decimal | None":
        """Return the price of a billed message of the product in use, or None if the profile has none."""
        return self.price.get(self.product)

    @property
    def origin(self) -> str:
        """Return the origin of the gateway: see `origin_of`."""
        return origin_of(self.base_url)

    @property
    def on_loopback(self) -> bool:
        """Return whether the gateway runs on this machine."""
        return is_loopback(self.base_url)

    @property
    def warning(self) -> tuple[str, str] | None:
        """Return a warning, and its hint, if the gateway gets the token over the network without TLS."""
        if self.on_loopback or not self.base_url.startswith("http://"):
            return None
        return (
            tr(
                "{url} is not encrypted: anyone on the network path can read account, token and texts",
                url=self.base_url,
            ),
            tr("use https:// if the gateway supports it"),
        )


def origin_of(url: str) -> str:
    """Return the host and the port of a URL, by which two gateways differ.

    The scheme does not count, so that a gateway stays the same when its profile changes to https. The default
    port of the scheme is left out.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower().rstrip(".")
    host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return host if parts.port in (None, default) else f"{host}:{parts.port}"


def is_loopback(url: str) -> bool:
    """Return whether the host of a URL is this machine."""
    return is_loopback_host(urlsplit(url).hostname or "")


def is_loopback_host(host: str) -> bool:
    """Return whether a name or an address, in small letters, is that of this machine."""
    return host in ("localhost", "::1") or re.fullmatch(_LOOPBACK, host) is not None
