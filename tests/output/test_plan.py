"""What kxsms shows before a batch: in the question, in a dry run, and in the file of a dry run."""

import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from kxsms.domain.plan import Plan, Sample, Text
from kxsms.output.drawing import text_of
from kxsms.output.plan import plan_for_people, plan_for_programs
from tests.conftest import Run
from tests.ledger.scene import batches, people, send_csv, taken, unfinished, write_csv
from tests.output.width import width
from tests.scripted_gateway import ScriptedGateway
from tests.terminal import on_terminal

LONG = "【科迅】尊敬的欧阳女士，您的订单已经发出，" * 4 + "请注意查收"
ROWS = [*people(3), (people(1)[0]), ("13900000001", LONG), ("138", "x")]
KXSMS = [sys.executable, "-m", "kxsms"]


def lines_of(plan: Plan) -> dict[str, str]:
    table = plan_for_people(plan)
    (row,) = table.rows
    return dict(zip(table.columns, map(text_of, row), strict=True))


def a_plan(**changes: object) -> Plan:
    figures = {"recipients": 4, "duplicates": 0, "invalid": 0, "skipped": 0}
    figures |= {"segments": 5, "requests": 4, "texts": 4}
    texts = {"longest": (Text("长" * 71, 2),), "sample": (Sample("13800000001", "甲"),)}
    return Plan(**(figures | texts | changes))  # type: ignore[arg-type]


def shown_on_terminal(*arguments: str, columns: int = 80, answers: Sequence[str] = ()) -> tuple[int, str]:
    """Run kxsms on a terminal, and return its status and what is shown, without the blanks at line ends."""
    status, shown = on_terminal([*KXSMS, *arguments], columns=columns, answers=answers, env={"NO_COLOR": "1"})
    assert max(map(width, shown.split("\n"))) <= columns
    return status, "\n".join(line.rstrip() for line in shown.split("\n"))


def question(columns: int, *options: str) -> tuple[int, str]:
    """Send a batch of which some rows are skipped, and answer no at the terminal."""
    write_csv([people(3)[2]], "before.csv")
    shown_on_terminal("send", "--csv", "before.csv", "--yes")
    write_csv(ROWS)
    command = ("send", "--csv", "people.csv", "--skip-invalid", "--skip-sent", "--rate", "1")
    return shown_on_terminal(*command, *options, columns=columns, answers=["n"])


@pytest.mark.parametrize("columns", [80, 120])
def test_the_question_shows_what_would_be_sent(gateway: ScriptedGateway, columns: int) -> None:
    status, shown = question(columns)
    parts = [
        "recipients       3\n",
        "billed messages  4\n",
        "balance          1,000,000,000\n",
        "requests         3, about 3 s\n",
        "skipped          1 invalid, 1 repeated, 1 sent the same text in the last 7 days\n",
        f"longest          {LONG} ({len(LONG)} characters, 2 messages)\n",
        *(f"{mobile}      {text}\n" for mobile, text in (*people(2), ("13900000001", LONG))),
        "Send 4 billed messages to 3 recipients (3 requests, about 3 s)? [y/N]: n\n",
    ]
    joined = "".join(shown.split())  # longer lines are wrapped
    assert [part for part in parts if "".join(part.split()) not in joined] == []
    assert status == 7
    assert len(taken(gateway)) == 1


def test_the_question_before_a_resumed_batch_shows_what_is_left(run: Run, gateway: ScriptedGateway) -> None:
    write_csv([*people(4), ("13900000001", LONG)])
    unfinished(run, gateway)
    _, shown = shown_on_terminal("send", "--csv", "people.csv", answers=["n"])
    figures = ("recipients       3", "billed messages  4", "balance          1,000,000,000")
    assert "\n".join([*figures, "requests         3", "texts            3", ""]) in shown
    assert "samples\n13800000003      【科迅】您好3\n13800000004      【科迅】您好4\n" in shown
    assert taken(gateway) == []


def test_a_quiet_question_shows_the_plan_too(gateway: ScriptedGateway) -> None:
    _, shown = question(80, "-q")
    assert "billed messages  4\n" in shown
    assert "kxsms: warning" not in shown


