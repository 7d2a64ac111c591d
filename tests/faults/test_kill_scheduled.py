"""kill -9 before each step of scheduling a batch, of sending what is due, and of cancelling."""

import os

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.faults.kill_each_step import Copies
from tests.faults.ledger_audit import discrepancies
from tests.faults.test_kill_each_step import PACE, ROWS, SEND, copies
from tests.ledger.scene import REFUSED, send_csv, write_csv

__all__ = ["copies"]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

RUN = ("batch", "run", "-o", "json")


def outcomes(run: Run, name: str) -> list[str]:
    return [row["kxsms_outcome"] for row in run("batch", "export", name, "-o", "json").json]


def test_a_send_that_was_killed_while_it_was_scheduled_is_scheduled_by_the_same_command(
    copies: Copies, run: Run
) -> None:
    write_csv(ROWS)
    command = (*SEND, "--at", "+1h")
    for where, gateway in copies.killed(*command):
        done = run(*command)
        assert done.status == 0, where
        (listed,) = run("batch", "list", "-o", "json").json
        assert (listed["batch"], listed["state"]) == (done.json["batch"], "scheduled"), where
        assert listed["not_sent"] == len(ROWS), where
        assert not gateway.received, where


def test_a_killed_run_is_finished_by_the_next(copies: Copies, run: Run) -> None:
    write_csv(ROWS)
    with copies.prepared():
        name = send_csv(run, "--at", "+0s", "--concurrency", "2").json["batch"]
    for where, gateway in copies.killed(*RUN):
        done = run(*RUN)
        found = outcomes(run, name)
        assert len(found) == len(ROWS), where
        assert set(found) <= {"accepted", "unknown"}, where
        if done.json:
            assert done.status == (6 if "unknown" in found else 0), where
        assert discrepancies(run, gateway) == [], where
        assert run(*RUN).json == [], where


def test_a_killed_cancel_is_finished_by_the_same_command(copies: Copies, run: Run) -> None:
    write_csv(ROWS)
    with copies.prepared() as gateway:
        gateway.send_answers = [REFUSED]
        name = send_csv(run, "--pause-after", "1").json["batch"]
    for where, gateway in copies.killed("batch", "cancel", name, "--yes"):
        assert set(outcomes(run, name)[1:]) in ({"not_sent"}, {"cancelled"}), where
        assert run("batch", "cancel", name, "--yes").status == 0, where
        assert outcomes(run, name) == ["rejected", *["cancelled"] * 3], where
        assert run("batch", "check").status == 0, where
        assert not gateway.received, where


def test_a_killed_move_leaves_the_old_time_or_the_new_one(copies: Copies, run: Run) -> None:
    write_csv(ROWS)
    with copies.prepared():
        before = send_csv(run, "--at", "+1h", *PACE[2:]).json["scheduled_for"]
    for where, gateway in copies.killed(*SEND, "--at", "+2h"):
        ((due, at),) = query_ledger("SELECT due, scheduled_for FROM batches")
        assert due == at, where
        after = run(*SEND, "--at", "+2h").json["scheduled_for"]
        assert after > before, where
        assert not gateway.received, where
