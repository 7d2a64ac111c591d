"""Damaged CSV files: the error names the line on which the damaged row begins."""

import pytest

from tests.planning import Row, rows_of
from tests.source.files import opened, refused


@pytest.mark.parametrize("data", ["", "\n\r\n", " ", ",,,\n,", "\ufeff", "\ufeff\n"])
def test_a_file_without_a_header_is_empty(data: str) -> None:
    assert refused(data).message == "people.csv: the file is empty"


@pytest.mark.parametrize(
    ("data", "line", "words", "hint"),
    [
        ('a,b\n1,2\n"3,4\n5,6\n', 3, "a quote opens in this row and is never closed", ""),
        ('a,"b\n1,2\n', 1, "a quote opens in this row and is never closed", ""),
        ('a,b\n1,"2"x\n', 2, "text after a closing quote", '""'),
        ('a,b\n"1\n2\n3" ,4\n', 2, "text after a closing quote, in line 4", '""'),
        ('a,b\n1,2\n"' + "3,4\n" * 100_000, 3, "a field of this row is too long", "never closed"),
    ],
)
def test_damage_is_named_by_the_line_of_its_row(data: str, line: int, words: str, hint: str) -> None:
    error = refused(data)
    assert error.message == f"people.csv:{line}: {words}"
    assert hint in (error.hint or "")


@pytest.fixture(params=["\n", "\r\n", "\r"])
def newline(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def many(newline: str) -> list[str]:
    """12,000 rows, three of which take up two lines and one of which is blank; the header comes first."""
    rows = [f'{number},"x{newline}y"' if number % 4_000 == 0 else f"{number},z" for number in range(12_000)]
    rows[11_000] = ""
    return ["a,b", *rows]


def test_lines_are_right_in_a_file_that_is_read_in_pieces(many: list[str], newline: str) -> None:
    with opened(newline.join(many)) as file:
        rows = rows_of(file)
        assert rows[4_998] == Row(5_002, ["4998", "z"])
        assert rows[4_999] == Row(5_003, ["4999", "z"])
        assert rows[10_999] == Row(11_004, ["10999", "z"])
        assert rows[11_000] == Row(11_006, ["11001", "z"])
        assert len(rows_of(file, 11_500)) == 11_500


def test_an_open_quote_is_named_in_a_file_that_is_read_in_pieces(many: list[str], newline: str) -> None:
    error = refused(newline.join([*many, '"']))
    assert error.message == "people.csv:12005: a quote opens in this row and is never closed"
