"""Ctrl-C and SIGTERM in a CSV batch: what is in flight is settled, the rest waits for the same command."""

import os
import signal
import sqlite3
import threading
from collections import Counter

import pytest

from tests.conftest import Run
from tests.faults.audit import audit, counts, ledger, states
from tests.faults.client import Client
from tests.faults.conftest import SEND, MakeRows
from tests.faults.gateway import FaultGateway, accept_all
from tests.scripted_gateway import Act, Received

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143}
NTH = 20
CONCURRENCY = 4


@pytest.mark.parametrize("number", STATUS, ids=str)
def test_once(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows, number: signal.Signals
) -> None:
    rows = make_rows(60)
    gateway.plan = client.hit_at(NTH, number, gateway.accept)

    cut = client.run(*SEND)

    accepted = len(gateway.received)
    assert NTH <= accepted < NTH + 2 * CONCURRENCY
    assert (cut.status, cut.json["exit_status"]) == (STATUS[number], STATUS[number])
    assert counts(cut.json) == {"accepted": accepted, "not_sent": len(rows) - accepted}
    assert states() == {"accepted": accepted, "planned": len(rows) - accepted}
    assert "Traceback" not in cut.err

    gateway.plan = accept_all
    done = client.run(*SEND)

    assert (done.status, done.json["resumed"]) == (0, True)
    assert set(audit(run, gateway, rows, done.json).values()) == {"accepted"}
    assert gateway.arrived == Counter(rows)


def test_how_to_go_on(gateway: FaultGateway, client: Client, make_rows: MakeRows) -> None:
    rows = make_rows(60)
    gateway.plan = client.hit_at(NTH + 5, signal.SIGINT, gateway.accept)

    done = client.run(*SEND, "-o", "table")

    left = len(rows) - len(gateway.received)
    assert done.status == 130
    assert f"not sent to {left} of 60 recipients" in done.err
    assert "run the same command again, or kxsms batch resume" in done.err
    figures = [line.split("\t")[:2] for line in done.lines[1:]]
    assert figures == [["accepted", str(60 - left)], ["not_sent", str(left)]]


@pytest.mark.parametrize("number", STATUS, ids=str)
def test_twice(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows, number: signal.Signals
) -> None:
    """The gateway never answers, and the second signal waits for nothing."""
    rows = make_rows(60)
    hit = client.hit_at(NTH, number, lambda request: gateway.silent)
    answered = NTH - CONCURRENCY

    def plan(request: Received) -> Act | None:
        return hit(request) or (gateway.silent if len(gateway.received) > answered else None)

    gateway.plan = plan

    client.start(*SEND)
    client.read_until(b"stopping")
    client.process.send_signal(number)
    done = client.end()

    in_doubt = {pair for pair in gateway.arrived if pair not in gateway.task_ids}
    assert len(in_doubt) == CONCURRENCY
    assert done.status == done.json["exit_status"] == STATUS[number]
    assert counts(done.json) == {"accepted": answered, "unknown": CONCURRENCY, "not_sent": 60 - NTH}
    assert "Traceback" not in done.err

    gateway.plan = accept_all
    again = client.run(*SEND)

    outcomes = audit(run, gateway, rows, again.json)
    assert again.status == 6
    assert {pair for pair, outcome in outcomes.items() if outcome == "unknown"} == in_doubt


def test_twice_while_the_ledger_is_held(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows
) -> None:
    """What has been answered by then is written down, though two signals wait for nothing."""
    rows = make_rows(60)
    held = threading.Event()
    locks: list[sqlite3.Connection] = []

    def plan(request: Received) -> None:
        if len(gateway.received) == NTH:
            locks.append(ledger())
            locks[0].execute("BEGIN IMMEDIATE")
            held.set()

    gateway.plan = plan
    client.start(*SEND)
    assert held.wait(30)
    claimed = len(rows) - states()["planned"]
    while len(gateway.received) < claimed or len(gateway.accepted) < claimed:
        assert client.process.poll() is None
    for number in STATUS:  # one of a kind, or they count as one
        client.process.send_signal(number)
    locks[0].close()
    done = client.end()

    assert done.status == 130
    found = counts(done.json)
    assert found["not_sent"] == len(rows) - claimed
    # On a busy machine the last answers may not have been read by then, one for each thread.
    assert found.get("unknown", 0) <= CONCURRENCY
    assert found["accepted"] == claimed - found.get("unknown", 0)
