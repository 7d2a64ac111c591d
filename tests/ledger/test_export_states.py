"""`batch export --state`: which rows are in which state. Rows of all outcomes add up to the input."""

import json
from collections import Counter
from pathlib import Path

import pytest

from kxsms.domain.export import ExportState
from tests.conftest import Run
from tests.ledger.scene import REFUSED, TEXT, people, send_csv, write_csv
from tests.scripted_gateway import ScriptedGateway, answer, close

ROWS = [
    *(("13800000001", "skipped"), ("13800000002", "delivered"), ("13800000003", "failed")),
    *(("13800000004", "pending"), ("13800000005", "reported as pending"), ("13800000006", "rejected")),
    *(
        ("13800000007", "unknown"),
        ("138", "invalid"),
        ("13800000002", "duplicate"),
        ("13800000008", "not_sent"),
    ),
]
"""The numbers of the input, and what becomes of each."""

IN_STATE = {
    ExportState.ACCEPTED: ["delivered", "failed", "pending", "reported as pending"],
    ExportState.PENDING: ["pending", "reported as pending"],
    ExportState.OPTED_OUT: [],
    ExportState.CAPPED: [],
    ExportState.CANCELLED: [],
}
"""What is in a state, where that is not what has its name."""


@pytest.fixture
def name(run: Run, gateway: ScriptedGateway) -> str:
    """Return the id of a batch with a row in each state."""
    write_csv([people(1)[0]], "before.csv")
    send_csv(run, file="before.csv")
    lines = [f"{mobile},{TEXT}{mobile[-1]},{fate}" for mobile, fate in ROWS]
    Path("people.csv").write_text("\n".join(["mobile,content,fate", *lines]), "utf-8")
    tasks = [
        answer(json.dumps({"Code": "0", "Message": "ok", "TaskId": str(task)})) for task in range(12, 16)
    ]
    gateway.script = [*tasks, REFUSED, close, answer("", status=404)]
    done = send_csv(run, "--skip-sent", "--skip-invalid", "--retries", "0")
    reports = [
        {"Mobile": mobile, "TaskId": task, "Status": status, "ReportTime": "2099-01-01 00:00:00"}
        for mobile, task, status in (
            *(("13800000002", "12", "DELIVRD"), ("13800000003", "13", "UNDELIV")),
            ("13800000005", "15", "ACCEPTD"),
        )
    ]
    gateway.script = [answer(json.dumps({"Code": "0", "Data": reports}))]
    gateway.otherwise = answer('{"Code":"0","Data":[]}')
    run("report")
    found: str = done.json["batch"]
    return found


def fates(run: Run, name: str, *options: str) -> list[str]:
    done = run("batch", "export", name, "-o", "jsonl", *options)
    assert done.status == 0
    return [json.loads(line)["fate"] for line in done.lines]


@pytest.mark.parametrize("state", ExportState)
def test_the_rows_of_a_state(run: Run, name: str, state: ExportState) -> None:
    assert fates(run, name, "--state", state) == IN_STATE.get(state, [str(state)])


def test_several_states_are_in_the_order_of_the_input(run: Run, name: str) -> None:
    assert fates(run, name, "--state", "unknown, failed") == ["failed", "unknown"]


def test_the_option_may_be_repeated(run: Run, name: str) -> None:
    assert fates(run, name, "--state", "failed", "--state", "unknown") == ["failed", "unknown"]


@pytest.mark.parametrize("command", [("export", "--out"), ("report", "--html")])
def test_a_file_needs_a_name(run: Run, name: str, command: tuple[str, str]) -> None:
    done = run("batch", command[0], name, command[1], "")
    assert done.status == 2
    assert f"{command[1]} has an empty name" in done.err


def test_without_a_state_the_rows_are_those_of_the_input(run: Run, name: str) -> None:
    assert fates(run, name) == [fate for _, fate in ROWS]


def test_the_counts_of_batch_list_are_those_of_the_states(run: Run, name: str) -> None:
    listed = run("batch", "list", "-o", "json").json[0]
    names = ("accepted", "rejected", "not_sent", "unknown", "delivered", "failed", "pending")
    counted = Counter({state: len(fates(run, name, "--state", state)) for state in names})
    assert {state: listed[state] for state in names} == counted


def test_an_unknown_state_is_an_error_that_lists_them(run: Run, name: str) -> None:
    done = run("batch", "export", name, "--state", "failed,lost")
    assert done.status == 2
    assert "--state 'lost'" in done.err
    assert ", ".join(ExportState) in done.err


def test_the_failed_ones_as_a_workbook_in_one_command(run: Run, name: str) -> None:
    done = run("batch", "export", name, "--state", "failed", "--out", "failed.xlsx", "-o", "json")
    assert done.json["rows"] == 1


def test_the_text_is_that_which_was_sent(run: Run, name: str) -> None:
    done = run("batch", "export", name, "-o", "jsonl", "--with-text")
    texts = {(row := json.loads(line))["fate"]: row["kxsms_text"] for line in done.lines}
    assert texts == {
        fate: None if fate in ("skipped", "invalid", "duplicate") else f"{TEXT}{mobile[-1]}"
        for mobile, fate in ROWS
    }


def test_an_export_of_an_export_has_its_own_columns_once(run: Run, name: str) -> None:
    again = run("batch", "export", name, "--with-text", "--state", "rejected").out
    Path("again.csv").write_bytes(again)
    second = send_csv(run, "--again", file="again.csv").json["batch"]
    lines = run("batch", "export", second, "--with-text").out.decode("utf-8-sig").splitlines()
    assert lines[0] == again.decode("utf-8-sig").splitlines()[0]
