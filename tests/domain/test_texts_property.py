"""Any text is billed correctly, and arrives as it was written."""

from urllib.parse import parse_qsl, urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st

from kxsms.domain.content import (
    InvalidContent,
    PlainTexts,
    has_signature,
    plain_texts,
    segments,
    sign,
    signed_and_checked,
)
from kxsms.domain.encoding import decode
from kxsms.domain.product import Product, WireFormat
from kxsms.domain.profile import Profile
from kxsms.domain.values import without_start
from kxsms.gateway.request import build_send, capacity

TEXTS = st.text(max_size=500) | st.text("a好😀&=+% 【】", max_size=500)
TOKENS = st.text("abcXYZ019+/=%& é密😀", min_size=8, max_size=40)
_PLAIN = st.text("a好😀【】", max_size=12) | st.sampled_from(["【好】a", "a"])
_SPECIAL = st.text("a【】 \0\n\ud800", max_size=6) | st.integers(60, 460).map("【好】a".ljust)
FORMATS = st.sampled_from(WireFormat)
PRODUCTS = st.sampled_from(Product)


@settings(deadline=None, max_examples=40)
@given(TEXTS, TEXTS)
def test_a_longer_text_is_never_billed_less(text: str, more: str) -> None:
    assert 1 <= segments(text) <= segments(text + more)


@settings(deadline=None, max_examples=40)
@given(TEXTS)
def test_billed_parts_hold_the_text_and_none_is_empty(text: str) -> None:
    units = sum(2 if ord(character) > 0xFFFF else 1 for character in text)
    parts = segments(text)
    if parts == 1:
        assert units <= 70
    else:
        assert units > 70
        assert 67 * (parts - 1) < units <= 67 * parts


@settings(deadline=None, max_examples=40)
@given(TEXTS, st.text(min_size=1, max_size=20))
def test_signing_twice_is_signing_once(text: str, name: str) -> None:
    try:
        signed = sign(text, name)
    except InvalidContent:
        return
    assert has_signature(signed)
    assert signed.endswith(without_start(text) if has_signature(without_start(text)) else text)
    assert sign(signed, name) == signed


@settings(deadline=None, max_examples=40)
@given(TEXTS)
def test_a_text_survives_a_file_in_utf_8(text: str) -> None:
    assert decode(b"\xef\xbb\xbf" + text.encode()) == text
    assert decode("提交成功，".encode("gb18030") + text.encode("gb18030")) == "提交成功，" + text


@settings(deadline=None, max_examples=40)
@given(
    st.text(max_size=20),
    TOKENS,
    TEXTS,
    st.lists(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), min_size=1, max_size=20),
    st.sampled_from([None, "1", "007"]),
    st.sampled_from(["type", "responseType"]),
    st.sampled_from(["POST", "GET"]),
    FORMATS,
    PRODUCTS,
)
def test_a_request_contains_exactly_its_parameters(
    account: str,
    token: str,
    text: str,
    mobiles: list[str],
    extno: str | None,
    parameter: str,
    method: str,
    wire_format: WireFormat,
    product: Product,
) -> None:
    profile = Profile(account=account, token=token, method=method, format_parameter=parameter)
    request = build_send(profile, product, wire_format, ",".join(mobiles), text, extno)
    sent = request.body.decode("ascii") if request.body is not None else urlsplit(request.url).query
    given_pairs = [
        ("account", account),
        ("token", token),
        ("mobile", ",".join(mobiles)),
        ("content", text),
        *([("extno", extno)] if extno else []),
        (parameter, wire_format.value),
    ]
    assert parse_qsl(sent, keep_blank_values=True, strict_parsing=True, errors="strict") == given_pairs
    assert request.url.isascii()
    assert token not in request.masked()
    assert token not in repr(request)
    assert sent not in request.masked()


@settings(deadline=None, max_examples=40)
@given(st.text("a好😀& ", max_size=300), st.sampled_from([None, "123456"]), FORMATS, PRODUCTS)
def test_a_get_names_as_many_numbers_as_fit_into_its_url(
    text: str, extno: str | None, wire_format: WireFormat, product: Product
) -> None:
    profile = Profile(account="12345", token="s3cret+", method="GET")

    def length(count: int) -> int:
        mobiles = ["13812345678"] * count
        return len(build_send(profile, product, wire_format, ",".join(mobiles), text, extno).url.encode())

    try:
        count = capacity(profile, product, text, extno)
    except InvalidContent:
        assert length(1) >= 2_000
    else:
        assert length(count) < 2_000 <= length(count + 1)


@settings(deadline=None, max_examples=300)
@given(st.lists(_PLAIN | _SPECIAL, max_size=4), st.sampled_from([None, "科", " 【迅】 "]))
def test_many_texts_are_signed_and_billed_as_each_by_itself(texts: list[str], signature: str | None) -> None:
    plain = plain_texts(texts, signature)
    if plain is None:
        return
    assert plain.texts == [signed_and_checked(text, signature) for text in texts]
    assert plain.segments == list(map(segments, plain.texts))
    assert plain.unsigned == next((text for text in plain.texts if not has_signature(text)), None)


def test_signed_texts_are_taken_together() -> None:
    plain = plain_texts(["【科】您好", "【科】" + "好" * 68], "迅")
    assert plain == PlainTexts(["【科】您好", "【科】" + "好" * 68], [1, 2], None)


def test_unsigned_texts_are_signed_together() -> None:
    plain = plain_texts(["您好", "【科】您好", "😀" * 34], "迅")
    assert plain == PlainTexts(["【迅】您好", "【科】您好", "【迅】" + "😀" * 34], [1, 1, 2], None)


def test_the_first_text_without_a_signature_is_named() -> None:
    plain = plain_texts(["【科】您好", "甲", "乙"], None)
    assert plain == PlainTexts(["【科】您好", "甲", "乙"], [1, 1, 1], "甲")


def test_no_texts_at_all_are_taken_together() -> None:
    assert plain_texts([], "科") == PlainTexts([], [], None)
