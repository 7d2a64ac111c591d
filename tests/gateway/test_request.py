"""The bytes of a request, as the vendor's API page and SDK have them."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from kxsms.domain.content import InvalidContent
from kxsms.domain.product import Operation, Product, WireFormat
from kxsms.domain.profile import Profile
from kxsms.gateway.request import GatewayRequest, build, build_send, capacity

ACCOUNT, TOKEN = "12345", "s3cret+token/with=signs & %"
ENCODED_TOKEN = "s3cret%2Btoken%2Fwith%3Dsigns+%26+%25"
BASE = "https://apis.kx-ytx.com"
PATHS = {Product.SMS: "SMS", Product.VIP: "VIP", Product.VOICE: "Voice", Product.MMS: "MMS"}
OPERATIONS = ("Send", "QueryBalance", "QueryReport", "QueryMo")

POST = Profile(account=ACCOUNT, token=TOKEN)
GET = Profile(account=ACCOUNT, token=TOKEN, method="GET")


def send(profile: Profile, mobiles: list[str], content: str, extno: str | None = None) -> GatewayRequest:
    return build_send(profile, Product.SMS, WireFormat.JSON, ",".join(mobiles), content, extno)


@pytest.mark.parametrize("product", Product)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_post_sends_a_form_to_the_address_of_product_and_operation(product: Product, operation: str) -> None:
    for wire_format, number in ((WireFormat.JSON, "0"), (WireFormat.XML, "1")):
        request = build(POST, product, Operation(operation), wire_format)
        assert request.method == "POST"
        assert request.url == f"{BASE}/{PATHS[product]}/{operation}"
        assert request.body == f"account=12345&token={ENCODED_TOKEN}&type={number}".encode()


@pytest.mark.parametrize("product", Product)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_get_puts_the_same_parameters_into_the_url_and_nothing_into_the_body(
    product: Product, operation: str
) -> None:
    for wire_format, number in ((WireFormat.JSON, "0"), (WireFormat.XML, "1")):
        request = build(GET, product, Operation(operation), wire_format)
        address = f"{BASE}/{PATHS[product]}/{operation}"
        assert request.url == f"{address}?account=12345&token={ENCODED_TOKEN}&type={number}"
        assert request.method == "GET"
        assert request.body is None


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_profiles_format_parameter_replaces_type(method: str) -> None:
    profile = Profile(account="a", token="t", method=method, format_parameter="responseType")
    request = build(profile, Product.SMS, Operation.QUERY_MO, WireFormat.XML)
    sent = request.body.decode() if request.body is not None else urlsplit(request.url).query
    assert sent == "account=a&token=t&responseType=1"


@pytest.mark.parametrize(
    ("content", "encoded"),
    [
        ("【科迅】", "%E3%80%90%E7%A7%91%E8%BF%85%E3%80%91"),
        ("a&b", "a%26b"),
        ("1+1", "1%2B1"),
        ("a=b", "a%3Db"),
        ("100%", "100%25"),
        ("%E3%80%90", "%25E3%2580%2590"),
        ("a b", "a+b"),
        ("😀", "%F0%9F%98%80"),
        ("a\r\nb", "a%0D%0Ab"),
        ("#?;/", "%23%3F%3B%2F"),
    ],
)
def test_a_text_is_url_encoded_once_as_utf_8(content: str, encoded: str) -> None:
    body = send(POST, ["13812345678"], content).body
    assert body == (
        f"account=12345&token={ENCODED_TOKEN}&mobile=13812345678&content={encoded}&type=0".encode()
    )
    url = send(GET, ["13812345678"], content).url
    assert url.endswith(f"&mobile=13812345678&content={encoded}&type=0")


@pytest.mark.parametrize("profile", [POST, GET])
def test_several_numbers_are_joined_by_an_ascii_comma(profile: Profile) -> None:
    request = send(profile, ["13812345678", "13912345678", "15012345678"], "x")
    form = request.body.decode() if request.body is not None else urlsplit(request.url).query
    assert dict(parse_qsl(form, strict_parsing=True))["mobile"] == "13812345678,13912345678,15012345678"


def test_only_a_given_extension_number_is_sent() -> None:
    assert b"&extno=007&" in (send(POST, ["13812345678"], "x", "007").body or b"")
    assert b"extno" not in (send(POST, ["13812345678"], "x", None).body or b"")
    assert b"extno" not in (send(POST, ["13812345678"], "x", "").body or b"")


def test_a_base_url_keeps_its_path_and_plain_http() -> None:
    profile = Profile(account="a", token="t", base_url="http://127.0.0.1:8080/api")
    request = build(profile, Product.VIP, Operation.SEND, WireFormat.JSON)
    assert request.url == "http://127.0.0.1:8080/api/VIP/Send"


def test_a_post_takes_2500_numbers_whatever_the_text() -> None:
    assert capacity(POST, Product.SMS, "好" * 450, "123") == 2_500


@pytest.mark.parametrize(
    "content", ["x", "【科迅云通讯】您的验证码为:65544,如非本人操作,请忽略。", "好" * 150]
)
@pytest.mark.parametrize("extno", [None, "123456"])
@pytest.mark.parametrize("wire_format", WireFormat)
def test_a_get_takes_as_many_numbers_as_keep_its_url_under_2000_bytes(
    content: str, extno: str | None, wire_format: WireFormat
) -> None:
    count = capacity(GET, Product.VOICE, content, extno)
    mobiles = ["13812345678"] * (count + 1)
    fits = build_send(GET, Product.VOICE, wire_format, ",".join(mobiles[:-1]), content, extno)
    over = build_send(GET, Product.VOICE, wire_format, ",".join(mobiles), content, extno)
    assert count >= 1
    assert len(fits.url.encode()) < 2_000 <= len(over.url.encode())


def test_a_get_whose_text_alone_fills_the_url_is_refused() -> None:
    with pytest.raises(InvalidContent, match="GET"):
        capacity(GET, Product.SMS, "好" * 250, None)


@pytest.mark.parametrize("profile", [POST, GET])
def test_no_form_of_the_token_is_ever_shown(profile: Profile) -> None:
    request = send(profile, ["13812345678"], f"the token is {TOKEN}")
    for shown in (request.masked(), repr(request), str(request), f"{request}", repr([request])):
        assert TOKEN not in shown
        assert ENCODED_TOKEN not in shown
        assert "s3cret" not in shown
        assert "account=12345" in shown
        assert "mobile=13812345678" in shown


def test_a_profile_never_shows_its_token() -> None:
    shown = repr(Profile(account=ACCOUNT, token=TOKEN, token_command="pass show s3cret"))
    assert "s3cret" not in shown


@pytest.mark.parametrize("token", [None, ""])
def test_a_request_without_a_token_is_shown_unmasked(token: str | None) -> None:
    request = build(Profile(account="1", token=token), Product.SMS, Operation.SEND, WireFormat.JSON)
    assert request.masked() == f"POST {BASE}/SMS/Send account=1&token=&type=0"
