"""Streams that are closed, full or broken, before a batch or in the middle of it: it is sent all the same."""

import os
import signal
import socket
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.faults.audit import audit
from tests.faults.client import Client
from tests.faults.conftest import SEND, MakeRows
from tests.faults.gateway import FaultGateway
from tests.faults.machines import kxsms
from tests.faults.whole import discrepancies
from tests.inbox.records_gateway import RecordsGateway, a_report, body_of
from tests.scripted_gateway import Act, Received

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a POSIX shell, and pipes as there")

CLOSED = {"out": ">&-", "err": "2>&-", "in": "<&-", "both": ">&- 2>&-", "all": "<&- >&- 2>&-"}


@pytest.mark.parametrize("closed", CLOSED)
def test_closed(gateway: FaultGateway, run: Run, make_rows: MakeRows, closed: str) -> None:
    """No file of kxsms takes the place of a stream: nothing that is told can get into the ledger."""
    rows = make_rows(40)
    gateway.task_ids.clear()

    done = kxsms(*SEND, "-v", closed=CLOSED[closed])

    assert (done.status, "Traceback" in done.err) == (0, False)
    assert gateway.arrived == Counter(rows)
    told = run(*SEND)
    assert (told.status, told.json["replayed"]) == (0, True)
    assert set(audit(run, gateway, rows, told.json).values()) == {"accepted"}
    for command, status in ((("batch", "list"), 0), (("batch", "show", "zz"), 2), (("send",), 2)):
        done = kxsms(*command, closed=CLOSED[closed])
        assert (done.status, "Traceback" in done.err) == (status, False), command


@pytest.mark.parametrize("form", ["json", "jsonl", "table", "csv"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_full(gateway: FaultGateway, run: Run, make_rows: MakeRows, form: str) -> None:
    rows = make_rows(20)
    with Path("/dev/full").open("wb") as full:
        done = kxsms(*SEND, "-o", form, stdout=full)

    assert (done.status, "Traceback" in done.err) == (1, False)
    assert "could not be written to stdout: No space left on device" in done.err
    assert "20 recipients: 20 accepted; task ids: t" in done.err
    assert gateway.arrived == Counter(rows)
    assert discrepancies(run, gateway) == []


def first_line(*arguments: str) -> tuple[int, bytes, bytes]:
    """As `| head -1` does: read a line and go. The exit status, the line, and stderr."""
    client = Client()
    process = client.start(*arguments)
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    status = process.wait(60)
    process.stderr.close()
    return status, line, err


def test_only_the_first_line_of_a_send(gateway: FaultGateway, run: Run, make_rows: MakeRows) -> None:
    rows = make_rows(300)

    status, line, err = first_line(*SEND, "-o", "jsonl")

    assert (status, line[:1], b"Traceback" in err) == (0, b"{", False)
    assert gateway.arrived == Counter(rows)
    assert discrepancies(run, gateway) == []


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_only_the_first_line_of_an_export(
    gateway: FaultGateway, run: Run, make_rows: MakeRows, form: str
) -> None:
    make_rows(1_000)
    name = run(*SEND).json["batch"]

    status, line, err = first_line("batch", "export", name, "-o", form)

    assert (status, bool(line), err) == (0, True, b"")


def test_only_the_first_line_of_reports(
    run: Run, gateway: FaultGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that the gateway has handed out is in the ledger."""
    with RecordsGateway() as hatch:
        monkeypatch.setenv("KXSMS_BASE_URL", hatch.url)
        hatch.prepare(body_of(*(a_report(f"138{number:08d}", str(number)) for number in range(3_000))))

        status, line, err = first_line("report", "-o", "jsonl")

        assert (status, line[:1], err) == (0, b"{", b"")
        assert len(run("report", "--no-pull", "-o", "json").json) == 3_000


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_reader_that_goes_away_meanwhile(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows, stream: str
) -> None:
    """It closes its end when the tenth request is on its way."""
    rows = make_rows(40)

    def plan(request: Received) -> Act | None:
        if len(gateway.received) != 10:
            return None
        act = gateway.accept(request)

        def closed(connection: socket.socket) -> None:
            end = getattr(client.process, stream)
            end.close()
            act(connection)

        return closed

    gateway.plan = plan
    process = client.start(*SEND, "-o", "jsonl", "-v", stdin=subprocess.DEVNULL)
    other = process.stderr if stream == "stdout" else process.stdout
    assert other is not None
    said = other.read()

    assert (process.wait(60), b"Traceback" in said) == (0, False)
    assert gateway.arrived == Counter(rows)
    assert discrepancies(run, gateway) == []


def test_nohup(gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows) -> None:
    """Whoever has it ignore a hang-up wants it to go on."""
    rows = make_rows(20)
    gateway.plan = client.hit_at(5, signal.SIGHUP, gateway.accept)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        client.start(*SEND)
    finally:
        signal.signal(signal.SIGHUP, before)

    assert client.end().status == 0
    assert gateway.arrived == Counter(rows)
