"""`kxsms send --csv` with a workbook: what arrives at the gateway, and what the user reads."""

import os
from pathlib import Path
from typing import Any

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tests.conftest import TOKEN, Run
from tests.ledger.scene import batches, send_csv, taken
from tests.scripted_gateway import ScriptedGateway
from tests.source.sheets import ONE, TWO, sheets, workbook

TEMPLATE = "【科】{姓名}您消费{金额}元,折扣{折扣}"
ROWS: list[list[Any]] = [
    ["手机号", "姓名", "金额", "折扣"],
    [13800000001, "张三", 12.5, 0.15],
    [TWO, "李四", 8, 0.1525],
]
SENT = [(ONE, "【科】张三您消费12.5元,折扣15%"), (TWO, "【科】李四您消费8元,折扣15.25%")]
CSV = f"手机号,姓名,金额,折扣\n{ONE},张三,12.5,15%\n{TWO},李四,8,15.25%\n"


def shown(sheet: Worksheet) -> None:
    sheet["D2"].number_format, sheet["D3"].number_format = "0%", "0.00%"


def test_every_row_gets_what_a_person_sees_in_it(run: Run, gateway: ScriptedGateway) -> None:
    assert send_csv(run, "-m", TEMPLATE, file=workbook(ROWS, shown)).status == 0
    assert sorted(taken(gateway)) == SENT


def test_a_workbook_is_read_from_stdin(run: Run, gateway: ScriptedGateway) -> None:
    data = Path(workbook(ROWS, shown)).read_bytes()
    assert send_csv(run, "-m", TEMPLATE, file="-", stdin=data).status == 0
    assert sorted(taken(gateway)) == SENT


@pytest.mark.parametrize("is_first", [True, False], ids=["workbook first", "CSV first"])
def test_the_same_rows_in_a_csv_file_are_the_same_batch(
    run: Run, gateway: ScriptedGateway, is_first: bool
) -> None:
    Path("p.csv").write_text(CSV, "utf-8")
    files = [workbook(ROWS, shown), "p.csv"]
    first, second = files if is_first else reversed(files)
    assert send_csv(run, "-m", TEMPLATE, file=first).status == 0
    assert sorted(taken(gateway)) == SENT

    again = send_csv(run, "-m", TEMPLATE, file=second)

    assert again.json["replayed"] is True
    assert taken(gateway) == []
    assert batches() == 1


def test_another_sheet_of_the_same_workbook_is_another_batch(run: Run, gateway: ScriptedGateway) -> None:
    name = sheets(A=ROWS[:2], B=[ROWS[0], ROWS[2]])
    assert send_csv(run, "-m", "【科】{姓名}", "--sheet", "A", file=name).status == 0
    assert send_csv(run, "-m", "【科】{姓名}", "--sheet", "2", file=name).status == 0
    assert taken(gateway) == [(ONE, "【科】张三"), (TWO, "【科】李四")]


def hide(sheet: Worksheet) -> None:
    shown(sheet)
    sheet.row_dimensions[3].hidden = True


def test_hidden_rows_stop_everything(run: Run, gateway: ScriptedGateway) -> None:
    done = send_csv(run, "-m", TEMPLATE, file=workbook(ROWS, hide))
    assert done.status == 2
    assert done.error["message"] == "p.xlsx[S]: 1 row is hidden or filtered out"
    assert taken(gateway) == []
    assert batches() == 0


@pytest.mark.parametrize(("meant", "sent"), [("skip", SENT[:1]), ("send", SENT)])
def test_hidden_rows_are_skipped_or_sent_as_the_option_says(
    run: Run, gateway: ScriptedGateway, meant: str, sent: list[tuple[str, str]]
) -> None:
    done = send_csv(run, "-m", TEMPLATE, "--hidden-rows", meant, file=workbook(ROWS, hide))
    assert done.status == 0
    assert sorted(taken(gateway)) == sent
    assert "p.xlsx[S]: " in done.err


def test_an_invalid_row_is_named_by_its_sheet_and_its_number(run: Run, gateway: ScriptedGateway) -> None:
    rows = [*ROWS, [None], ["1", "王五", 1, 1]]
    done = send_csv(run, "-m", TEMPLATE, file=workbook(rows))
    assert done.status == 2
    assert done.error["message"].startswith("p.xlsx[S]:5: '1' ")
    assert taken(gateway) == []


@pytest.mark.parametrize("option", [("--sheet", "A"), ("--hidden-rows", "skip")])
def test_options_of_workbooks_need_a_file(run: Run, option: tuple[str, str]) -> None:
    done = run("send", ONE, "-m", "【科】您好", *option, "-o", "json")
    assert done.status == 2
    assert done.error["message"] == f"{option[0]} needs --csv"


def test_the_process_that_reads_a_workbook_has_no_token(
    run: Run, gateway: ScriptedGateway, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = home / "places"
    places.mkdir()
    (places / "sitecustomize.py").write_text(
        "import os, pathlib; pathlib.Path('environ').write_text(repr(dict(os.environ)))", "utf-8"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(places), os.environ.get("PYTHONPATH", "")]))
    assert send_csv(run, "-m", TEMPLATE, file=workbook(ROWS, shown)).status == 0
    seen = (home / "environ").read_text("utf-8")
    assert "KXSMS_ACCOUNT" in seen
    assert TOKEN not in seen


def test_a_program_beside_the_workbook_is_not_run(run: Run, gateway: ScriptedGateway, home: Path) -> None:
    (home / "zipfile.py").write_text("open('was-here', 'w')", "utf-8")
    assert send_csv(run, "-m", TEMPLATE, file=workbook(ROWS, shown)).status == 0
    assert not (home / "was-here").exists()
