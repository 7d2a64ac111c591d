"""Opt-outs: replies that are a keyword as a whole, however they are typed."""

import pytest

from kxsms.domain.opt_out import OptOutKeywords
from kxsms.domain.profile import OPT_OUT_KEYWORDS


@pytest.mark.parametrize(
    "reply",
    [
        "R",
        "t",
        "TD",
        "ｔｄ",
        " n ",
        "退订",
        "退订。",
        "“退订”",
        "【拒收】",
        "取 消!",
        "回T",
        "回 t",
        "退\u200b订",
        "T\n",
    ],
)
def test_a_reply_that_is_a_keyword_opts_out(reply: str) -> None:
    assert OptOutKeywords(OPT_OUT_KEYWORDS).match(reply)


@pytest.mark.parametrize("reply", ["T恤还有吗", "不退订", "取消订单123", "", " 。", "RT", None])
def test_another_reply_does_not_opt_out(reply: str | None) -> None:
    assert not OptOutKeywords(OPT_OUT_KEYWORDS).match(reply)


def test_the_keywords_of_a_profile_replace_the_defaults() -> None:
    assert OptOutKeywords(["Stop!"]).match("ＳＴＯＰ")
    assert not OptOutKeywords(["Stop!"]).match("T")


def test_a_keyword_of_punctuation_alone_matches_nothing() -> None:
    assert not OptOutKeywords(["!"]).match("?")
