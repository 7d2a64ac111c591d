"""With json and jsonl, the last line of stderr is an error object for every status but 0."""

import json
import os
import signal
import socket
from pathlib import Path

import pytest

from tests.conftest import Done, Run
from tests.faults.client import Client
from tests.scripted_gateway import Act, ScriptedGateway, answer, close
from tests.terminal import PROGRAMS, on_terminal

TEXT = ("-m", "【科】您好")
ONE = "13800000000"
REFUSED = answer('{"Code":"-3","Message":"余额不足"}')
REPORTS = answer('{"Code":"0","Data":[{"Mobile":"13800000000","TaskId":"7","Status":"DELIVRD"}]}')

JSON = pytest.mark.parametrize("format", ["json", "jsonl"])


def ending(done: Done) -> tuple[int, str]:
    """Return the exit status and the kind that the last line of stderr names."""
    return done.error["exit_status"], done.error["kind"]


def signalling(client: Client, number: signal.Signals, then: Act) -> Act:
    """Return an act that sends the client a signal first."""

    def act(connection: socket.socket) -> None:
        client.process.send_signal(number)
        then(connection)

    return act


SENDS: dict[str, tuple[Act, int, str]] = {
    "refused": (REFUSED, 3, "refused"),
    "not-sent": (answer("not here", 404, "text/plain"), 5, "no_answer"),
    "unknown": (close, 6, "unknown"),
}


@JSON
@pytest.mark.parametrize("case", SENDS)
def test_a_send_ends_with_an_object(run: Run, gateway: ScriptedGateway, case: str, format: str) -> None:
    gateway.otherwise, status, kind = SENDS[case]
    done = run("send", ONE, *TEXT, "-o", format)
    assert done.status == status
    assert ending(done) == (status, kind)


@pytest.mark.parametrize("case", SENDS)
def test_a_send_still_writes_its_result(run: Run, gateway: ScriptedGateway, case: str) -> None:
    gateway.otherwise, status, _ = SENDS[case]
    assert run("send", ONE, *TEXT, "-o", "json").json["exit_status"] == status


