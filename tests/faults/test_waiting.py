"""Processes that wait for the time of a batch, and several that send due batches at once."""

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.engines import empty_ledger, is_sqlite, query_ledger
from tests.faults.batch_audit import audit
from tests.faults.client import Client
from tests.faults.conftest import SEND, MakeRows
from tests.faults.gateway import FaultGateway, accept_all
from tests.ledger.scene import change_terms, window_around

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

WAIT = (*SEND, "--at", "+1h", "--wait")
RUN = ("batch", "run", "-o", "json")
WAITING = b"Ctrl-C leaves it"


def launched(*options: str) -> Client:
    return Client(way=("-m", "tests.faults.launcher", *options, "--"))


def start_waiting(client: Client, run: Run, *command: str) -> str:
    """Start a process that waits for the time of people.csv, and return the id of its batch."""
    client.start(*(command or WAIT))
    client.read_until(WAITING)
    found: str = run("batch", "list", "-o", "json").json[0]["batch"]
    return found


def test_it_sends_when_the_time_has_come(client: Client, gateway: FaultGateway, make_rows: MakeRows) -> None:
    rows = make_rows(3)
    done = client.run(*SEND, "--at", "+1s", "--wait")
    assert done.status == 0
    assert done.json["accepted"] == 3
    assert done.json["replayed"] is False
    assert gateway.arrived == Counter(rows)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_it_scheduled(
    client: Client, gateway: FaultGateway, run: Run, make_rows: MakeRows, number: signal.Signals, status: int
) -> None:
    make_rows(3)
    name = start_waiting(client, run)
    client.process.send_signal(number)
    done = client.end()
    assert done.status == status
    assert done.json["exit_status"] == status
    assert run("batch", "show", name, "-o", "json").json["state"] == "scheduled"
    assert not gateway.received


def test_a_batch_that_is_waited_for_has_no_owner_and_can_be_cancelled(
    client: Client, gateway: FaultGateway, run: Run, make_rows: MakeRows
) -> None:
    make_rows(3)
    name = start_waiting(client, run)
    assert run("batch", "cancel", name, "--yes").status == 0
    done = client.end()
    assert done.status == 7
    assert done.json["cancelled"] == 3
    assert "3 recipients were cancelled" in done.error["message"]
    assert not gateway.received


def test_it_shows_the_outcome_of_another_process_that_sent_it(
    client: Client, gateway: FaultGateway, run: Run, make_rows: MakeRows
) -> None:
    rows = make_rows(3)
    name = start_waiting(client, run)
    assert run("batch", "resume", name).status == 0
    done = client.end()
    assert done.status == 0
    assert done.json["replayed"] is True
    assert done.json["accepted"] == 3
    assert gateway.arrived == Counter(rows)


def test_it_follows_a_batch_that_is_moved(
    client: Client, gateway: FaultGateway, run: Run, make_rows: MakeRows
) -> None:
    rows = make_rows(3)
    start_waiting(client, run)
    assert run(*SEND, "--at", "+0s").status == 0
    done = client.end()
    assert done.status == 0
    assert done.json["replayed"] is False
    assert gateway.arrived == Counter(rows)


HOUR = 3600
_SOON = 4
"""Steps after the first look at the ledger of a process that waits."""


