"""Sheets of a workbook: which one is read, its hidden rows, its notes, and the numbers of its rows."""

import re
from pathlib import Path
from typing import Any

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from kxsms.errors import InputError, UsageError
from tests.planning import Row, rows_of
from tests.source.sheets import ONE, TWO, fields_of, inline, notes_of, opened, raw, sheets, workbook

LIST: list[list[Any]] = [["mobile", "v"], [ONE, "a"]]
OTHER: list[list[Any]] = [["手机号", "v"], [TWO, "b"]]
REMARKS: list[list[Any]] = [["remarks"], ["call first"]]


def refused(name: str, **options: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        opened(name, **options)
    return caught.value


@pytest.mark.parametrize(
    ("found", "options", "first"),
    [
        ({"A": LIST}, {}, ONE),
        ({"A": REMARKS, "B": LIST}, {}, ONE),
        ({"A_hidden": OTHER, "B": LIST}, {}, ONE),
        ({"A": LIST, "B": OTHER}, {"sheet": "B"}, TWO),
        ({"A": LIST, "B": OTHER}, {"sheet": "b"}, TWO),
        ({"A": LIST, "B": OTHER}, {"sheet": "2"}, TWO),
        ({"2": LIST, "B": OTHER}, {"sheet": "2"}, ONE),
        ({"A_hidden": LIST, "B": OTHER}, {"sheet": "1"}, TWO),
        ({"A_hidden": LIST, "B": OTHER}, {"sheet": "A_hidden"}, ONE),
        ({"A": LIST, "B": [["nr", "v"], [TWO, "b"]]}, {"mobile_column": "nr"}, TWO),
        ({"A": [], "B": [["nr", "v"], [TWO, "b"]]}, {}, TWO),
        ({"A ": LIST, "A": OTHER}, {"sheet": "A"}, TWO),
        ({"A": LIST, "A ": OTHER}, {"sheet": "A "}, TWO),
    ],
)
def test_the_visible_sheet_with_numbers_or_the_named_one_is_read(
    found: dict[str, Any], options: dict[str, str], first: str
) -> None:
    assert fields_of(sheets(**found), **options)[0][0] == first


def test_several_sheets_with_numbers_are_an_error_that_names_them() -> None:
    error = refused(sheets(A=LIST, B=REMARKS, C=OTHER, D_hidden=LIST))
    assert error.message == "p.xlsx: several sheets have a column of mobile numbers: 'A', 'C'"
    assert error.hint == "choose one with --sheet NAME"


def test_no_sheet_with_numbers_is_an_error_that_names_them() -> None:
    error = refused(sheets(A=REMARKS, B=REMARKS))
    assert error.message == "p.xlsx: no sheet has a column of mobile numbers: 'A', 'B'"


@pytest.mark.parametrize("named", ["C", "0", "3", "-1", ""])
def test_an_unknown_sheet_is_an_error_that_names_the_others(named: str) -> None:
    error = refused(sheets(A=LIST, B_hidden=OTHER), sheet=named)
    assert error.message == f"p.xlsx: there is no sheet {named!r}"
    assert error.hint == "use one of these sheets: 'A', 'B_hidden'"


def test_rows_have_the_numbers_that_a_spreadsheet_shows() -> None:
    data = f'<row r="3">{inline("mobile")}</row><row r="7">{inline(ONE)}</row><row r="40">{inline(TWO)}</row>'
    with opened(raw(data)) as table:
        assert table.header_line == 3
        assert rows_of(table) == [Row(7, [ONE]), Row(40, [TWO])]
        assert table.where(7) == "p.xlsx[S]:7"


def test_cells_may_come_without_their_place_in_any_column_and_empty_ones_are_left_out() -> None:
    cells = '<c r="C2"><v>3</v></c><c r="A2"><v>1</v></c>'
    data = f'<row r="1">{inline("mobile", "a", "b")}</row><row r="2">{cells}</row>'
    with opened(raw(data)) as table:
        assert rows_of(table) == [Row(2, ["1", "", "3"])]


def test_a_table_may_begin_in_any_column() -> None:
    def move(sheet: Worksheet) -> None:
        sheet.insert_cols(1)
        sheet["A1"] = "nr"

    assert fields_of(workbook(LIST, move)) == [["", ONE, "a"]]


def hide(sheet: Worksheet) -> None:
    sheet.row_dimensions[3].hidden = True
    sheet.row_dimensions[4].hidden = True
    sheet.row_dimensions[5].hidden = True  # blank


HIDDEN: list[list[Any]] = [["mobile"], ["1"], ["2"], ["3"], [None], ["4"]]


def test_hidden_rows_are_an_error_that_counts_them() -> None:
    error = refused(workbook(HIDDEN, hide))
    assert error.message == "p.xlsx[S]: 2 rows are hidden or filtered out"
    assert error.hint == "use --hidden-rows skip, or --hidden-rows send to send to hidden rows too"


@pytest.mark.parametrize(
    ("meant", "rows", "note"),
    [
        ("skip", ["1", "4"], "skipped 2 hidden rows"),
        ("send", ["1", "2", "3", "4"], "included 2 hidden rows"),
    ],
)
def test_the_option_says_what_becomes_of_hidden_rows(meant: str, rows: list[str], note: str) -> None:
    name = workbook(HIDDEN, hide)
    assert [fields[0] for fields in fields_of(name, hidden_rows=meant)] == rows
    assert notes_of(name, hidden_rows=meant) == [note]


@pytest.mark.parametrize("meant", ["skip", "send"])
def test_hidden_rows_far_down_are_counted_skipped_and_sent(meant: str) -> None:
    count = 12_000
    name = workbook(
        [("mobile",), *((str(n),) for n in range(count))],
        lambda sheet: setattr(sheet.row_dimensions[11_000], "hidden", True),
    )
    assert refused(name).message == "p.xlsx[S]: 1 row is hidden or filtered out"
    expected = [str(n) for n in range(count) if n != 10_998 or meant == "send"]
    assert [fields[0] for fields in fields_of(name, hidden_rows=meant)] == expected


def test_merged_cells_get_a_note_and_only_the_first_has_a_value() -> None:
    rows: list[list[Any]] = [["mobile", "v"], [ONE, "a"], [TWO, None]]
    name = workbook(rows, lambda sheet: sheet.merge_cells("B2:B3"))
    assert fields_of(name) == [[ONE, "a"], [TWO, ""]]
    assert notes_of(name) == ["found 1 area of merged cells: only the first cell of each has a value"]


def test_a_plain_sheet_has_no_notes() -> None:
    assert notes_of(workbook(LIST)) == []


@pytest.mark.parametrize(("option", "value"), [("encoding", "utf-8"), ("delimiter", ",")])
def test_an_option_of_csv_files_is_an_error_with_a_workbook(option: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"p.xlsx: --{option} needs a CSV file, but this is a workbook"):
        opened(workbook(LIST), **{option: value})


@pytest.mark.parametrize(("option", "value"), [("sheet", "A"), ("hidden_rows", "skip")])
def test_an_option_of_workbooks_is_an_error_with_a_csv_file(option: str, value: str) -> None:
    Path("p.csv").write_text("mobile\n1\n", "utf-8")
    named = re.escape(option.replace("_", "-"))
    with pytest.raises(UsageError, match=f"p.csv: --{named} needs a workbook, but this is a text file"):
        opened("p.csv", **{option: value})


def test_a_name_that_means_several_sheets_is_an_error() -> None:
    error = refused(sheets("p.xlsx", **{"A ": LIST, " A": OTHER}), sheet="a")
    assert error.message == "p.xlsx: several sheets are called 'a': 'A ', ' A'"


@pytest.mark.parametrize("height", ["0", "0.0", " 0 "])
def test_a_row_without_height_is_hidden(height: str) -> None:
    row = f'<row ht="{height}" customHeight="1">{inline(TWO, "b")}</row>'
    name = raw(f"<row>{inline('mobile', 'v')}</row><row ht='0.5'>{inline(ONE, 'a')}</row>{row}")
    assert refused(name).message == f"{name}[S]: 1 row is hidden or filtered out"
    assert fields_of(name, hidden_rows="skip") == [[ONE, "a"]]
