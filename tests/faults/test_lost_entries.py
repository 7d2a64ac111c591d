"""The lock file and the -wal file are both removed during a send, and then its process is killed.

Then the entries that say what was sent are lost: what may have been sent is unknown, and is not sent again.
"""

import os
import signal
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.conftest import Run
from tests.faults.batch_audit import audit, ledger
from tests.faults.client import Client
from tests.faults.conftest import SEND, MakeRows
from tests.faults.gateway import FaultGateway
from tests.faults.test_lock_file import NTH, beside, held_up, remove_lock, remove_log
from tests.scripted_gateway import Act, Received

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.skipif(os.name == "nt", reason="Windows keeps open files from being removed"),
]

COUNT = 12
IN_FLIGHT = {NTH - 1, NTH}
"""The rows that were claimed when the process was killed: one was being sent, the next one waited."""

ONE = ("send", "13800000000", "-m", "【科】您好", "-o", "json")


def remove_both() -> None:
    remove_lock()
    remove_log()


def kill(gateway: FaultGateway, client: Client, harm: Callable[[], object]) -> None:
    """Start a send, do harm when its fifth request arrives, and kill its process."""
    with held_up(gateway, client, harm):
        client.kill()
        assert client.end().status == -signal.SIGKILL


def test_the_rest_of_a_batch_is_unknown_and_is_not_sent(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows
) -> None:
    rows = make_rows(COUNT)
    kill(gateway, client, remove_both)

    done = run(*SEND)

    assert done.status == 6
    assert len(gateway.received) == NTH
    assert set(audit(run, gateway, rows, done.json).values()) == {"unknown"}


def test_a_command_that_only_looks_does_not_hide_the_loss(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows
) -> None:
    make_rows(COUNT)
    kill(gateway, client, remove_both)
    assert run("batch", "list").status == 0

    assert run(*SEND).status == 6
    assert len(gateway.received) == NTH


def test_a_person_may_have_the_rest_sent(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows
) -> None:
    make_rows(COUNT)
    kill(gateway, client, remove_both)
    batch = run(*SEND).json["batch"]

    done = run("batch", "retry", batch, "--unknown", "--yes", "-o", "json")

    assert done.status == 0
    assert done.json["accepted"] == COUNT


def test_a_resumed_batch_is_unknown_too(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows
) -> None:
    rows = make_rows(COUNT)
    with held_up(gateway, client, lambda: client.process.send_signal(signal.SIGTERM)):
        pass
    accepted = client.end().json["accepted"]
    gateway.received.clear()
    kill(gateway, client, remove_both)

    done = run(*SEND)

    assert done.json["accepted"] == accepted
    assert done.json["unknown"] == COUNT - accepted
    assert max(gateway.arrived.values()) == 1
    assert done.json["recipients"] == len(rows)


def test_a_send_that_is_no_batch_is_not_repeated(gateway: FaultGateway, client: Client, run: Run) -> None:
    def plan(request: Received) -> Act:
        remove_both()
        client.kill()
        return gateway.accept(request)

    gateway.plan = plan
    client.start(*ONE)
    assert client.end().status == -signal.SIGKILL

    assert run(*ONE).status == 6
    assert len(gateway.received) == 1


def test_nothing_is_written_while_the_process_still_lives(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows
) -> None:
    """It writes to a -wal file that nobody else sees: two of them would damage the ledger."""
    rows = make_rows(COUNT)
    with held_up(gateway, client, remove_both):
        for command in (SEND, ONE, ("batch", "resume", "a")):
            refused = run(*command)
            assert refused.status == 1
            assert f"process {client.process.pid}" in refused.err
        assert len(gateway.received) == NTH
    assert client.end().status == 1

    done = run(*SEND)

    assert done.status == 0
    assert set(audit(run, gateway, rows, done.json).values()) == {"accepted"}


def look_and_remove_lock(run: Run) -> None:
    assert run("batch", "list").status == 0
    assert not beside("-wal").exists()
    remove_lock()


def test_nothing_is_lost_if_the_log_went_into_the_ledger(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows
) -> None:
    """The last command that closes a ledger writes the -wal file into it, and removes that file."""
    rows = make_rows(COUNT)
    kill(gateway, client, lambda: None)
    look_and_remove_lock(run)

    done = run(*SEND)

    outcomes = audit(run, gateway, rows, done.json)
    # The answer to the request before may have come, and not have been settled yet.
    assert sum(outcomes[pair] == "unknown" for pair in rows) <= len(IN_FLIGHT)


def test_nothing_is_lost_if_the_owner_died_while_another_command_was_looking(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows
) -> None:
    make_rows(COUNT)
    with held_up(gateway, client, lambda: None), closing(ledger()) as looking:
        looking.execute("SELECT count(*) FROM batches").fetchone()
        client.kill()
        client.end()
        assert run("batch", "list").status == 0
    remove_lock()

    assert run(*SEND).json["unknown"] <= len(IN_FLIGHT)
