"""Several processes with --exec: a command for each record, by one process, five times at most."""

import json
import os
import signal
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.faults.client import Client
from tests.inbox.records_gateway import (
    EMPTY,
    ONE,
    TWO,
    RecordsGateway,
    a_reply,
    a_report,
    body_of,
    fetch,
)
from tests.inbox.test_exec import attempts
from tests.inbox.test_watch import interrupt
from tests.inbox.test_written_out import into_full_disk, needs_full
from tests.scripted_gateway import answer

_TRIES = 3_000_000


def write_script(home: Path, body: str) -> str:
    """Write a command that records its stdin, and then does what `body` says."""
    path = home / "command.sh"
    path.write_text(f'#!/bin/sh\nread -r line\nprintf "%s\\n" "$line" >>attempts\n{body}\n')
    path.chmod(0o755)
    return str(path)


def start(client: Client, command: str, script: str, *options: str) -> None:
    client.start(command, "--watch", "--interval", "0.1", "-o", "jsonl", "--exec", script, *options)


def wait_for(query: str, wanted: object) -> None:
    for _ in range(_TRIES):
        if Path("attempts").exists() and query_ledger(query) == [(wanted,)]:
            return
    raise AssertionError(query_ledger(query))


WAITING = "SELECT count(*) FROM records WHERE waiting"


@pytest.mark.parametrize("command", ["report", "mo"])
def test_two_watching_processes_run_a_command_once_for_each_record(
    gateway: RecordsGateway, home: Path, command: str
) -> None:
    script = write_script(home, "")
    numbers = [f"13{number:09d}" for number in range(40)]
    make = a_report if command == "report" else a_reply
    with closing(Client()) as first, closing(Client()) as second:
        start(first, command, script)
        start(second, command, script)
        for begin in range(0, 40, 10):
            gateway.prepare(body_of(*map(make, numbers[begin : begin + 10])))
        wait_for("SELECT count(*) FROM records WHERE NOT waiting", 40)
        for client in (first, second):
            client.process.send_signal(signal.SIGINT)
        done = [client.end() for client in (first, second)]
    assert Counter(one["mobile"] for one in attempts()) == Counter(numbers)
    shown = [json.loads(line)["mobile"] for one in done for line in one.lines]
    assert sorted(shown) == numbers


def test_a_command_runs_for_a_record_that_a_plain_call_fetches(
    run: Run, gateway: RecordsGateway, client: Client, home: Path
) -> None:
    start(client, "mo", write_script(home, ""))
    gateway.prepare(body_of(a_reply(ONE)))
    wait_for("SELECT count(*) FROM records WHERE NOT waiting", 1)
    with gateway.paused():
        gateway.prepare(body_of(a_reply(TWO)))
    run("mo")
    wait_for("SELECT count(*) FROM records WHERE NOT waiting", 2)
    assert [one["mobile"] for one in attempts()] == [ONE, TWO]


def test_the_record_of_a_killed_process_is_taken_over(
    gateway: RecordsGateway, client: Client, home: Path
) -> None:
    script = write_script(home, "test -e again || { touch again; kill -9 $PPID; }")
    gateway.prepare(body_of(a_reply()))
    start(client, "mo", script)
    assert client.end().status == -9
    gateway.answers += [answer(EMPTY), interrupt(client)]
    start(client, "mo", script)
    client.end()
    assert [one["mobile"] for one in attempts()] == [ONE, ONE]


def test_a_command_gets_the_whole_record_although_its_runner_is_killed(
    gateway: RecordsGateway, client: Client, home: Path
) -> None:
    os.mkfifo("over")
    script = home / "command.sh"
    script.write_text("#!/bin/sh\nexec >/dev/null 2>&1\nkill -9 $PPID\ncat >got\necho >over\n")
    script.chmod(0o755)
    text = "x" * 300_000  # more than a pipe holds
    gateway.prepare(body_of(a_reply(content=text)))
    start(client, "mo", str(script))
    assert client.end().status == -9
    Path("over").read_text()
    assert json.loads(Path("got").read_text())["content"] == text


def test_a_command_that_fails_five_times_is_named_once_and_does_not_run_again(
    gateway: RecordsGateway, client: Client, home: Path
) -> None:
    script = write_script(home, "exit 3")
    gateway.prepare(body_of(a_reply()))
    start(client, "mo", script)
    wait_for("SELECT tries FROM records WHERE NOT waiting", 5)
    gateway.answers.append(interrupt(client))
    done = client.end()
    assert len(attempts()) == 5
    assert done.err.count("does not run again") == 1


def test_a_record_whose_fifth_process_was_killed_is_named_by_the_next(
    gateway: RecordsGateway, client: Client, home: Path
) -> None:
    script = write_script(home, "kill -9 $PPID")
    gateway.prepare(body_of(a_reply()))
    for _ in range(5):
        start(client, "mo", script)
        assert client.end().status == -9
    gateway.answers += [answer(EMPTY), interrupt(client)]
    start(client, "mo", script)
    assert client.end().err.count("does not run again") == 1
    assert len(attempts()) == 5


def test_the_command_runs_only_for_records_that_the_filter_lets_through(
    gateway: RecordsGateway, client: Client, home: Path
) -> None:
    gateway.prepare(body_of(a_report(ONE), a_report(TWO, status="UNDELIV")))
    start(client, "report", write_script(home, ""), "--state", "failed")
    wait_for(WAITING, 0)
    client.process.send_signal(signal.SIGINT)
    client.end()
    assert [one["mobile"] for one in attempts()] == [TWO]


@pytest.mark.sqlite
def test_a_removed_lock_file_makes_no_second_runner(gateway: RecordsGateway, home: Path) -> None:
    os.mkfifo("go")
    script = write_script(home, "read -r _ <go")
    with closing(Client()) as first, closing(Client()) as second:
        gateway.prepare(body_of(a_reply()))
        start(first, "mo", script)
        wait_for("SELECT count(*) FROM records WHERE runner IS NOT NULL", 1)
        (Path(os.environ["KXSMS_STATE_DIR"]) / "ledger.sqlite3.receivers").unlink()
        asked = gateway.query_count()
        start(second, "mo", script)
        while gateway.query_count() < asked + 3 and len(attempts()) < 2:
            pass
        assert len(attempts()) == 1
        Path("go").write_text("\n")
        wait_for(WAITING, 0)
    assert len(attempts()) == 1
    assert query_ledger("SELECT tries FROM records") == [(1,)]


@needs_full
def test_the_command_runs_for_a_record_that_was_fetched_before_and_never_shown(
    run: Run, gateway: RecordsGateway, client: Client, home: Path
) -> None:
    gateway.prepare(body_of(a_reply(ONE)))
    fetch(run, command="mo")
    gateway.prepare(body_of(a_reply(TWO)))
    assert into_full_disk("mo") == 1
    gateway.answers += [answer(EMPTY), interrupt(client)]
    start(client, "mo", write_script(home, ""))
    client.end()
    assert [one["mobile"] for one in attempts()] == [TWO]
