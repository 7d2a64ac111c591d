"""Signals during a batch: requests in flight are settled, the rest is sent by the same command."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import Run
from tests.engines import locked_ledger
from tests.faults.batch_audit import audit, counts, states
from tests.faults.client import Client
from tests.faults.conftest import SEND, MakeRows
from tests.faults.gateway import FaultGateway, accept_all
from tests.scripted_gateway import Act, Received

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143}
NTH = 20
CONCURRENCY = 4


@pytest.mark.parametrize("number", STATUS, ids=str)
def test_one_signal_settles_what_is_in_flight(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows, number: signal.Signals
) -> None:
    rows = make_rows(60)
    gateway.plan = client.hit_at(NTH, number, gateway.accept)

    cut = client.run(*SEND)

    accepted = len(gateway.received)
    assert NTH <= accepted < NTH + 2 * CONCURRENCY
    assert cut.status == STATUS[number]
    assert cut.json["exit_status"] == STATUS[number]
    assert counts(cut.json) == {"accepted": accepted, "not_sent": len(rows) - accepted}
    assert states() == {"accepted": accepted, "planned": len(rows) - accepted}
    assert "Traceback" not in cut.err

    gateway.plan = accept_all
    done = client.run(*SEND)

    assert done.status == 0
    assert done.json["resumed"]
    assert set(audit(run, gateway, rows, done.json).values()) == {"accepted"}
    assert gateway.arrived == Counter(rows)


def test_an_interrupted_send_says_how_to_resume(
    gateway: FaultGateway, client: Client, make_rows: MakeRows
) -> None:
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
def test_a_second_signal_stops_at_once(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows, number: signal.Signals
) -> None:
    """The gateway never answers, and after the second signal kxsms does not wait for it."""
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
    assert done.status == STATUS[number]
    assert done.json["exit_status"] == STATUS[number]
    assert counts(done.json) == {"accepted": answered, "unknown": CONCURRENCY, "not_sent": 60 - NTH}
    assert "Traceback" not in done.err

    gateway.plan = accept_all
    again = client.run(*SEND)

    outcomes = audit(run, gateway, rows, again.json)
    assert again.status == 6
    assert {pair for pair, outcome in outcomes.items() if outcome == "unknown"} == in_doubt


def test_a_second_signal_while_the_ledger_is_locked_loses_no_answer(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows
) -> None:
    """Answers that arrived before the second signal are recorded."""
    rows = make_rows(60)
    locked = threading.Event()
    locks = ExitStack()

    def plan(request: Received) -> None:
        if len(gateway.received) == NTH:
            locks.enter_context(locked_ledger())
            locked.set()

    gateway.plan = plan
    client.start(*SEND)
    assert locked.wait(30)
    claimed = len(rows) - states()["planned"]
    while len(gateway.received) < claimed or len(gateway.accepted) < claimed:
        assert client.process.poll() is None
    for number in STATUS:  # two different ones: equal signals may count as one
        client.process.send_signal(number)
    locks.close()
    done = client.end()

    assert done.status == 130
    found = counts(done.json)
    assert found["not_sent"] == len(rows) - claimed
    # On a busy machine each thread may not have read its last answer yet.
    assert found.get("unknown", 0) <= CONCURRENCY
    assert found["accepted"] == claimed - found.get("unknown", 0)


@pytest.fixture
def hangup() -> Iterator[None]:
    """Restore the default action of SIGHUP, which nohup ignores."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hangup")
def test_a_closed_terminal_settles_what_is_in_flight(
    run: Run, gateway: FaultGateway, client: Client, make_rows: MakeRows
) -> None:
    rows = make_rows(40)
    gateway.plan = client.hit_at(12, signal.SIGHUP, gateway.accept)

    cut = client.run(*SEND)

    accepted = len(gateway.received)
    assert 12 <= accepted < 12 + 8
    assert cut.status == 143
    assert cut.json["exit_status"] == 143
    assert states() == {"accepted": accepted, "planned": len(rows) - accepted}
    gateway.plan = accept_all
    assert set(audit(run, gateway, rows, run(*SEND).json).values()) == {"accepted"}


def assert_quiet(stderr: bytes, status: int) -> None:
    """Assert that stderr has an error object, or nothing where kxsms does not know its options yet."""
    assert [json.loads(line)["error"]["exit_status"] for line in stderr.splitlines()] in ([], [status])


# Signals itself when so many modules have been imported since its entry point was.
IMPORTING = """
import os, sys
from kxsms.__main__ import main
left = int(sys.argv.pop(1))
number = int(sys.argv.pop(1))
def count(event, arguments):
    global left
    if event == "import":
        left -= 1
        if left == 0:
            os.kill(os.getpid(), number)
sys.addaudithook(count)
sys.exit(main())
"""


@pytest.mark.sqlite
@pytest.mark.parametrize("number", STATUS, ids=str)
@pytest.mark.parametrize("nth", [1, 5, 40, 90, 150, 200, 230, 260, 300, 340])
def test_a_signal_during_the_imports_ends_the_command_without_a_traceback(
    gateway: FaultGateway, number: signal.Signals, nth: int
) -> None:
    command = [sys.executable, "-c", IMPORTING, str(nth), str(int(number)), "balance", "-o", "json"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert_quiet(done.stderr, STATUS[number])
    assert done.returncode == STATUS[number]


# Signals itself where Python wraps an exception into a RuntimeError: while a class is made.
MAKING_A_CLASS = """
import os, signal, sys
from kxsms.__main__ import main
left = int(sys.argv.pop(1))
number = int(sys.argv.pop(1))
def count(frame, event, argument):
    global left
    made = event == "call" and frame.f_code.co_name == "__set_name__"
    if made and frame.f_code.co_filename.endswith("dataclasses.py"):
        left -= "raising_on_signal" in signal.getsignal(number).__qualname__
        if left == 0:
            sys.setprofile(None)
            os.kill(os.getpid(), number)
sys.setprofile(count)
sys.exit(main())
"""


@pytest.mark.sqlite
@pytest.mark.parametrize("nth", [1, 6])
def test_a_signal_while_python_makes_a_class_is_no_defect(gateway: FaultGateway, nth: int) -> None:
    command = [
        sys.executable,
        "-c",
        MAKING_A_CLASS,
        str(nth),
        str(int(signal.SIGTERM)),
        "balance",
        "-o",
        "json",
    ]
    done = subprocess.run(command, capture_output=True, check=False)
    assert_quiet(done.stderr, 143)
    assert done.returncode == 143
