"""Workbooks of several programs and forms, each beside what another reader finds in it."""

from collections.abc import Sequence
from datetime import datetime
from shutil import copy

import openpyxl
import pytest
import xlwt

from kxsms.errors import InputError, UsageError
from tests.planning import Row, rows_of
from tests.source.sheets import FIXTURES, ONE, TWO, fields_of, notes_of, opened, workbook

HEADER = ("手机号", "姓名", "金额", "折扣", "日期", "会员", "合计", "错误", "编号")
XLSX = [
    Row(2, [ONE, "张三", "1234.5", "15%", "2026-11-22 10:00", "TRUE", "2469", "#DIV/0!", "007"]),
    Row(
        4,
        [TWO, "李四\n先生", "12", "15.25%", "2026-11-22", "FALSE", "24", "#N/A", "1.23456789012346E+17"],
    ),
]


def without_formats(row: Row, *, booleans: bool) -> Row:
    """Return a row as it is read where neither formats nor errors are known, and perhaps no booleans."""
    shown = {"15%": "0.15", "15.25%": "0.1525", "#DIV/0!": "", "#N/A": ""}
    shown |= {} if booleans else {"TRUE": "1", "FALSE": "0"}
    return Row(row.line, [shown.get(field, field) for field in row.fields])


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_a_workbook_of_libreoffice(kind: str) -> None:
    expected = XLSX if kind == "xlsx" else [without_formats(row, booleans=kind == "xls") for row in XLSX]
    with opened(str(FIXTURES / f"libreoffice.{kind}")) as table:
        assert table.header == HEADER
        assert rows_of(table) == expected


def test_openpyxl_finds_the_same_values_in_a_workbook_of_libreoffice() -> None:
    book = openpyxl.load_workbook(FIXTURES / "libreoffice.xlsx", data_only=True)
    cells = next(iter(book["名单"].iter_rows(min_row=2, max_row=2, values_only=True)))
    found = [*XLSX[0].fields]
    assert found[:3] == [str(cell) for cell in cells[:3]]
    assert cells[3:7] == (0.15, datetime(2026, 11, 22, 10), True, 2469)
    assert found[7:] == [str(cell) for cell in cells[7:]]


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_empty_rows_and_decimals_get_notes_where_errors_and_formats_are_not_known(kind: str) -> None:
    assert notes_of(str(FIXTURES / f"libreoffice.{kind}")) == [
        "found 3 decimals in columns C and D: only .xlsx says which are percentages,"
        " so check the sample texts",
        "found 1 empty row between others: cells with errors are empty in such a file",
    ]


@pytest.mark.parametrize(
    ("columns", "named"),
    [((3,), "column D"), ((2, 27), "columns C and AB"), (range(2, 9), "columns C, D, E, F and 3 others")],
)
def test_decimals_are_noted_with_the_letters_of_their_columns(columns: Sequence[int], named: str) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    for row, cells in enumerate((["手机号", *"v" * len(columns)], [ONE, *[0.15] * len(columns)])):
        for column, cell in zip((1, *columns), cells, strict=True):
            sheet.write(row, column, cell)
    book.save("p.xls")
    (note,) = notes_of("p.xls")
    assert f" in {named}: only .xlsx says which are percentages" in note


def test_a_workbook_of_xlwt_has_the_numbers_of_its_rows() -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    for row, mobile, name in ((2, "手机号", "姓名"), (4, 13800000001, "张三"), (5, TWO, "李四")):
        sheet.write(row, 0, mobile)
        sheet.write(row, 1, name)
    book.save("p.xls")
    with opened("p.xls") as table:
        assert table.header_line == 3
        assert rows_of(table) == [Row(5, [ONE, "张三"]), Row(6, [TWO, "李四"])]


def test_the_name_of_a_file_does_not_count() -> None:
    workbook([["mobile"], [ONE]], name="p.csv")
    assert fields_of("p.csv") == [[ONE]]


def test_hidden_rows_cannot_be_chosen_where_they_are_not_known() -> None:
    with pytest.raises(UsageError, match=r"--hidden-rows needs an [.]xlsx file"):
        opened(str(FIXTURES / "libreoffice.ods"), hidden_rows="skip")


def test_a_workbook_with_a_password_is_named_with_what_to_do() -> None:
    copy(FIXTURES / "protected.xlsx", "p.xlsx")
    with pytest.raises(InputError) as caught:
        opened("p.xlsx")
    assert caught.value.message == "p.xlsx: the workbook is protected by a password"
    assert caught.value.hint == "open it in a spreadsheet, remove the password, and save it"


def test_a_file_with_a_name_that_holds_marks_is_read() -> None:
    workbook([["mobile"], [ONE]], name="-客户 [1].xlsx")
    assert fields_of("-客户 [1].xlsx") == [[ONE]]
