"""Builds the requests of the protocol, and sends none."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from kxsms.compat import override
from kxsms.domain.content import InvalidContent
from kxsms.domain.plan import MAX_NUMBERS
from kxsms.domain.product import Operation, Product, WireFormat
from kxsms.domain.profile import Profile
from kxsms.domain.secret import Masker
from kxsms.language import tr

_MAX_GET_URL = 1_999
"""Bytes in the URL of a GET: something on the way may cut a URL of 2,000."""


@dataclass(frozen=True)
class GatewayRequest:
    """One HTTP request. The token is in its URL or its body, so its repr is the masked form."""

    method: str
    url: str
    body: bytes | None
    token: str = field(repr=False)

    def masked(self) -> str:
        """Return the request in one line, as `-v` shows it, without the token."""
        body = "" if self.body is None else f" {self.body.decode('ascii')}"
        return Masker(self.token).text(f"{self.method} {self.url}{body}")

    @override
    def __repr__(self) -> str:
        return f"GatewayRequest({self.masked()!r})"


def build(
    profile: Profile,
    product: Product,
    operation: Operation,
    wire_format: WireFormat,
    parameters: Sequence[tuple[str, str]] = (),
) -> GatewayRequest:
    """Return one request: POST with a form or, if the profile says so, GET with a query string.

    The names and places of the parameters are those of the vendor's API page and SDK. The SDK sends no `type`
    with QueryMo; kxsms sends it with every operation.
    """
    pairs = [
        ("account", profile.account or ""),
        ("token", profile.token or ""),
        *parameters,
        (profile.format_parameter, wire_format.value),
    ]
    url = f"{profile.base_url}/{product.path}/{operation}"
    form = urlencode(pairs)
    token = profile.token or ""
    if profile.method == "GET":
        return GatewayRequest("GET", f"{url}?{form}", None, token)
    return GatewayRequest("POST", url, form.encode("ascii"), token)


def build_send(
    profile: Profile,
    product: Product,
    wire_format: WireFormat,
    mobiles: str,
    content: str,
    extno: str | None,
) -> GatewayRequest:
    """Return the request that sends one text to at most `capacity` numbers, joined by commas."""
    parameters = [("mobile", mobiles), ("content", content)]
    if extno:
        parameters.append(("extno", extno))
    return build(profile, product, Operation.SEND, wire_format, parameters)


def capacity(profile: Profile, product: Product, content: str, extno: str | None) -> int:
    """Return how many numbers one Send request may name.

    2,500 according to the vendor's API page, but no more than fit into the URL of a GET.

    Raise InvalidContent if not even one fits.
    """
    if profile.method != "GET":
        return MAX_NUMBERS
    one, two = (
        len(build_send(profile, product, WireFormat.JSON, ",".join(["1" * 11] * count), content, extno).url)
        for count in (1, 2)
    )
    if one > _MAX_GET_URL:
        raise InvalidContent(
            tr(
                "the text makes the URL {length:,} bytes long; the profile's method GET allows {most:,}",
                length=one,
                most=_MAX_GET_URL,
            )
        )
    return min(MAX_NUMBERS, 1 + (_MAX_GET_URL - one) // (two - one))
