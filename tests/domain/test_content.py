"""Texts: their signature, their limit, and their billed messages."""

import pytest

from kxsms.domain.content import InvalidContent, check, has_signature, segments, sign

PUBLISHED = "【科迅云通讯】您的验证码为:65544,如非本人操作,请忽略。"


@pytest.mark.parametrize("text", [PUBLISHED, "【a】", "【科迅】 您好", "【科迅】【促销】您好"])
def test_a_text_that_starts_with_full_width_brackets_is_signed(text: str) -> None:
    assert has_signature(text)


@pytest.mark.parametrize(
    "text",
    ["", "您好", "您好【科迅】", "[科迅]您好", "【科迅 您好", "【】您好", "科迅】您好", "〖科迅〗您好"],
)
def test_a_text_without_a_whole_signature_in_front_is_not_signed(text: str) -> None:
    assert not has_signature(text)


@pytest.mark.parametrize("signature", ["科迅云通讯", "【科迅云通讯】", " 科迅云通讯 "])
def test_a_signature_is_put_in_front_with_or_without_its_brackets(signature: str) -> None:
    assert sign("您的验证码为:65544,如非本人操作,请忽略。", signature) == PUBLISHED


@pytest.mark.parametrize("signature", ["科迅云通讯", "别人"])
def test_a_text_that_has_a_signature_keeps_it(signature: str) -> None:
    assert sign(PUBLISHED, signature) == PUBLISHED


@pytest.mark.parametrize("signature", ["", " ", "【】", "【 】", "a】b", "【a】【b】", "【【a】】"])
def test_an_invalid_signature_is_refused(signature: str) -> None:
    with pytest.raises(InvalidContent):
        sign("您好", signature)


@pytest.mark.parametrize("character", ["a", "好", "😀"])
def test_450_characters_can_be_sent_and_451_cannot(character: str) -> None:
    check("【a】" + character * 447)
    with pytest.raises(InvalidContent, match="450"):
        check("【a】" + character * 448)


def test_the_signature_counts_towards_the_limit() -> None:
    with pytest.raises(InvalidContent, match="452"):
        check(sign("好" * 448, "科迅"))
    check(sign("好" * 446, "科迅"))


@pytest.mark.parametrize("text", ["", " ", "\r\n", "\u3000", "a\ud800b", "a\0b"])
def test_an_empty_or_invalid_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidContent):
        check(text)


@pytest.mark.parametrize(
    ("text", "billed"),
    [
        ("a", 1),
        (PUBLISHED, 1),
        ("a" * 70, 1),
        ("好" * 70, 1),
        ("a" * 71, 2),
        ("好" * 71, 2),
        ("好" * 134, 2),
        ("好" * 135, 3),
        ("好" * 201, 3),
        ("好" * 202, 4),
        ("好" * 450, 7),
        ("😀" * 35, 1),
        ("😀" * 35 + "a", 2),
        ("😀" * 36, 2),
        ("😀" * 67, 2),
        ("😀" * 68, 3),
        ("😀" * 450, 14),
        ("👨‍👩‍👧" * 8 + "a" * 6, 1),
        ("👨‍👩‍👧" * 8 + "a" * 7, 2),
        ("é" * 70, 1),
        ("e\u0301" * 35, 1),
        ("e\u0301" * 36, 2),
    ],
)
def test_a_text_is_billed_by_70_and_67_utf_16_units(text: str, billed: int) -> None:
    assert segments(text) == billed