@pytest.fixture
def step(gateway: FaultGateway, make_rows: MakeRows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the number of a step at which the process of `WAIT` is waiting."""
    make_rows(3)
    steps = tmp_path / "steps"
    with monkeypatch.context() as patch:
        patch.setenv("KXSMS_STATE_DIR", str(tmp_path / "elsewhere"))
        assert launched("--steps", str(steps)).run(*SEND, "--at", "+1h").status == 0
    empty_ledger()
    return str(len(steps.read_text().splitlines()) + _SOON)


@pytest.mark.sqlite  # moves the clock of the host, and a server has its own
def test_a_machine_that_sleeps_over_the_hour_sends_when_it_wakes(
    gateway: FaultGateway, make_rows: MakeRows, step: str
) -> None:
    """The clock jumps while the process waits, as it does when a machine wakes up."""
    rows = make_rows(3)
    done = launched("--at", step, "--clock", str(HOUR + 60)).run(*WAIT)
    assert done.status == 0
    assert WAITING.decode() in done.err
    assert gateway.arrived == Counter(rows)


@pytest.mark.sqlite  # moves the clock of the host, and a server has its own
def test_a_machine_that_sleeps_for_two_days_sends_nothing(gateway: FaultGateway, step: str) -> None:
    done = launched("--at", step, "--clock", str(48 * HOUR)).run(*WAIT)
    assert done.status == 7
    assert "more than 24 hours ago" in done.error["message"]
    assert not gateway.received


def test_a_check_that_stops_it_at_its_time_leaves_it_waiting(
    client: Client, gateway: FaultGateway, run: Run, make_rows: MakeRows
) -> None:
    make_rows(3)
    name = start_waiting(client, run)
    change_terms(max_cost=2)
    query_ledger("UPDATE batches SET due = due - 3600")
    done = client.end()
    assert done.status == 7
    assert run("batch", "show", name, "-o", "json").json["state"] == "waiting"
    assert not gateway.received


def test_a_closed_window_is_waited_for(
    client: Client, gateway: FaultGateway, run: Run, make_rows: MakeRows
) -> None:
    rows = make_rows(3)
    start_waiting(client, run, *SEND, "--wait", "--window", window_around(3))
    assert not gateway.received
    change_terms(window="00:00-24:00")
    query_ledger("UPDATE batches SET due = due - 86000")
    done = client.end()
    assert done.status == 0
    assert done.json["accepted"] == 3
    assert gateway.arrived == Counter(rows)


def test_several_runs_at_once_send_each_batch_once(
    gateway: FaultGateway, run: Run, make_rows: MakeRows
) -> None:
    rows = make_rows(20)
    run(*SEND, "--at", "+0s")
    clients = [Client() for _ in range(4)]
    for each in clients:
        each.start(*RUN)
    all_done = [each.end() for each in clients]
    assert {done.status for done in all_done} == {0}
    assert gateway.arrived == Counter(rows)
    accepted = [result["accepted"] for done in all_done for result in done.json]
    assert accepted == [20] or (not is_sqlite() and {*accepted} == {20})  # there, several join


@pytest.mark.parametrize("nth", [1, 7, 20])
def test_a_run_that_was_killed_is_finished_by_the_next(
    client: Client, gateway: FaultGateway, run: Run, make_rows: MakeRows, nth: int
) -> None:
    rows = make_rows(20)
    run(*SEND, "--at", "+0s")
    gateway.plan = client.hit_at(nth, signal.SIGKILL, gateway.accept)
    assert client.run(*RUN).status == -signal.SIGKILL
    gateway.plan = accept_all
    done = run(*RUN)
    assert done.status == 6
    outcomes = audit(run, gateway, rows, done.json[0])
    assert Counter(outcomes.values())["unknown"] <= 8


def test_an_interrupted_run_is_finished_by_the_next(
    client: Client, gateway: FaultGateway, run: Run, make_rows: MakeRows
) -> None:
    rows = make_rows(20)
    run(*SEND, "--at", "+0s")
    gateway.plan = client.hit_at(5, signal.SIGINT, gateway.accept)
    assert client.run(*RUN).status == 130
    gateway.plan = accept_all
    assert run(*RUN).status == 0
    assert gateway.arrived == Counter(rows)


def test_a_watch_sends_what_is_due_until_a_signal(
    client: Client, gateway: FaultGateway, run: Run, make_rows: MakeRows
) -> None:
    rows = make_rows(3)
    run(*SEND, "--at", "+0s")
    gateway.plan = client.hit_at(3, signal.SIGTERM, gateway.accept, first=False)
    done = client.run("batch", "run", "--watch", "-o", "jsonl")
    assert done.status == 143
    assert gateway.arrived == Counter(rows)
    assert done.lines[-1].endswith('"exit_status": 0}')


def test_a_watch_ends_with_a_signal_while_nothing_is_due(
    client: Client, gateway: FaultGateway, run: Run, make_rows: MakeRows
) -> None:
    make_rows(3)
    run(*SEND, "--at", "+0s")
    client.start("batch", "run", "--watch")
    client.read_until(b"this was batch")
    client.process.send_signal(signal.SIGINT)
    assert client.end().status == 130


def test_a_watch_names_a_batch_that_a_check_stops(
    client: Client, gateway: FaultGateway, run: Run, make_rows: MakeRows
) -> None:
    make_rows(3)
    name = run(*SEND, "--at", "+0s").json["batch"]
    change_terms(max_cost=2)
    client.start("batch", "run", "--watch")
    client.read_until(f"error: batch {name}: 3 messages would be billed".encode())
    client.process.send_signal(signal.SIGINT)
    done = client.end()
    assert done.status == 130
    assert done.lines[1].split("\t")[:3] == [name, "people.csv", "waiting"]
    assert not gateway.received


def test_a_signal_while_a_closed_window_is_waited_for_names_what_sends_the_rest(
    client: Client, gateway: FaultGateway, run: Run, make_rows: MakeRows
) -> None:
    make_rows(3)
    start_waiting(client, run, *SEND, "--wait", "--window", window_around(3))
    client.process.send_signal(signal.SIGINT)
    done = client.end()
    assert done.status == 130
    assert "3 recipients wait until 20" in done.error["message"]
    assert done.error["hint"].startswith("run kxsms batch run then")
