"""The columns that a name means: its own first, then all that differ only in how it is written."""

import pytest

from kxsms.domain.columns import Columns, folded


@pytest.mark.parametrize(
    ("name", "columns"),
    [("Name", [0]), ("name", [1]), ("NAME", [0, 1]), ("phone", [2]), ("ü", [3]), ("gone", []), ("", [])],
)
def test_a_column_is_found_by_its_exact_name_first(name: str, columns: list[int]) -> None:
    assert list(Columns(("Name", "name", "PHONE", "Ü", "")).named(name)) == columns


def test_a_repeated_name_means_all_of_its_columns() -> None:
    assert Columns(("a", "b", "a")).named("a") == [0, 2]


@pytest.mark.parametrize(
    "name",
    [
        *("*手机号", "＊手机号", "手 机\u3000号", "手机号*", "* 手机号\u2069", "\ufeff手机号\u200b"),
        *(
            "手机号（必填）",
            "手机号(11位)",
            "手机号（必填)",
            "手机号【必填】",
            "手机号［必填］",
            "手机号[必填]",
        ),
        *("（必填）手机号", "手机号\n（必填）", "手机\r\n号", "手机号（必填（11位））"),
    ],
)
def test_names_are_compared_without_marks_and_remarks(name: str) -> None:
    assert folded(name) == "手机号"


@pytest.mark.parametrize("name", ["（必填）", "*", "【1】", "(", "a)b"])
def test_a_name_that_would_vanish_stays(name: str) -> None:
    assert folded(name) == name


def test_a_name_of_many_open_brackets_is_folded_in_time() -> None:
    assert folded("(" * 100_000 + "a").endswith("(a")
