"""The columns of a table: which holds the mobile numbers, and which the texts."""

import pytest

from kxsms.errors import InputError
from kxsms.source.header import content_columns, mobile_column

NAMES = """
    mobile phone tel Mobile PHONE MobilePhone 手机 手机号 手机号码 手機
    电话 电话号码 联系电话 联系方式 移动电话 *手机号 手机号（必填） 手机号(11位)
"""


@pytest.mark.parametrize("name", [*NAMES.split(), "Mobile Phone", "手机 号", "手机号\n(必填)"])
def test_the_column_of_numbers_is_found_by_its_usual_names(name: str) -> None:
    assert mobile_column("p.csv:1", ("name", name), None) == 1


@pytest.mark.parametrize(
    ("named", "index"), [("name", 0), ("NAME", 0), (" name ", 0), ("mobile", 1), ("name(1)", 0)]
)
def test_a_named_column_overrides_the_usual_names(named: str, index: int) -> None:
    assert mobile_column("p.csv:1", ("Name", "mobile"), named) == index


def test_a_named_column_is_the_one_of_exactly_that_name() -> None:
    assert mobile_column("p.csv:1", ("手机号（1）", "手机号"), "手机号（1）") == 0


_COLUMN_1 = "several columns of numbers: 'tel' (column 1), 'tel' (column 2)"
_NO_COLUMN = "there is no column of mobile numbers"
_NO_HEADER = "name the columns in a line above the rows, or use --header-row 0 if the file has no header"
_RENAME = "give each of them a name of its own in the file"


@pytest.mark.parametrize(
    ("header", "named", "message", "hint"),
    [
        ("mobile,b,", "x", "there is no column 'x'", "use one of these columns: 'mobile', 'b'"),
        (
            "Ab,aB",
            "ab",
            "'ab' means several columns: 'Ab', 'aB'",
            "write the name as it stands in the header",
        ),
        ("a,a", "a", "'a' means several columns: 'a' (column 1), 'a' (column 2)", _RENAME),
        ("a,,b", None, _NO_COLUMN, "choose one with --mobile-column NAME: 'a', 'b'"),
        (
            "手机,Tel",
            None,
            "several columns of numbers: '手机', 'Tel'",
            "choose one with --mobile-column NAME",
        ),
        ("tel,tel", None, _COLUMN_1, _RENAME),
        ("1380000000,张三", None, _NO_COLUMN, _NO_HEADER),
        ("010-12345678,张三", None, _NO_COLUMN, _NO_HEADER),
    ],
)
def test_without_one_clear_column_of_numbers(header: str, named: str | None, message: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        mobile_column("p.csv:1", header.split(","), named)
    assert caught.value.message == f"p.csv:1: {message}"
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("header", "found"),
    [("a,b", []), ("a,内容", [1]), ("短信内容*,a", [0]), ("Content,内容（必填）", [0, 1]), ("contents", [])],
)
def test_the_columns_of_texts_are_found_by_their_usual_names(header: str, found: list[int]) -> None:
    assert content_columns(header.split(",")) == found