def test_a_pipe_shows_no_plan(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    assert "samples" not in run("send", "--csv", "people.csv").err
    assert run("send", "--csv", "people.csv", "--yes", "-q").err == ""


def test_a_dry_run_on_a_terminal_shows_the_plan(gateway: ScriptedGateway) -> None:
    write_csv(ROWS)
    command = ("send", "--csv", "people.csv", "--skip-invalid", "--dry-run", "--rate", "1")
    status, shown = shown_on_terminal(*command)
    assert "requests         4, about 4 s\n" in shown
    assert "13800000001      【科迅】您好1\n" in shown
    assert status == 0


def test_a_guessed_encoding_is_shown() -> None:
    assert lines_of(a_plan(encoding="gb18030"))["encoding"] == "gb18030, guessed: check the samples"


def test_without_a_guess_and_without_a_rate_no_line_says_so() -> None:
    lines = lines_of(a_plan())
    assert "encoding" not in lines
    assert lines["requests"] == "4"


def test_a_guessed_encoding_is_a_column_for_programs() -> None:
    table = plan_for_programs(a_plan(encoding="gb18030"))
    assert dict(zip(table.columns, *table.rows, strict=True))["encoding"] == "gb18030"


def test_one_text_for_all_is_shown_once_with_the_first_numbers() -> None:
    sample = tuple(Sample(mobile, "甲") for mobile, _ in people(3))
    lines = lines_of(a_plan(texts=1, longest=(Text("甲", 1),), sample=sample))
    assert lines["text"] == "甲 (1 character, 1 message)"
    assert lines["first numbers"] == "13800000001, 13800000002, 13800000003"


def test_a_plan_that_sends_nothing_has_no_texts() -> None:
    lines = lines_of(a_plan(texts=0, recipients=0, skipped=2, longest=(), sample=()))
    assert lines["skipped"] == "2 sent the same text in the last 7 days"
    assert "samples" not in lines


def rows_of_the_file(run: Run, file: str, *options: str) -> list[list[str]]:
    write_csv(ROWS)
    command = ("send", "--csv", "people.csv", "--skip-invalid", "--dry-run", "--out", file)
    done = run(*command, *options)
    assert done.status == 0
    assert f"wrote 4 recipients to {file}" in done.err
    return list(csv.reader(io.StringIO(Path(file).read_text("utf-8-sig")))) if file.endswith("csv") else []


EXPECTED = [
    ["mobile", "text", "segments", "line"],
    *([mobile, text, "1", str(line)] for line, (mobile, text) in enumerate(people(3), start=2)),
    ["13900000001", LONG, "2", "6"],
]


def test_a_dry_run_writes_every_number_and_text(run: Run, gateway: ScriptedGateway) -> None:
    assert rows_of_the_file(run, "plan.csv") == EXPECTED


def test_a_dry_run_writes_a_workbook(run: Run, gateway: ScriptedGateway) -> None:
    rows_of_the_file(run, "plan.xlsx")
    found = openpyxl.load_workbook("plan.xlsx").active
    assert found is not None
    assert [[str(cell) for cell in row] for row in found.iter_rows(values_only=True)] == EXPECTED


def test_a_dry_run_disarms_formulas_but_not_for_programs(run: Run, gateway: ScriptedGateway) -> None:
    write_csv([("13800000001", "=1【科】")])
    for file, format in (("people-plan.csv", "table"), ("plan.csv", "csv")):
        run("send", "--csv", "people.csv", "--dry-run", "--out", file, "-o", format)
    assert "'=1【科】" in Path("people-plan.csv").read_text("utf-8-sig")
    assert ",=1【科】" in Path("plan.csv").read_text("utf-8-sig")


def test_a_dry_run_of_numbers_has_no_lines(run: Run, gateway: ScriptedGateway) -> None:
    run("send", "13800000001", "-m", "【科】甲", "--dry-run", "--out", "plan.csv")
    assert Path("plan.csv").read_text("utf-8-sig").splitlines()[1] == "13800000001,【科】甲,1,"


def test_a_file_needs_a_dry_run(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    done = send_csv(run, "--out", "plan.csv")
    assert done.status == 2
    assert done.error["message"] == "--out needs --dry-run"
    assert taken(gateway) == []


def test_a_file_that_exists_stops_a_dry_run(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    Path("plan.csv").write_text("mine")
    done = send_csv(run, "--dry-run", "--out", "plan.csv")
    assert "plan.csv exists already" in done.error["message"]
    assert Path("plan.csv").read_text() == "mine"
    assert batches() == 0
