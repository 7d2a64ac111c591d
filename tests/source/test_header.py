"""The columns of a table: which holds the mobile numbers, and which the texts."""

import pytest

from kxsms.errors import InputError
from kxsms.source.header import content_column, mobile_column
from tests.source.files import opened


@pytest.mark.parametrize("name", ["mobile", "phone", "tel", "手机", "手机号", "手机号码", "Mobile", "PHONE"])
def test_the_column_of_numbers_is_found_by_its_usual_names(name: str) -> None:
    with opened(f"name,{name}\n") as file:
        assert mobile_column(file.name, file.header, None) == 1


@pytest.mark.parametrize(("named", "index"), [("name", 0), ("NAME", 0), (" name ", 0), ("mobile", 1)])
def test_a_named_column_overrides_the_usual_names(named: str, index: int) -> None:
    with opened("Name,mobile\n") as file:
        assert mobile_column(file.name, file.header, named) == index


@pytest.mark.parametrize(
    ("header", "named", "message", "hint"),
    [
        ("mobile,b", "x", "there is no column 'x'", "use one of these columns: 'mobile', 'b'"),
        ("Ab,aB", "ab", "there is no column 'ab'", "use one of these columns: 'Ab', 'aB'"),
        (
            "a,b",
            None,
            "there is no column of mobile numbers",
            "choose one with --mobile-column NAME: 'a', 'b'",
        ),
        (
            "手机,a,Tel",
            None,
            "several columns of numbers: '手机', 'Tel'",
            "choose one with --mobile-column NAME",
        ),
    ],
)
def test_without_one_clear_column_of_numbers(header: str, named: str | None, message: str, hint: str) -> None:
    with opened(header) as file, pytest.raises(InputError) as caught:
        mobile_column(file.name, file.header, named)
    assert caught.value.message == f"people.csv: {message}"
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("header", "index"),
    [("a,b", None), ("a,内容", 1), ("短信内容,a", 0), ("a,Content", 1), ("contents", None)],
)
def test_the_column_of_texts_is_found_by_its_usual_names(header: str, index: int | None) -> None:
    with opened(header) as file:
        assert content_column(file.name, file.header) == index


def test_two_columns_of_texts_are_an_error_that_names_both() -> None:
    with opened("a,content,内容") as file, pytest.raises(InputError, match="'content', '内容'"):
        content_column(file.name, file.header)
