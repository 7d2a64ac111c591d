"""The records that `report` and `mo` show: new ones; with a filter or --no-pull, all kept ones."""

import csv
import io
import json
from datetime import datetime, timedelta, timezone

import pytest

from tests.conftest import Run
from tests.inbox.records_gateway import (
    ONE,
    THREE,
    TWO,
    RecordsGateway,
    a_reply,
    a_report,
    body_of,
    fetch,
    send,
    write_profile,
)

REPORTS = body_of(
    a_report(ONE, "1", "DELIVRD", "2026-11-20 10:00:00"),
    a_report(TWO, "2", "UNDELIV", "2026-11-21 10:00:00"),
    a_report(THREE, "3", "ACCEPTD", "2026-11-22 10:00:00"),
    a_report(ONE, "4", "MK:9", "2026-11-23 10:00:00"),
)
KEYS = {
    "report": ["task_id", "mobile", "state", "status", "time", "extno", "batch", "extra"],
    "mo": ["mobile", "content", "time", "extno", "task_id", "batch", "opted_out", "extra"],
}


def task_ids(run: Run, *options: str) -> str:
    """Return the task ids that `kxsms report` shows, in one string."""
    return "".join(record["task_id"] for record in fetch(run, *options))


def test_each_report_is_shown_as_new_once(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(REPORTS)
    assert task_ids(run) == "1234"
    assert task_ids(run) == ""
    gateway.prepare(body_of(a_report(task="5")))
    assert task_ids(run) == "5"
    assert task_ids(run, "--no-pull") == "12345"


def test_a_filter_shows_all_kept_records(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(REPORTS)
    run("report")
    gateway.prepare(body_of(a_report(ONE, "5")))
    assert task_ids(run, "--mobile", ONE) == "145"
    assert gateway.answers == []


FILTERS = {
    "--since 2026-11-21": "234",
    "--since 2026-11-21T10:00:00": "234",
    "--since 2026-11-21T10:00:01": "34",
    "--until 2026-11-21": "1",
    "--until 2026-11-21T10:00:00": "1",
    "--since 2026-11-21 --until 2026-11-23": "23",
    "--since 20261122100000": "34",
    "--mobile 13800000001": "14",
    "--mobile +8613800000001": "14",
    "--task 3": "3",
    "--task 33": "",
    "--state delivered": "1",
    "--state failed": "2",
    "--state pending": "3",
    "--state unknown": "4",
    "--mobile 13800000001 --state unknown --since 2026-11-22": "4",
}


def test_each_filter_shows_the_records_that_match(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(REPORTS)
    assert task_ids(run, "--state", "failed") == "2"
    assert {options: task_ids(run, "--no-pull", *options.split()) for options in FILTERS} == FILTERS
    assert gateway.query_count() == 2


def test_since_uses_the_zone_of_the_profile(run: Run, gateway: RecordsGateway) -> None:
    write_profile(timezone="UTC")
    before, after = a_report(task="1", time="2026-11-21T23:30:00Z"), a_report(task="2", time="2026-11-22")
    gateway.prepare(body_of(before, after))
    assert task_ids(run, "--since", "2026-11-22") == "2"


def test_since_and_until_can_be_ages(run: Run, gateway: RecordsGateway) -> None:
    now = datetime.now(timezone(timedelta(hours=8)))
    ages = [timedelta(days=10), timedelta(days=3), timedelta(hours=3), timedelta(minutes=5)]
    times = [(now - age).strftime("%Y-%m-%d %H:%M:%S") for age in ages]
    gateway.prepare(body_of(*(a_report(task=str(index), time=time) for index, time in enumerate(times))))
    assert task_ids(run, "--since", "7d") == "123"
    assert task_ids(run, "--since", "4h") == "23"
    assert task_ids(run, "--since", "2w", "--until", "2h") == "012"


def test_batch_shows_the_records_of_one_batch(run: Run, gateway: RecordsGateway) -> None:
    first, second = send(run, gateway, "7", ONE), send(run, gateway, "8", TWO)
    gateway.prepare(body_of(a_report(ONE, "7"), a_report(TWO, "8"), a_report(THREE, "9")))
    assert task_ids(run, "--batch", first) == "7"
    assert task_ids(run, "--batch", second) == "8"
    gateway.prepare(body_of(a_reply(TWO)))
    assert [record["batch"] for record in fetch(run, "--batch", second, command="mo")] == [second]


@pytest.mark.parametrize("command", ["report", "mo"])
def test_no_pull_does_not_ask_the_gateway(run: Run, gateway: RecordsGateway, command: str) -> None:
    gateway.prepare(REPORTS)
    assert fetch(run, "--no-pull", command=command) == []
    assert gateway.query_count() == 0


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("--since yesterdayish", "yesterdayish"),
        ("--until 2026-13-40", "2026-13-40"),
        ("--since -1d", "-1d"),
        ("--mobile 123", "123"),
        ("--batch zz", "zz"),
        ("--state lost", "lost"),
        ("--watch --interval 0", "interval"),
        ("--watch --interval x", "interval"),
        ("--watch -o csv", "watch"),
        ("--watch -o json", "watch"),
        ("--watch -o raw-json", "watch"),
    ],
)
def test_an_invalid_value_is_an_error_before_anything_is_fetched(
    run: Run, gateway: RecordsGateway, options: str, word: str
) -> None:
    done = run("report", *options.split())
    assert done.status == 2
    assert done.out == b""
    assert len([line for line in done.err.splitlines() if not line.startswith("hint: ")]) == 1
    assert done.err.startswith('{"error": ' if "-o json" in options else "kxsms: error: ")
    assert word in done.err
    assert gateway.query_count() == 0


@pytest.mark.parametrize("command", ["", " ", "'"])
def test_an_invalid_command_is_an_error_before_anything_is_fetched(
    run: Run, gateway: RecordsGateway, command: str
) -> None:
    done = run("mo", "--watch", "--exec", command)
    assert done.status == 2
    assert "--exec" in done.err
    assert gateway.query_count() == 0


@pytest.mark.parametrize("command", ["report", "mo"])
def test_exec_needs_watch(run: Run, gateway: RecordsGateway, command: str) -> None:
    done = run(command, "--exec", "true")
    assert done.status == 2
    assert f"kxsms {command} --watch --exec" in done.err
    assert gateway.query_count() == 0


def test_state_needs_report(run: Run, gateway: RecordsGateway) -> None:
    assert run("mo", "--state", "failed").status == 2
    assert gateway.query_count() == 0


@pytest.mark.parametrize("command", ["report", "mo"])
def test_a_record_has_the_documented_keys(run: Run, gateway: RecordsGateway, command: str) -> None:
    gateway.prepare(body_of(a_report() if command == "report" else a_reply()))
    assert list(fetch(run, command=command)[0]) == KEYS[command]


@pytest.mark.parametrize("command", ["report", "mo"])
def test_every_format_shows_the_same_records(run: Run, gateway: RecordsGateway, command: str) -> None:
    body = body_of(*(a_report(n) if command == "report" else a_reply(n, '好, "1"\n2') for n in (ONE, TWO)))
    gateway.prepare(body)
    found = fetch(run, command=command)
    lines = run(command, "--no-pull", "-o", "jsonl").lines
    assert [json.loads(line) for line in lines] == found
    text = run(command, "--no-pull", "-o", "csv").out.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["mobile"] for row in rows] == [ONE, TWO]
    if command == "mo":
        assert rows[0]["content"].replace("\r\n", "\n") == '好, "1"\n2'
    table = run(command, "--no-pull").lines
    assert len(table) == 3
    assert "mobile" in table[0].lower()
    assert ONE in table[1]
    assert TWO in table[2]
    assert run(command, "--no-pull", "-o", "raw-json").out == body.encode() + b"\n"


