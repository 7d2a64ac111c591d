"""A disk that is full or read-only, a clock that jumps, and a limit on open files."""

import os
import signal
import socket
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Done, Run
from tests.faults.batch_audit import audit, ledger
from tests.faults.client import kxsms
from tests.faults.conftest import SEND, MakeRows
from tests.faults.disks import mounted
from tests.faults.gateway import FaultGateway, accept_all
from tests.faults.kill_each_step import launched
from tests.faults.ledger_audit import discrepancies
from tests.inbox.records_gateway import RecordsGateway, a_reply, a_report, body_of
from tests.ledger.scene import TEXT, ledger_file
from tests.scripted_gateway import Act, Received

pytestmark = pytest.mark.skipif(os.name == "nt", reason="mounts and limits of POSIX")

YEAR = 365 * 24 * 3600
ONE = ("send", "13800000000", "-m", TEXT)


def unusable(done: Done, words: str) -> None:
    """Check for status 1, one clear line and a hint."""
    assert done.status == 1, done
    assert done.out == b""
    assert words in done.err
    assert "Traceback" not in done.err
    assert "hint" in done.err


@pytest.mark.sqlite
def test_a_full_disk_stops_the_send_without_a_loss(
    gateway: FaultGateway, run: Run, make_rows: MakeRows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With any space left, no recipient gets a text twice; with free space again, the rest is sent."""
    rows = make_rows(100)
    with mounted(tmp_path / "disk", 1500) as disk:
        monkeypatch.setenv("KXSMS_STATE_DIR", str(disk.path / "state"))
        for left in (0, 8, 60, 150, 250, 350):
            disk.fill(left)
            before = len(gateway.received)
            unusable(kxsms(*SEND), "cannot ")
            assert left > 150 or len(gateway.received) == before
            disk.empty()

        done = run(*SEND)

        assert gateway.received
        assert done.status == (6 if done.json["unknown"] else 0)
        audit(run, gateway, rows, done.json)
        assert discrepancies(run, gateway) == []


@pytest.mark.sqlite
def test_a_full_temporary_disk_is_an_error_for_stdin(
    gateway: FaultGateway, run: Run, make_rows: MakeRows, tmp_path: Path
) -> None:
    """kxsms copies stdin to a temporary file."""
    make_rows(2_000)
    command = ["-" if word == "people.csv" else word for word in SEND]
    with mounted(tmp_path / "disk", 64) as disk:
        done = kxsms(*command, stdin=Path("people.csv").read_bytes(), env={"TMPDIR": str(disk.path)})

    assert done.status == 2
    assert gateway.received == []
    assert "stdin: No space left on device" in done.error["message"]


@pytest.mark.sqlite
def test_a_read_only_disk_is_an_error_and_sends_nothing(
    gateway: FaultGateway, run: Run, make_rows: MakeRows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the file nor its directory can be written."""
    rows = make_rows(3)
    with mounted(tmp_path / "disk", 1500) as disk:
        monkeypatch.setenv("KXSMS_STATE_DIR", str(disk.path / "state"))
        done = run(*SEND)
        disk.protect()
        for command in (ONE, SEND, ("batch", "check"), ("report",)):
            failed = kxsms(*command)
            unusable(failed, "cannot be opened")
            assert "make its directory writable for you" in failed.err
        monkeypatch.setenv("KXSMS_STATE_DIR", str(disk.path / "another"))
        unusable(kxsms(*ONE), "cannot be used: Read-only file system")
        monkeypatch.setenv("KXSMS_STATE_DIR", str(disk.path / "state"))
        disk.protect(protected=False)

        audit(run, gateway, rows, done.json)


@pytest.mark.sqlite
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root mounts a disk")
@pytest.mark.parametrize("command", ["report", "mo"])
def test_records_that_cannot_be_stored_are_not_fetched(
    run: Run, gateway: FaultGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """The gateway may hand out each record only once."""
    with RecordsGateway() as hatch, mounted(tmp_path / "disk", 1500) as disk:
        monkeypatch.setenv("KXSMS_BASE_URL", hatch.url)
        monkeypatch.setenv("KXSMS_STATE_DIR", str(disk.path / "state"))
        assert run(command).status == 0
        with closing(ledger()) as reader:  # leaves the files beside the ledger as a killed process does
            reader.execute("SELECT count(*) FROM batches").fetchall()
            beside = {
                name: name.read_bytes() for name in ledger_file().parent.glob(f"{ledger_file().name}-*")
            }
        for name, content in beside.items():
            name.write_bytes(content)
        hatch.prepare(body_of(a_report() if command == "report" else a_reply()))
        disk.protect()
        done = kxsms(command)
        disk.protect(protected=False)

        assert len(beside) == 2
        assert done.status == 1
        assert len(hatch.answers) == 1


@pytest.mark.sqlite
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root mounts a disk")
def test_fetched_records_that_cannot_be_stored_are_shown(
    run: Run, gateway: FaultGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RecordsGateway() as hatch, mounted(tmp_path / "disk", 1500) as disk:
        monkeypatch.setenv("KXSMS_BASE_URL", hatch.url)
        monkeypatch.setenv("KXSMS_STATE_DIR", str(disk.path / "state"))
        assert run("report").status == 0
        hatch.prepare(body_of(*(a_report(f"138{number:08d}", str(number)) for number in range(2_000))))
        disk.fill(60)
        done = kxsms("report", "-o", "raw-json")

        assert done.status == 1
        assert hatch.answers or b"13800001999" in done.out


@pytest.mark.parametrize("seconds", [YEAR, -YEAR], ids=["forward", "back"])
def test_a_clock_that_jumps_between_runs_sends_nothing_twice(
    gateway: FaultGateway, run: Run, make_rows: MakeRows, seconds: int
) -> None:
    """One run now, one a year later or earlier, and one now again."""
    rows = make_rows(12)
    away = launched("--at", "1", "--clock", str(seconds))
    gateway.plan = away.hit_at(4, signal.SIGKILL, gateway.accept)
    assert away.run(*SEND).status == -signal.SIGKILL

    gateway.plan = accept_all
    done = run(*SEND)
    audit(run, gateway, rows, done.json)
    assert discrepancies(run, gateway) == []
    replay = away.run(*SEND)
    assert replay.status == done.status
    assert replay.json["replayed"]
    assert replay.json["batch"] == done.json["batch"]
    assert away.run("batch", "show", done.json["batch"]).status == 0
    assert "Traceback" not in replay.err


@pytest.mark.parametrize("seconds", [YEAR, -YEAR], ids=["forward", "back"])
@pytest.mark.parametrize("step", [45, 95, 105, 115])
def test_a_clock_that_jumps_during_a_send_sends_nothing_twice(
    gateway: FaultGateway, run: Run, make_rows: MakeRows, seconds: int, step: int
) -> None:
    rows = make_rows(8)

    done = launched("--at", str(step), "--clock", str(seconds)).run(*SEND)

    assert done.status == 0, done
    assert set(audit(run, gateway, rows, done.json).values()) == {"accepted"}
    replay = run(*SEND)
    assert replay.status == 0
    assert replay.json["replayed"]
    assert gateway.arrived == Counter(rows)


def test_a_limit_of_32_open_files_loses_nothing(gateway: FaultGateway, run: Run, make_rows: MakeRows) -> None:
    """64 connections need more: some requests wait, or are definitely not sent."""
    import resource
    import threading

    rows = make_rows(120)
    barrier = threading.Barrier(20)

    def plan(request: Received) -> Act:
        act = gateway.accept(request)

        def delayed(connection: socket.socket) -> None:
            try:
                barrier.wait(0.5)
            except threading.BrokenBarrierError:
                barrier.reset()
            act(connection)

        return delayed

    gateway.plan = plan
    limit = (32, 32)
    done = kxsms(
        *SEND,
        "--concurrency",
        "64",
        "--retries",
        "2",
        before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limit),
    )

    assert done.status in (0, 5), done
    assert "Traceback" not in done.err
    assert done.json["accepted"] + done.json["not_sent"] == len(rows)
    assert discrepancies(run, gateway) == []
    gateway.plan = accept_all
    done = run(*SEND)
    assert set(audit(run, gateway, rows, done.json).values()) == {"accepted"}
