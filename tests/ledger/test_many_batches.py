"""A ledger of very many batches: a send looks at few of them, and a list shows the newest."""

import sqlite3
from contextlib import closing

import pytest

from kxsms.ledger import create, snapshot
from kxsms.ledger.batches import Ledger
from tests.conftest import Run
from tests.ledger.scene import NOWHERE, ledger_file, people, send_csv, write_csv
from tests.scripted_gateway import ScriptedGateway

STATEMENTS = {
    "being written": Ledger._BEING_WRITTEN,
    "in flight": Ledger._SENDING,
    "of a key": Ledger._OF_KEY,
    "the same": Ledger._SAME,
    "by name": Ledger._BY_PREFIX,
    "hidden": create._NOT_READY,
    "the end": create.BatchWriter._END,
    "a twin": snapshot._TWIN,
    "left to send": snapshot.LedgerSnapshot._LEFT_TO_SEND,
    "went on": snapshot.LedgerSnapshot._WENT_ON,
    "unfinished": snapshot.LedgerSnapshot._UNFINISHED,
}
"""The queries for batches that every send makes."""


@pytest.mark.sqlite
@pytest.mark.parametrize("name", STATEMENTS)
def test_no_query_of_a_send_reads_every_batch(run: Run, gateway: ScriptedGateway, name: str) -> None:
    run("send", "13800000000", "-m", "【科】您好")
    with closing(sqlite3.connect(ledger_file())) as reader:
        names = (
            "source_key",
            "fingerprint",
            "prefix",
            "after",
            "key",
            "key_here",
            "hashed",
            "hashed_here",
            "origin",
        )
        values = (
            dict.fromkeys(names, "1") if ":" in STATEMENTS[name] else ("1",) * STATEMENTS[name].count("?")
        )
        plan = reader.execute(f"EXPLAIN QUERY PLAN {STATEMENTS[name]}", values).fetchall()
    steps = [str(step[3]) for step in plan]
    # The end is read from the newest batch alone; a partial index holds only the few that it is about.
    assert [step for step in steps if step == "SCAN batches"] == (
        ["SCAN batches"] * 2 if name == "the end" else []
    )


def test_the_newest_batches_are_listed(run: Run, gateway: ScriptedGateway) -> None:
    for number in range(3):
        run("send", "13800000000", "-m", f"【科】您好{number}")
    listed = run("batch", "list", "--limit", "2", "-o", "json").json
    everything = run("batch", "list", "-o", "json").json
    assert listed == everything[:2]
    assert len(everything) == 3
    assert run("batch", "list", "--limit", "9" * 20, "-o", "json").json == everything


def test_batches_are_listed_by_their_state(run: Run, gateway: ScriptedGateway) -> None:
    run("send", "13800000000", "-m", "【科】您好")
    write_csv(people(2))
    left = send_csv(run, "--retries", "0", env=NOWHERE).json["batch"]
    unfinished = run("batch", "list", "--state", "unfinished", "-o", "json").json
    finished = run("batch", "list", "--state", "finished", "-o", "json").json
    assert [batch["batch"] for batch in unfinished] == [left]
    assert len(finished) == 1
    assert run("batch", "list", "--state", "running", "-o", "json").json == []


def test_batches_are_listed_by_their_age(run: Run, gateway: ScriptedGateway) -> None:
    run("send", "13800000000", "-m", "【科】您好")
    assert len(run("batch", "list", "--since", "1h", "-o", "json").json) == 1
    assert run("batch", "list", "--since", "2099-01-01", "-o", "json").json == []


def test_a_time_that_is_none_is_named(run: Run) -> None:
    done = run("batch", "list", "--since", "sometime")
    assert done.status == 2
    assert "--since 'sometime'" in done.err
