"""Approved templates: what matches, and the words about what does not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kxsms.domain.approved import ApprovedTemplates, InvalidApproved, approved
from kxsms.domain.near_miss import described

CODE = "您的验证码为：{code:6}，请勿泄露。"
ORDER = "{name}您好，订单{no}已发货。"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("您好", "您好"),
        ("您好", "【科迅】您好"),
        ("【科迅】您好", "您好"),
        ("【别的】您好", "【科迅】您好"),
        (CODE, "您的验证码为：1，请勿泄露。"),
        (CODE, "您的验证码为：123456，请勿泄露。"),
        (ORDER, "王您好，订单1已发货。"),
        (ORDER, "王您好，您好，订单1已发货。"),
        ("{a}{b}好", "12好"),
        ("{{a}}好", "{a}好"),
        ("{a}好{b:1}吧", "好好好1吧"),
        ("{a}好", f"{'x' * 50}好"),
        ("好{a:2-3}", "好ab"),
        ("好{a}", "好\n行"),
        ("您好\r\n", "您好"),
    ],
)
def test_a_text_matches(template: str, text: str) -> None:
    templates = ApprovedTemplates([template])

    assert templates.match(text) == approved(template)
    assert list(templates.misfits([text, text])) == []


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("您好", "您好。"),
        ("您好", "您好 "),
        ("您好", "【科迅】 您好"),
        (CODE, "您的验证码为:1，请勿泄露。"),
        (CODE, "您的验证码为：1234567，请勿泄露。"),
        (CODE, "您的验证码为：，请勿泄露。"),
        ("{a}好", f"{'x' * 51}好"),
        ("好{a:2-3}", "好a"),
        ("好{a:2-3}", "好abcd"),
        ("{a}{b}好", "1好"),
        ("a.c", "abc"),
    ],
)
def test_a_text_does_not_match(template: str, text: str) -> None:
    templates = ApprovedTemplates([template])

    assert templates.match(text) is None
    assert list(templates.misfits([text])) == [text]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("", "is empty"),
        ("【科迅】", "nothing but its signature"),
        ("{a", "never closed"),
        ("a}", "closes nothing"),
        ("{a}", "no text of its own"),
        ("a{b:0}", "without a valid length"),
        ("a{b:3-2}", "without a valid length"),
        ("a{b:x}", "without a valid length"),
        ("a\0", "NUL"),
        ("长" * 451, "longer than the 450"),
    ],
)
def test_an_invalid_template_is_refused(template: str, words: str) -> None:
    with pytest.raises(InvalidApproved, match=re.escape(words)):
        approved(template)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "您的验证码为:1，请勿泄露。",
            "has ':' (half-width) after '您的验证码为', where the nearest template has '：' (full-width)",
        ),
        ("王您好,订单1已发货。", "has ',' (half-width) after '王您好'"),
        ("王你好，订单1已发货。", "has '你' after '王', where the nearest template has '您'"),
        ("王您 好，订单1已发货。", "has ' ' after '王您', where the nearest template has '好'"),
        ("您的验证码为：1234567，请勿泄露。", "has 7 characters for {code:6}, which stands for 1 to 6"),
        ("您的验证码为：，请勿泄露。", "has nothing for {code:6}"),
        (
            "您的验证码为：1，请勿泄露",
            "ends after '证码为：1，请勿泄露', where the nearest template has '。'",
        ),
        (
            "您的验证码为：1，请勿泄露。谢",
            "has '谢' after '码为：1，请勿泄露。', where the nearest template ends",
        ),
        ("您的验证码为：", "ends after '您的验证码为：', where the nearest template has {code:6}"),
        ("您的验证码为：12", "ends after '您的验证码为：12', where the nearest template has '，'"),
        ("欢迎您的验证码为：1，请勿泄露。", "has '欢' at its start"),
    ],
)
def test_the_first_difference_to_the_nearest_template_is_named(text: str, words: str) -> None:
    assert f"it {words}" in described(text, ApprovedTemplates([ORDER, CODE]).templates)


def test_a_difference_of_width_alone_comes_before_a_template_that_is_more_alike() -> None:
    templates = ApprovedTemplates(["{a}，{b}：{c}，{d}。", "张三,李四:王五,赵六。吗"]).templates

    assert described("张三,李四:王五,赵六。", templates).endswith("'{a}，{b}：{c}，{d}。'")


def _as_expression(template: str) -> re.Pattern[str]:
    """Return the plain regular expression of a template, which may take long but is certainly right."""
    pieces = re.split(r"\{(\d)-(\d)\}", template)
    pattern = re.escape(pieces[0])
    for least, most, literal in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        pattern += f".{{{least},{most}}}{re.escape(literal)}"
    return re.compile(pattern, re.S)


_piece = st.sampled_from(["a", "b", "ab", "", "{1-1}", "{1-2}", "{2-3}"])


_template = st.lists(_piece, min_size=1, max_size=5).map("".join)
_texts = st.lists(st.text("ab", min_size=1, max_size=7), max_size=6)


@given(st.lists(_template, min_size=1, max_size=4), _texts)
def test_matching_agrees_with_plain_regular_expressions(written: list[str], texts: list[str]) -> None:
    try:
        templates = ApprovedTemplates(re.sub(r"\{(\d-\d)\}", r"{x:\1}", one) for one in written)
    except InvalidApproved:
        return

    plain = [_as_expression(one) for one in written]
    expected = [text for text in texts if not any(one.fullmatch(text) for one in plain)]
    assert list(templates.misfits(texts)) == expected
    if expected:
        assert described(expected[0], templates.templates)


def test_a_hostile_value_takes_no_longer() -> None:
    templates = ApprovedTemplates(["{a}a{b}a{c}a{d}a{e}a{f}a{g}az"])

    assert list(templates.misfits(["a" * 440])) == ["a" * 440]
