"""The look at many texts at once finds whatever the look at each of them finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kxsms.domain.placeholders import ColumnNames, may_hold_placeholder, refuse_in_value

_PIECES = [
    "姓名",
    "name",
    "x.y",
    "1",
    " ",
    "，",
    "var(a)",
    *("<%=", "%>", ")s"),
    *"()（）{}｛｝[]［］【】《》«»<>＜＞〈〉「」『』〔〕〖〗#＃%％@＠$＄",
]


COLUMNS = ColumnNames(["姓名"])


@given(st.lists(st.lists(st.sampled_from(_PIECES), max_size=8).map("".join), max_size=3))
def test_many_texts_at_once_miss_no_placeholder(texts: list[str]) -> None:
    if not may_hold_placeholder(texts, COLUMNS):
        for text in texts:
            refuse_in_value(text, COLUMNS)


@pytest.mark.parametrize(
    "pair", ["[]", "［］", "【】", "《》", "«»", "<>", "＜＞", "〈〉", "「」", "『』", "〔〕", "〖〗", "｛｝"]
)
def test_a_column_in_any_brackets_is_found(pair: str) -> None:
    assert may_hold_placeholder(["【科迅】您好", f"{pair[0]}姓名{pair[1]}"], COLUMNS)


@pytest.mark.parametrize("mark", "#＃%％@＠$＄")
def test_a_column_between_any_marks_is_found(mark: str) -> None:
    assert may_hold_placeholder(["【科迅】您好", f"{mark}1，{mark}姓名{mark}"], COLUMNS)


def test_texts_with_a_signature_alone_hold_none() -> None:
    assert not may_hold_placeholder(["【科迅】您好，满100%减50", "#双11#[满减]"], COLUMNS)
