"""What `report` and `mo` show: what is new; with a filter or --no-pull, what is kept."""

import csv
import io
import json
from datetime import datetime, timedelta, timezone

import pytest

from tests.conftest import Run
from tests.inbox.scene import ONE, THREE, TWO, Hatch, a_reply, a_report, configure, data, fetch, send

REPORTS = data(
    a_report(ONE, "1", "DELIVRD", "2026-11-20 10:00:00"),
    a_report(TWO, "2", "UNDELIV", "2026-11-21 10:00:00"),
    a_report(THREE, "3", "ACCEPTD", "2026-11-22 10:00:00"),
    a_report(ONE, "4", "MK:9", "2026-11-23 10:00:00"),
)
KEYS = {
    "report": ["task_id", "mobile", "state", "status", "time", "extno", "batch", "extra"],
    "mo": ["mobile", "content", "time", "extno", "task_id", "batch", "extra"],
}


def tasks(run: Run, *options: str) -> str:
    return "".join(record["task_id"] for record in fetch(run, *options))


def test_what_is_new(run: Run, gateway: Hatch) -> None:
    gateway.hand(REPORTS)
    assert tasks(run) == "1234"
    assert tasks(run) == ""
    gateway.hand(data(a_report(task="5")))
    assert tasks(run) == "5"
    assert tasks(run, "--no-pull") == "12345"


def test_a_filter_shows_what_is_kept(run: Run, gateway: Hatch) -> None:
    gateway.hand(REPORTS)
    run("report")
    gateway.hand(data(a_report(ONE, "5")))
    assert tasks(run, "--mobile", ONE) == "145"
    assert gateway.handed == []


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


def test_filters(run: Run, gateway: Hatch) -> None:
    gateway.hand(REPORTS)
    assert tasks(run, "--state", "failed") == "2"
    assert {options: tasks(run, "--no-pull", *options.split()) for options in FILTERS} == FILTERS
    assert gateway.asked() == 2


def test_since_in_the_zone_of_the_profile(run: Run, gateway: Hatch) -> None:
    configure(timezone="UTC")
    gateway.hand(data(a_report(task="1", time="2026-11-21T23:30:00Z"), a_report(task="2", time="2026-11-22")))
    assert tasks(run, "--since", "2026-11-22") == "2"


def test_ages(run: Run, gateway: Hatch) -> None:
    now = datetime.now(timezone(timedelta(hours=8)))
    ages = [timedelta(days=10), timedelta(days=3), timedelta(hours=3), timedelta(minutes=5)]
    times = [(now - age).strftime("%Y-%m-%d %H:%M:%S") for age in ages]
    gateway.hand(data(*(a_report(task=str(place), time=time) for place, time in enumerate(times))))
    assert tasks(run, "--since", "7d") == "123"
    assert tasks(run, "--since", "4h") == "23"
    assert tasks(run, "--since", "2w", "--until", "2h") == "012"


def test_of_a_batch(run: Run, gateway: Hatch) -> None:
    first, second = send(run, gateway, "7", ONE), send(run, gateway, "8", TWO)
    gateway.hand(data(a_report(ONE, "7"), a_report(TWO, "8"), a_report(THREE, "9")))
    assert tasks(run, "--batch", first) == "7"
    assert tasks(run, "--batch", second) == "8"
    gateway.hand(data(a_reply(TWO)))
    assert [record["batch"] for record in fetch(run, "--batch", second, command="mo")] == [second]


@pytest.mark.parametrize("command", ["report", "mo"])
def test_without_asking(run: Run, gateway: Hatch, command: str) -> None:
    gateway.hand(REPORTS)
    assert fetch(run, "--no-pull", command=command) == []
    assert gateway.asked() == 0


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
def test_bad_values(run: Run, gateway: Hatch, options: str, word: str) -> None:
    done = run("report", *options.split())
    assert (done.status, done.out) == (2, b"")
    assert len([line for line in done.err.splitlines() if not line.startswith("hint: ")]) == 1
    assert done.err.startswith('{"error": ' if "-o json" in options else "kxsms: error: ")
    assert word in done.err
    assert gateway.asked() == 0


@pytest.mark.parametrize("command", ["", " ", "'"])
def test_bad_commands(run: Run, gateway: Hatch, command: str) -> None:
    """Said before anything is fetched."""
    done = run("mo", "--watch", "--exec", command)
    assert done.status == 2
    assert "--exec" in done.err
    assert gateway.asked() == 0


def test_exec_is_for_watching_replies(run: Run, gateway: Hatch) -> None:
    done = run("mo", "--exec", "true")
    assert done.status == 2
    assert "--watch" in done.err
    assert run("report", "--watch", "--exec", "true").status == 2
    assert run("mo", "--state", "failed").status == 2
    assert gateway.asked() == 0


@pytest.mark.parametrize("command", ["report", "mo"])
def test_keys(run: Run, gateway: Hatch, command: str) -> None:
    gateway.hand(data(a_report() if command == "report" else a_reply()))
    assert list(fetch(run, command=command)[0]) == KEYS[command]


@pytest.mark.parametrize("command", ["report", "mo"])
def test_formats(run: Run, gateway: Hatch, command: str) -> None:
    body = data(*(a_report(n) if command == "report" else a_reply(n, '好, "1"\n2') for n in (ONE, TWO)))
    gateway.hand(body)
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
    assert ["mobile" in table[0].lower(), ONE in table[1], TWO in table[2]] == [True] * 3
    assert run(command, "--no-pull", "-o", "raw-json").out == body.encode() + b"\n"


def test_raw_output_keeps_and_shows_each_answer(run: Run, gateway: Hatch) -> None:
    body = data(a_report())
    gateway.hand(body)
    done = run("report", "-o", "raw-json")
    assert done.out.startswith(body.encode() + b"\n")
    assert fetch(run) == []
    assert len(fetch(run, "--no-pull")) == 1


def test_in_the_order_of_arrival(run: Run, gateway: Hatch) -> None:
    times = ["2026-11-22 10:00:00", "2026-11-20 10:00:00", "2026-11-21 10:00:00"]
    gateway.hand(*(data(a_report(task=str(place), time=time)) for place, time in enumerate(times)))
    assert tasks(run) == "012"
    assert tasks(run, "--no-pull") == "012"
