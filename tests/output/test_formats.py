"""Each format in a pipe and on a terminal, with text that is hostile to it."""

import csv
import io
import json
import os
import re
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.output.width import width
from tests.scripted_gateway import ScriptedGateway, answer
from tests.terminal import PROGRAMS, on_terminal

KXSMS = str(PROGRAMS / "kxsms")
HOSTILE = "\x1b]0;owned\x07[bold]\u202e\x9b31m,\"'\t\r\n=1+1 " + "😀" * 50
REPLIES = {
    "Code": "0",
    "Replies": [{"Mobile": "13800000000", "Content": HOSTILE, "MoTime": "2026-11-22 10:00:00"}],
}
ON_TERMINAL = pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal")


@pytest.fixture
def replies(gateway: ScriptedGateway) -> ScriptedGateway:
    gateway.otherwise = answer(json.dumps(REPLIES))
    return gateway


def test_a_pipe_gets_lines_that_hostile_text_cannot_break(run: Run, replies: ScriptedGateway) -> None:
    done = run("mo")
    assert done.lines[0] == "mobile\tcontent\ttime\textno\ttask_id\tbatch\topted_out\textra"
    (line,) = done.lines[1:]
    assert len(line.split("\t")) == 8
    assert r"\x1b]0;owned\x07[bold]\u202e\x9b31m" in line
    assert "😀" * 50 in line
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", done.text.replace("\n", "").replace("\t", ""))


def test_csv_is_exact(run: Run, replies: ScriptedGateway) -> None:
    done = run("mo", "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(done.text, newline="")))
    assert rows[0]["content"] == HOSTILE
    assert rows[0]["mobile"] == "13800000000"
    assert done.out.count(b"\r\n") >= 2


@pytest.mark.parametrize("output", ["json", "jsonl"])
def test_json_is_exact_and_holds_nothing_that_a_terminal_acts_on(
    run: Run, replies: ScriptedGateway, output: str
) -> None:
    done = run("mo", "-o", output)
    document = done.json if output == "jsonl" else done.json[0]
    assert document["content"] == HOSTILE
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.text)


@ON_TERMINAL
@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("output", ["table", "csv", "json"])
def test_hostile_text_is_harmless_on_a_terminal(
    replies: ScriptedGateway, home: Path, output: str, columns: int
) -> None:
    _, shown = on_terminal([KXSMS, "mo", "-o", output], columns=columns, env={"NO_COLOR": "1"}, cwd=home)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown)
    assert "[bold]" in shown
    assert shown.count("😀") == 50
    if output == "table":
        assert max(width(line.rstrip()) for line in shown.splitlines()) <= columns


@ON_TERMINAL
def test_chinese_columns_are_aligned(gateway: ScriptedGateway, home: Path) -> None:
    records = [
        {"TaskId": "1", "Mobile": "13800000000", "Status": "已送达", "ReportTime": "10:00"},
        {"TaskId": "2", "Mobile": "13900000000", "Status": "OK", "ReportTime": "10:01"},
    ]
    gateway.script = [answer(json.dumps({"Code": "0", "Reports": records}))]
    gateway.otherwise = answer('{"Code":"0"}')
    _, shown = on_terminal([KXSMS, "report"], env={"NO_COLOR": "1"}, cwd=home)
    header, first, second = shown.splitlines()
    column = width(header[: header.index("time")])
    assert width(first[: first.index("10:00")]) == column
    assert width(second[: second.index("10:01")]) == column
    assert "extno" not in header


@ON_TERMINAL
def test_colour_is_for_terminals_that_want_it(gateway: ScriptedGateway, home: Path) -> None:
    command = [KXSMS, "send", "13800000000", "-m", "【科】您好"]
    assert "\x1b[" in on_terminal(command, cwd=home)[1]
    assert "\x1b[" not in on_terminal(command, env={"NO_COLOR": "1"}, cwd=home)[1]
    assert "\x1b[" not in on_terminal(command, env={"TERM": "dumb"}, cwd=home)[1]


def test_a_pipe_is_never_coloured_or_cut(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer(json.dumps({"Code": "5", "Message": "长" * 300}))
    done = run("send", "13800000000", "-m", "【科】您好", env={"COLUMNS": "40"})
    assert done.lines == ["outcome\trecipients\ttask_id\tcode\tmessage", "rejected\t1\t\t5\t" + "长" * 300]


@pytest.mark.parametrize(
    ("command", "header"),
    [
        ("report", "task_id,mobile,state,status,time,extno,batch,extra"),
        ("mo", "mobile,content,time,extno,task_id,batch,opted_out,extra"),
    ],
)
def test_nothing_new_keeps_its_header(run: Run, gateway: ScriptedGateway, command: str, header: str) -> None:
    gateway.otherwise = answer('{"Code":"0","Message":"没有数据"}')
    assert run(command, "-o", "csv").text == f"{header}\r\n"
    assert run(command).text == header.replace(",", "\t") + "\n"
    assert run(command, "-o", "json").json == []
    assert run(command, "-o", "jsonl").text == ""


def test_the_keys_of_send_are_those_of_the_contract(run: Run, gateway: ScriptedGateway) -> None:
    document = run("send", "13800000000", "138 0000 0000", "-m", "【科】您好", "-o", "json").json
    assert re.fullmatch("[0-9a-f]{8}", document["batch"])
    assert document == {
        "batch": document["batch"],
        "profile": None,
        "product": "sms",
        "dry_run": False,
        "resumed": False,
        "replayed": False,
        "scheduled_for": None,
        "recipients": 1,
        "duplicates": 1,
        "invalid": 0,
        "skipped": 0,
        "opted_out": 0,
        "capped": 0,
        "cancelled": 0,
        "segments": 1,
        "cost": None,
        "requests": 1,
        "accepted": 1,
        "rejected": 0,
        "not_sent": 0,
        "unknown": 0,
        "tasks": [
            {"task_id": "11", "code": "0", "message": "提交成功", "outcome": "accepted", "recipients": 1}
        ],
        "tasks_left_out": 0,
        "problems": [],
        "problems_left_out": 0,
        "encoding": None,
        "longest": [],
        "sample": [],
        "exit_status": 0,
    }


def test_jsonl_of_send_is_a_line_per_request_and_then_the_summary(run: Run, gateway: ScriptedGateway) -> None:
    numbers = "\n".join(str(13_800_000_000 + number) for number in range(2_501))
    done = run("send", "--to-file", "-", "--yes", "-m", "【科】您好", "-o", "jsonl", stdin=numbers.encode())
    first, second, summary = (json.loads(line) for line in done.lines)
    assert {first["recipients"], second["recipients"]} == {2_500, 1}
    assert summary["requests"] == 2
    assert summary["accepted"] == 2_501
    assert summary["exit_status"] == 0
