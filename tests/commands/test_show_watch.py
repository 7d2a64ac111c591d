"""`batch show --watch`: the progress of a batch that others send, then of the reports that others fetch."""

import json
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.scripted_gateway import ACCEPTED, ScriptedGateway, answer
from tests.terminal import on_terminal

KXSMS = [sys.executable, "-m", "kxsms"]
NUMBER = "13800000000"
SEND = ("send", NUMBER, "-m", "【科】您好")
REPORT = f'{{"Code":"0","list":[{{"mobile":"{NUMBER}","taskid":"11","status":"DELIVRD"}}]}}'
NO_REPORT = answer('{"Code":"0","list":[]}')
WAITS = "waiting for the delivery reports of 1 recipient"


def batch_of(run: Run) -> str:
    found: str = run("batch", "list", "-o", "json").json[0]["batch"]
    return found


def watching(batch: str) -> "subprocess.Popen[str]":
    """Watch a batch in another process, which already waits for reports."""
    command = [*KXSMS, "batch", "show", batch, "--watch", "-o", "json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert WAITS in process.stderr.readline()
    return process


def test_it_waits_for_the_reports_that_another_command_fetches(run: Run, gateway: ScriptedGateway) -> None:
    run(*SEND)
    process = watching(batch_of(run))
    gateway.script, gateway.otherwise = [answer(REPORT)], NO_REPORT
    run("report")
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert json.loads(out)["pending"] == 0
    assert json.loads(out)["delivered"] == 1


def test_it_asks_the_gateway_for_nothing(run: Run, gateway: ScriptedGateway) -> None:
    run(*SEND)
    process = watching(batch_of(run))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert [request.path for request in gateway.received] == ["/SMS/Send"]


def test_ctrl_c_ends_the_wait_and_shows_the_batch(run: Run, gateway: ScriptedGateway) -> None:
    run(*SEND)
    process = watching(batch_of(run))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert json.loads(out)["pending"] == 1
    assert json.loads(err.splitlines()[-1])["error"]["kind"] == "interrupted"


@pytest.mark.parametrize("body", ['{"Code":"7","Message":"no"}', "<html>"])
def test_without_a_pending_report_it_ends_at_once(run: Run, gateway: ScriptedGateway, body: str) -> None:
    gateway.otherwise = answer(body)
    run(*SEND)
    done = run("batch", "show", batch_of(run), "--watch", "-o", "json")
    assert done.status == 0
    assert WAITS not in done.err


def test_a_reader_that_goes_away_ends_it(run: Run, gateway: ScriptedGateway) -> None:
    run(*SEND)
    with watching(batch_of(run)) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(30) == 0


@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_terminal_it_shows_the_bar_of_the_sender_and_then_that_of_the_reports(
    run: Run, gateway: ScriptedGateway, home: Path, columns: int
) -> None:
    (home / "p.csv").write_text(f"mobile,name\n{NUMBER},张三\n", "utf-8")
    asked, release = threading.Event(), threading.Event()
    accepted = answer(ACCEPTED)

    def hold(connection: Any) -> None:
        asked.set()
        release.wait(30)
        accepted(connection)

    gateway.script, gateway.otherwise = [hold, answer(REPORT)], NO_REPORT
    send = [*KXSMS, "send", "--csv", "p.csv", "-m", "【科】{name}", "--yes", "-q"]
    sender = subprocess.Popen(send, stdout=subprocess.DEVNULL)
    assert asked.wait(30)

    def finish() -> None:
        release.set()
        sender.wait(30)
        subprocess.run([*KXSMS, "report", "-q"], stdout=subprocess.DEVNULL, check=True, timeout=30)

    on_terminal(["kxsms", "--version"])  # the first fork of all takes longer
    timer = threading.Timer(2, finish)
    timer.start()
    status, shown = on_terminal(["kxsms", "batch", "show", batch_of(run), "--watch"], columns=columns)
    timer.join()
    shown = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert status == 0
    assert "0 of 1    0 %\naccepted 0  rejected 0  unknown 0  in flight 1" in shown
    assert shown.rpartition("\x1b[J")[2].count("delivered") >= 1