def test_the_object_has_four_keys(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = REFUSED
    done = run("send", ONE, *TEXT, "-o", "json")
    assert set(done.error) == {"kind", "message", "hint", "exit_status"}


def test_the_object_stands_alone_on_stderr_where_there_are_no_notes(
    run: Run, gateway: ScriptedGateway
) -> None:
    gateway.otherwise = REFUSED
    assert len(run("send", ONE, *TEXT, "-o", "json").err.splitlines()) == 1


def test_the_message_says_what_the_table_says(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = REFUSED
    done = run("send", ONE, *TEXT, "-o", "json")
    assert done.error["message"] == "the gateway refused: code -3 “余额不足”; 1 recipient"


def test_where_several_errors_hold_the_object_is_that_of_the_status(
    run: Run, gateway: ScriptedGateway, home: Path
) -> None:
    (home / "people.csv").write_text("mobile,name\n13800000000,a\n13900000000,b\n", "utf-8")
    gateway.script = [REFUSED, close]
    send = ("send", "--csv", "people.csv", "-m", "【科】{name}", "--yes", "--concurrency", "1")
    assert ending(run(*send, "-o", "json")) == (6, "unknown")


def test_a_replayed_send_ends_with_an_object(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = REFUSED
    run("send", ONE, *TEXT, "--idempotency-key", "k")
    gateway.otherwise = close
    run("send", "13900000000", *TEXT, "--idempotency-key", "l")
    assert ending(run("send", "13900000000", *TEXT, "--idempotency-key", "l", "-o", "json")) == (6, "unknown")


def test_a_dry_run_above_a_limit_ends_with_an_object(run: Run, gateway: ScriptedGateway) -> None:
    done = run("send", ONE, *TEXT, "--dry-run", "--max-cost", "0", "-o", "json")
    assert ending(done) == (7, "guard")


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="a POSIX signal")
@pytest.mark.parametrize(
    ("number", "status", "kind"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
class TestSignals:
    """Commands that a signal ends."""

    def test_a_send_ends_with_an_object(
        self, gateway: ScriptedGateway, home: Path, number: signal.Signals, status: int, kind: str
    ) -> None:
        rows = "".join(f"138000000{n:02},{n}\n" for n in range(30))
        (home / "people.csv").write_text(f"mobile,name\n{rows}", "utf-8")
        client = Client()
        gateway.script = [signalling(client, number, answer())]
        send = ("send", "--csv", "people.csv", "-m", "【科】{name}", "--yes", "--concurrency", "1")
        done = client.run(*send, "-o", "json")
        assert (done.status, *ending(done)) == (status, status, kind)

    def test_a_query_ends_with_an_object(
        self, gateway: ScriptedGateway, number: signal.Signals, status: int, kind: str
    ) -> None:
        client = Client()
        gateway.script, gateway.balance = [signalling(client, number, gateway.silent)], None
        done = client.run("balance", "-o", "json")
        assert (done.status, *ending(done)) == (status, status, kind)

    def test_the_sandbox_ends_with_an_object(
        self, home: Path, number: signal.Signals, status: int, kind: str
    ) -> None:
        client = Client()
        process = client.start("sandbox", "serve", "-o", "jsonl")
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        done = client.end()
        assert (done.status, *ending(done)) == (status, status, kind)


@JSON
def test_a_balance_below_the_minimum_ends_with_an_object(
    run: Run, gateway: ScriptedGateway, format: str
) -> None:
    gateway.otherwise = answer('{"Code":"0","Count":"5"}')
    done = run("balance", "--min", "10", "-o", format)
    assert done.json["count"] == 5
    assert ending(done) == (7, "guard")


def test_a_refused_balance_ends_with_an_object(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = REFUSED
    assert ending(run("balance", "-o", "json")) == (3, "refused")


def test_of_all_balances_the_worst_is_in_the_object(run: Run, gateway: ScriptedGateway) -> None:
    gateway.script = [REFUSED, close]
    gateway.otherwise = answer('{"Code":"0","Count":"5"}')
    assert ending(run("balance", "--all", "-o", "json")) == (5, "no_answer")


@JSON
@pytest.mark.parametrize("command", ["report", "mo"])
def test_records_before_a_failure_end_with_an_object(
    run: Run, gateway: ScriptedGateway, command: str, format: str
) -> None:
    gateway.script = [REPORTS, close]
    done = run(command, "-o", format)
    assert b"13800000000" in done.out
    assert ending(done) == (5, "no_answer")


def test_records_before_a_refusal_end_with_an_object(run: Run, gateway: ScriptedGateway) -> None:
    gateway.script = [REPORTS, REFUSED]
    assert ending(run("report", "-o", "json")) == (3, "refused")


def test_an_answer_that_cannot_be_read_ends_with_an_object(run: Run, gateway: ScriptedGateway) -> None:
    gateway.script = [answer('{"Code":"0","hm":"13800000000"}')]
    gateway.otherwise = answer('{"Code":"0","Data":[]}')
    assert ending(run("report", "-o", "json")) == (1, "unread")


def test_a_batch_that_is_shown_has_no_object(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = REFUSED
    batch = run("send", ONE, *TEXT, "-o", "json").json["batch"]
    done = run("batch", "show", batch, "-o", "json")
    assert (done.status, done.err) == (0, "")


def test_success_has_no_object(run: Run, gateway: ScriptedGateway) -> None:
    assert run("send", ONE, *TEXT, "-o", "json").err == ""


@pytest.mark.parametrize("format", ["table", "csv", "raw-json", "raw-xml"])
def test_other_formats_have_sentences(run: Run, gateway: ScriptedGateway, format: str) -> None:
    gateway.otherwise = REFUSED
    assert run("send", ONE, *TEXT, "-o", format).err.startswith("kxsms: error: the gateway refused")


def test_a_broken_stdout_ends_with_an_object(gateway: ScriptedGateway) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    from tests.faults.client import kxsms

    with Path("/dev/full").open("wb") as full:
        done = kxsms("send", ONE, *TEXT, "-o", "json", stdout=full)
    assert ending(done) == (1, "failure")
    assert json.loads(done.err.splitlines()[-1])["error"]["message"].startswith("the result could not")


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="a pseudo-terminal")
def test_the_end_of_input_at_a_question_ends_with_an_object(home: Path) -> None:
    command = [str(PROGRAMS / "kxsms"), "config", "set", "-p", "new", "extno", "1", "-o", "json"]
    status, shown = on_terminal(command, answers=["\x04"])
    last = json.loads(shown.splitlines()[-1])["error"]
    assert (status, last["exit_status"], last["kind"]) == (130, 130, "interrupted")
