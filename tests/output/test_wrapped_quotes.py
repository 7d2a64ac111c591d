"""Messages on a terminal: no line ends in front of the value that a quote opens, or within it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kxsms.domain.lines import width_of
from kxsms.output.wrapping import wrapped

_WIDE = "kxsms: error: the text holds {}, but no column fills it"


@pytest.mark.parametrize("columns", range(24, 60))
@pytest.mark.parametrize(
    "value",
    ["'姓名'", "“姓名”", "'Mobile Phone'", '"it\'s 姓名"', "‘a b’", "「姓 名」", "('姓名')", "n='姓 名':"],
)
def test_a_value_that_fits_stays_whole(columns: int, value: str) -> None:
    assert any(value in line for line in wrapped(_WIDE.format(value), columns).split("\n"))


@pytest.mark.parametrize("columns", range(20, 60))
def test_a_value_that_does_not_fit_keeps_its_quotes(columns: int) -> None:
    value = "尊敬的客户您好，您的订单已经发出，请注意查收，感谢您的支持"
    lines = wrapped(_WIDE.format(f"'{value}'"), columns).split("\n")
    assert any("'尊" in line for line in lines)
    assert any("持'," in line for line in lines)
    assert max(map(width_of, lines)) <= columns


@pytest.mark.parametrize("opening", ["'", '"', "(", "“", "「"])
def test_an_open_quote_stays_with_what_it_opens(opening: str) -> None:
    for columns in range(20, 50):
        lines = wrapped(f"kxsms: error: the mobile number is {opening}张三李四王五…", columns).split("\n")
        assert f"{opening}张" in "\n".join(lines)


def test_an_apostrophe_opens_no_value() -> None:
    text = "kxsms: the batch's profile and the recipients' numbers, the user's own text"
    lines = wrapped(text, 40).split("\n")
    assert lines[0] == "kxsms: the batch's profile and the"


@given(st.text("'\"“”()a姓 ，", max_size=60), st.integers(20, 40))
def test_no_character_is_lost(text: str, columns: int) -> None:
    lines = wrapped(text, columns).split("\n")
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
