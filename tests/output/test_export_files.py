"""The files of `batch export --out`: their format, who may read them, and what is there after a failure."""

import csv
import io
import json
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kxsms.domain.out_file import FileFormat, OutFile
from kxsms.errors import InputError
from kxsms.output.export import write_file
from tests.conftest import Run
from tests.ledger.scene import people, send_csv, write_csv
from tests.scripted_gateway import ScriptedGateway

CELLS = ["=1+1", "#N/A", "007", "2026-11-22", "-5", "@x", "TRUE", " a ", 'q"\n甲']
"""Cells that a spreadsheet would make something else of."""


@pytest.fixture
def name(run: Run, gateway: ScriptedGateway) -> str:
    """Return the id of a batch with a row for each of the cells."""
    with Path("people.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [
            (cell, mobile, "【科】您好") for cell, (mobile, _) in zip(CELLS, people(len(CELLS)), strict=True)
        ]
        csv.writer(file).writerows([("=备注", "mobile", "content"), *rows])
    found: str = send_csv(run).json["batch"]
    return found


def sheet(file: str = "rows.xlsx") -> Any:
    return openpyxl.load_workbook(file).active


def written(columns: list[str], rows: list[tuple[object, ...]]) -> Any:
    write_file(OutFile("rows.xlsx", FileFormat.XLSX), columns, rows, len(rows))
    return sheet()


def test_a_workbook_has_the_cells_of_the_csv(run: Run, name: str) -> None:
    run("batch", "export", name, "--out", "rows.xlsx")
    rows = list(csv.reader(io.StringIO(run("batch", "export", name, "--plain").out.decode("utf-8-sig"))))
    assert [[cell or "" for cell in row] for row in sheet().iter_rows(values_only=True)] == rows


def test_every_cell_of_a_workbook_is_text(run: Run, name: str) -> None:
    run("batch", "export", name, "--out", "rows.xlsx")
    cells = [cell for row in sheet().iter_rows() for cell in row if cell.value is not None]
    assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}


def test_the_header_of_a_workbook_is_frozen(run: Run, name: str) -> None:
    run("batch", "export", name, "--out", "rows.xlsx")
    assert sheet().freeze_panes == "A2"


def test_the_header_of_a_workbook_has_a_filter_over_all_rows(run: Run, name: str) -> None:
    run("batch", "export", name, "--out", "rows.xlsx")
    assert sheet().auto_filter.ref == f"A1:J{len(CELLS) + 1}"


def test_columns_are_as_wide_as_their_content() -> None:
    found = written(["a", "b", "c"], [("1" * 20, "甲" * 10, "x" * 500)]).column_dimensions
    assert [found[letter].width for letter in "ABC"] == [22, 22, 62]


def test_a_count_is_a_number_in_a_workbook() -> None:
    assert written(["segments"], [(2,)])["A2"].data_type == "n"


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x1f", "\ud800", "\uffff"])
def test_what_xml_cannot_hold_is_shown_as_missing(character: str) -> None:
    assert written(["a"], [(f"x{character}y",)])["A2"].value == "x\ufffdy"


def test_a_workbook_without_rows_has_a_header() -> None:
    assert list(written(["a", "b"], []).iter_rows(values_only=True)) == [("a", "b")]


def test_too_many_rows_for_a_workbook_are_refused_before_one_is_written() -> None:
    def rows() -> Any:
        raise AssertionError("a row was read")
        yield

    with pytest.raises(InputError, match="1,048,576 rows do not fit") as caught:
        write_file(OutFile("rows.xlsx", FileFormat.XLSX), ["a"], rows(), 1_048_576)
    assert ".csv" in str(caught.value.hint)
    assert not Path("rows.xlsx").exists()


def test_too_long_a_text_for_a_cell_is_refused_and_leaves_no_file() -> None:
    with pytest.raises(InputError, match="a cell of row 3 has 32,768 characters"):
        written(["a"], [("x",), ("x" * 32_768,)])
    assert [file.name for file in Path().iterdir()] == ["config.toml"]


def test_a_csv_file_is_that_of_stdout(run: Run, name: str) -> None:
    run("batch", "export", name, "--out", "rows.csv")
    assert Path("rows.csv").read_bytes() == run("batch", "export", name).out


@pytest.mark.parametrize("option", [("--plain",), ("-o", "csv")], ids=str)
def test_a_plain_csv_file_is_that_of_stdout(run: Run, name: str, option: tuple[str, ...]) -> None:
    run("batch", "export", name, "--out", "rows.csv", *option)
    assert Path("rows.csv").read_bytes() == run("batch", "export", name, *option).out


def test_json_of_the_result_leaves_the_file_safe_for_a_spreadsheet(run: Run, name: str) -> None:
    run("batch", "export", name, "--out", "rows.csv", "-o", "json")
    assert Path("rows.csv").read_bytes() == run("batch", "export", name).out


def test_a_jsonl_file_is_that_of_stdout(run: Run, name: str) -> None:
    run("batch", "export", name, "--out", "rows.jsonl")
    assert Path("rows.jsonl").read_bytes() == run("batch", "export", name, "-o", "jsonl").out


