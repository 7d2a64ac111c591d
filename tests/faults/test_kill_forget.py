"""kill -9 before each step of a forgetting, and a forgetting beside a process that sends."""

import os

import pytest

from tests.commands.test_forget import GONE, LEFT, TEXT, is_in_files, send_file
from tests.conftest import Run
from tests.engines import query_ledger
from tests.faults.client import kxsms
from tests.faults.kill_each_step import Copies
from tests.faults.test_kill_each_step import copies
from tests.inbox.records_gateway import a_reply, a_report, body_of
from tests.ledger.scene import people, send_csv, write_csv
from tests.scripted_gateway import Act, Received

__all__ = ["copies"]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

FORGET = ("forget", GONE, "--yes", "-o", "json")


def test_a_killed_forgetting_is_finished_by_the_next_one(copies: Copies, run: Run) -> None:
    rows = [f"{GONE},王", f"{LEFT},李"]
    template = f"{TEXT}{{name}}"
    with copies.prepared() as gateway:
        tasks = [one["task_id"] for one in send_file(run, rows, "-m", template).json["tasks"]]
        gateway.prepare(body_of(a_report(GONE, tasks[0])))
        run("report", "-q")
        gateway.prepare(body_of(a_reply(GONE, "TD")))
        run("mo", "-q")
        later = send_file(run, rows, "-m", f"{TEXT}later", "--include-opted-out", "--at", "+1h")
        assert later.status == 0, later.err
    batch = later.json["batch"]
    for where, gateway in copies.killed(*FORGET):
        assert run("batch", "check").status == 0, where
        assert run(*FORGET).status == 0, where
        assert not is_in_files(), where
        assert query_ledger("SELECT count(*), count(*) FILTER (WHERE removed IS NULL) FROM opt_outs") == [
            (1, 1)
        ], where
        assert send_file(run, rows, "-m", template).json["replayed"] is True, where
        gateway.received.clear()
        assert run("batch", "resume", batch, "--yes").status == 0, where
        sent = [one for request in gateway.received if "mobile" in request.form for one in request.numbers]
        assert sent == [LEFT], where
        assert run("batch", "check").status == 0, where


@pytest.mark.parametrize(("mobile", "status"), [(GONE, 0), (people(9)[8][0], 8)])
def test_a_forgetting_beside_a_batch_that_is_being_sent(
    copies: Copies, run: Run, mobile: str, status: int
) -> None:
    with copies.prepared() as gateway:
        send_file(run, [f"{GONE},王"], "-m", TEXT, name="old.csv")
        write_csv(people(9))
        statuses: list[int] = []

        def forget(request: Received) -> Act | None:
            if not statuses:
                statuses.append(kxsms("forget", mobile, "--yes").status)
            return None

        gateway.plan = forget
        done = send_csv(run)
        assert statuses == [status]
        assert (done.status, done.json["accepted"]) == (0, 9)
        assert run("batch", "check").status == 0
        assert is_in_files(mobile) is bool(status)