def test_raw_output_shows_the_answer_and_keeps_its_records(run: Run, gateway: RecordsGateway) -> None:
    body = body_of(a_report())
    gateway.prepare(body)
    done = run("report", "-o", "raw-json")
    assert done.out.startswith(body.encode() + b"\n")
    assert fetch(run) == []
    assert len(fetch(run, "--no-pull")) == 1


def test_records_are_shown_in_the_order_of_arrival(run: Run, gateway: RecordsGateway) -> None:
    times = ["2026-11-22 10:00:00", "2026-11-20 10:00:00", "2026-11-21 10:00:00"]
    gateway.prepare(*(body_of(a_report(task=str(index), time=time)) for index, time in enumerate(times)))
    assert task_ids(run) == "012"
    assert task_ids(run, "--no-pull") == "012"


def test_a_reply_that_opts_out_is_marked(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply(ONE, "“退订”。"), a_reply(TWO, "T恤还有吗")))
    assert [reply["opted_out"] for reply in fetch(run, command="mo")] == [True, False]


def test_earlier_replies_are_marked_by_the_keywords_of_now(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(a_reply(ONE, "stop"), a_reply(TWO, "T")))
    fetch(run, command="mo")
    write_profile(opt_out_keywords=["STOP"])
    assert [reply["opted_out"] for reply in fetch(run, "--no-pull", command="mo")] == [True, False]