def test_a_column_that_is_there_twice_keeps_both_values() -> None:
    write_file(OutFile("rows.jsonl", FileFormat.JSONL), ["a", "a", ""], [("1", "2", "3")], 1)
    assert json.loads(Path("rows.jsonl").read_text()) == {"a": "1", "a (column 2)": "2", "column 3": "3"}


def test_the_result_says_how_many_rows_a_file_has(run: Run, name: str) -> None:
    done = run("batch", "export", name, "--out", "ROWS.XLSX", "-o", "json")
    assert done.json == {"batch": name, "file": "ROWS.XLSX", "rows": len(CELLS)}


@pytest.mark.parametrize("format", FileFormat)
def test_only_its_owner_can_read_a_file(run: Run, name: str, format: FileFormat) -> None:
    before = os.umask(0)
    try:
        run("batch", "export", name, "--out", f"rows.{format}")
    finally:
        os.umask(before)
    assert stat.S_IMODE(Path(f"rows.{format}").stat().st_mode) == 0o600


def a_file(path: Path) -> None:
    path.write_text("mine")


def what_it_is(path: Path) -> tuple[int, int, int]:
    """Return what a file is, without the time of its last use, which looking at a link changes."""
    found = path.lstat()
    return found.st_ino, found.st_mode, found.st_mtime_ns


def a_link_to_nothing(path: Path) -> None:
    path.symlink_to("nowhere")


@pytest.mark.parametrize("make", [a_file, a_link_to_nothing, Path.mkdir])
def test_what_exists_is_not_replaced(run: Run, name: str, make: Callable[[Path], None]) -> None:
    make(Path("rows.csv"))
    before = what_it_is(Path("rows.csv"))
    done = run("batch", "export", name, "--out", "rows.csv")
    assert done.status == 2
    assert "rows.csv exists already" in done.err
    assert what_it_is(Path("rows.csv")) == before


def test_what_appears_while_a_file_is_written_is_not_replaced(run: Run, name: str) -> None:
    def rows() -> Any:
        Path("rows.csv").write_text("mine")
        yield ("1",)

    with pytest.raises(Exception, match=r"rows\.csv was not written"):
        write_file(OutFile("rows.csv", FileFormat.CSV), ["a"], rows(), 1)
    assert Path("rows.csv").read_text() == "mine"
    assert not list(Path().glob(".kxsms-*"))


def test_a_pipe_is_written_to(run: Run, name: str) -> None:
    os.mkfifo("pipe")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(Path("pipe").read_bytes()))
    reader.start()
    done = run("batch", "export", name, "--out", "pipe")
    reader.join(30)
    assert done.status == 0
    assert got == [run("batch", "export", name).out]


@pytest.mark.parametrize("file", ["rows", "rows.ods", "rows.xls", ".csv"])
def test_an_ending_must_say_the_format(run: Run, name: str, file: str) -> None:
    done = run("batch", "export", name, "--out", file)
    assert done.status == 2
    assert "hint: use a name that ends in .csv, .xlsx or .jsonl" in done.err


def test_a_directory_must_exist(run: Run, name: str) -> None:
    done = run("batch", "export", name, "--out", "nowhere/rows.csv")
    assert done.status == 2
    assert "there is no directory nowhere" in done.err


def test_an_encoding_is_for_a_csv(run: Run, name: str) -> None:
    done = run("batch", "export", name, "--out", "rows.xlsx", "--encoding", "gb18030")
    assert done.status == 2
    assert not Path("rows.xlsx").exists()


def test_a_character_that_an_encoding_lacks_is_one_line_and_leaves_no_file(run: Run, name: str) -> None:
    done = run("batch", "export", name, "--out", "rows.csv", "--encoding", "iso2022_kr")
    assert (done.status, done.out) == (2, b"")
    assert len(done.err.splitlines()) == 2
    assert "has no character" in done.err
    assert sorted(file.name for file in Path().iterdir()) == ["config.toml", "people.csv"]


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-8-sig", "utf-32", "gb18030", "iso2022_jp", "utf-7", "hz"]
)
def test_an_encoding_with_a_state_has_it_once_for_the_whole_file(
    run: Run, gateway: ScriptedGateway, encoding: str
) -> None:
    """The rows are so many that they are written in several parts."""
    write_csv([(mobile, "【科】中文") for mobile, _ in people(2_600)])
    name = send_csv(run).json["batch"]
    run("batch", "export", name, "--out", "rows.csv", "--encoding", encoding)
    plain = run("batch", "export", name, "--encoding", "utf-8").text
    assert Path("rows.csv").read_bytes() == plain.encode(encoding)
    assert run("batch", "export", name, "--encoding", encoding).out == plain.encode(encoding)


def test_a_workbook_sent_again_has_the_same_texts(run: Run, gateway: ScriptedGateway) -> None:
    odd = ["_x0041_", "_x0041_x0042_", "_x000d_", "_x005F_x0041_"]
    write_csv([(mobile, f"【科】{cell}") for cell, (mobile, _) in zip(odd, people(len(odd)), strict=True)])
    first = send_csv(run).json["batch"]
    run("batch", "export", first, "--out", "again.xlsx")
    gateway.received.clear()
    assert send_csv(run, file="again.xlsx").json["batch"] == first
    assert gateway.received == []
