"""Standard streams that are closed, full or broken before or during a batch: it is sent anyway."""

import os
import signal
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.faults.batch_audit import audit
from tests.faults.client import Client, kxsms
from tests.faults.conftest import SEND, MakeRows
from tests.faults.gateway import FaultGateway
from tests.faults.ledger_audit import discrepancies
from tests.inbox.records_gateway import RecordsGateway, a_report, body_of
from tests.scripted_gateway import Act, Received

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.skipif(os.name == "nt", reason="a POSIX shell, and pipes as there"),
]

CLOSED = {"out": ">&-", "err": "2>&-", "in": "<&-", "both": ">&- 2>&-", "all": "<&- >&- 2>&-"}


@pytest.mark.parametrize("closed", CLOSED)
def test_a_batch_is_sent_with_closed_streams(
    gateway: FaultGateway, run: Run, make_rows: MakeRows, closed: str
) -> None:
    """No file takes the descriptor of a closed stream: no message can be written into the ledger."""
    rows = make_rows(40)
    gateway.task_ids.clear()

    done = kxsms(*SEND, "-v", closed=CLOSED[closed])

    assert done.status == 0
    assert "Traceback" not in done.err
    assert gateway.arrived == Counter(rows)
    replay = run(*SEND)
    assert replay.status == 0
    assert replay.json["replayed"]
    assert set(audit(run, gateway, rows, replay.json).values()) == {"accepted"}
    for command, status in ((("batch", "list"), 0), (("batch", "show", "zz"), 2), (("send",), 2)):
        done = kxsms(*command, closed=CLOSED[closed])
        assert done.status == status, command
        assert "Traceback" not in done.err, command


@pytest.mark.parametrize("form", ["json", "jsonl", "table", "csv"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_batch_is_sent_with_a_full_stdout(
    gateway: FaultGateway, run: Run, make_rows: MakeRows, form: str
) -> None:
    rows = make_rows(20)
    with Path("/dev/full").open("wb") as full:
        done = kxsms(*SEND, "-o", form, stdout=full)

    assert done.status == 1
    assert "Traceback" not in done.err
    assert "could not be written to stdout: No space left on device" in done.err
    assert "20 recipients: 20 accepted; task ids: t" in done.err
    assert gateway.arrived == Counter(rows)
    assert discrepancies(run, gateway) == []


@pytest.fixture
def client() -> Iterator[Client]:
    """Yield a client whose processes end as Python does: it flushes the streams."""
    with closing(Client(fresh=True)) as client:
        yield client


def first_line(*arguments: str) -> tuple[int, bytes, bytes]:
    """Read one line and close stdout, as `| head -1` does; return the exit status, the line and stderr."""
    client = Client(fresh=True)
    process = client.start(*arguments)
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    status = process.wait(60)
    process.stderr.close()
    return status, line, err


def test_a_batch_is_sent_if_only_its_first_line_is_read(
    gateway: FaultGateway, run: Run, make_rows: MakeRows
) -> None:
    rows = make_rows(300)

    status, line, err = first_line(*SEND, "-o", "jsonl")

    assert status == 0
    assert line[:1] == b"{"
    assert b"Traceback" not in err
    assert gateway.arrived == Counter(rows)
    assert discrepancies(run, gateway) == []


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_an_export_ends_quietly_if_only_its_first_line_is_read(
    gateway: FaultGateway, run: Run, make_rows: MakeRows, form: str
) -> None:
    make_rows(1_000)
    name = run(*SEND).json["batch"]

    status, line, err = first_line("batch", "export", name, "-o", form)

    assert status == 0
    assert line
    assert err == b""


def test_all_reports_are_stored_if_only_the_first_line_is_read(
    run: Run, gateway: FaultGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway hands out each report only once."""
    with RecordsGateway() as hatch:
        monkeypatch.setenv("KXSMS_BASE_URL", hatch.url)
        hatch.prepare(body_of(*(a_report(f"138{number:08d}", str(number)) for number in range(3_000))))

        status, line, err = first_line("report", "-o", "jsonl")

        assert status == 0
        assert line[:1] == b"{"
        assert err == b""
        assert len(run("report", "--no-pull", "-o", "json").json) == 3_000


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_batch_is_sent_if_its_reader_closes_the_stream(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows, stream: str
) -> None:
    """The reader closes its end while the tenth request is in flight."""
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
    printed = other.read()

    assert process.wait(60) == 0
    assert b"Traceback" not in printed
    assert gateway.arrived == Counter(rows)
    assert discrepancies(run, gateway) == []


def test_a_batch_under_nohup_ignores_a_hang_up(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows
) -> None:
    rows = make_rows(20)
    gateway.plan = client.hit_at(5, signal.SIGHUP, gateway.accept)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        client.start(*SEND)
    finally:
        signal.signal(signal.SIGHUP, before)

    assert client.end().status == 0
    assert gateway.arrived == Counter(rows)
