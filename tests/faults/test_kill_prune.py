"""kill -9 before each step of a pruning, and a pruning beside a process that sends."""

import os
from typing import Any

import pytest

from tests.conftest import Run
from tests.faults.client import kxsms
from tests.faults.kill_each_step import Copies
from tests.faults.test_kill_each_step import ROWS, SEND, copies
from tests.inbox.records_gateway import a_reply, a_report, body_of
from tests.ledger.pruning import age_ledger, found_in_files, rows_left
from tests.ledger.scene import REFUSED, people, send_csv, write_csv
from tests.scripted_gateway import Act, Received

__all__ = ["copies"]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

PRUNE = ("batch", "prune", "--older-than", "100d", "--yes", "-o", "json")
MOBILES = [mobile for mobile, _ in ROWS]


def figures(run: Run) -> list[Any]:
    by = ("day", "product", "batch", "code")
    return [run("stats", "--since", "365d", "--by", each, "-o", "json").json for each in by]


def replay(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = run(*SEND).json
    return found


def test_a_killed_pruning_changes_no_figure_and_the_next_one_finishes_it(copies: Copies, run: Run) -> None:
    write_csv(ROWS)
    with copies.prepared() as gateway:
        gateway.send_answers = [REFUSED]
        tasks = [task["task_id"] for task in send_csv(run).json["tasks"]]
        gateway.prepare(body_of(a_report(MOBILES[1], tasks[1]), a_report(MOBILES[2], tasks[2], "UNDELIV")))
        run("report", "-q")
        gateway.prepare(body_of(a_reply(MOBILES[1], "TD")))
        run("mo", "-q")
        age_ledger(200)
    with copies.copy():
        before = figures(run), replay(run)
    for where, gateway in copies.killed(*PRUNE):
        assert (figures(run), replay(run)) == before, where
        assert run("batch", "check").status == 0, where
        assert run(*PRUNE).status == 0, where
        assert rows_left() == {}, where
        assert found_in_files(*MOBILES[2:], *(text for _, text in ROWS)) == set(), where
        assert (figures(run), replay(run)) == before, where
        assert not [one for one in gateway.received if "Send" in one.path], where


def test_a_pruning_does_not_disturb_a_batch_that_is_being_sent(copies: Copies, run: Run) -> None:
    with copies.prepared() as gateway:
        write_csv(ROWS)
        send_csv(run)
        age_ledger(200)
        write_csv(people(6, first=3), "new.csv")
        statuses: list[int] = []

        def prune(request: Received) -> Act | None:
            if not statuses:
                statuses.append(kxsms(*PRUNE).status)
            return None

        gateway.plan = prune
        done = send_csv(run, file="new.csv")
        assert statuses == [0]
        assert (done.status, done.json["accepted"]) == (0, 6)
        assert run("batch", "check").status == 0
        assert rows_left() == {"rows": 6, "requests": 6}
