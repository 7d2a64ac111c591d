"""A machine that is not as it should be: its disk, its ledger, its clock, its limits."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Done, Run
from tests.faults.audit import audit, ledger, path
from tests.faults.conftest import SEND, MakeRows
from tests.faults.gateway import FaultGateway, accept_all
from tests.faults.machines import kxsms, mounted
from tests.faults.steps import launched
from tests.faults.whole import discrepancies
from tests.inbox.records_gateway import RecordsGateway, a_reply, a_report, body_of
from tests.ledger.scene import TEXT
from tests.scripted_gateway import Act, Received

pytestmark = pytest.mark.skipif(os.name == "nt", reason="mounts and limits of POSIX")

YEAR = 365 * 24 * 3600
ONE = ("send", "13800000000", "-m", TEXT)


def unusable(done: Done, words: str) -> None:
    """One clear line and a hint, and status 1."""
    assert (done.status, done.out, words in done.err) == (1, b"", True), done
    assert "Traceback" not in done.err
    assert "hint" in done.err


def test_a_full_disk(
    gateway: FaultGateway, run: Run, make_rows: MakeRows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much room is left, nobody gets a text twice, and with room again the rest is sent."""
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


def test_a_full_disk_under_a_pipe(
    gateway: FaultGateway, run: Run, make_rows: MakeRows, tmp_path: Path
) -> None:
    """What comes through a pipe is kept in a temporary file while it is read."""
    make_rows(2_000)
    command = ["-" if word == "people.csv" else word for word in SEND]
    with mounted(tmp_path / "disk", 64) as disk:
        done = kxsms(*command, stdin=Path("people.csv").read_bytes(), env={"TMPDIR": str(disk.path)})

    assert (done.status, gateway.received) == (2, [])
    assert "stdin: No space left on device" in done.error["message"]


def test_a_disk_that_may_not_be_written(
    gateway: FaultGateway, run: Run, make_rows: MakeRows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory is as little to be written as the file."""
    rows = make_rows(3)
    with mounted(tmp_path / "disk", 1500) as disk:
        monkeypatch.setenv("KXSMS_STATE_DIR", str(disk.path / "state"))
        done = run(*SEND)
        disk.protect()
        for command in (ONE, SEND, ("batch", "check"), ("report",)):
            done_in_vain = kxsms(*command)
            unusable(done_in_vain, "cannot be opened")
            assert "must be writable for you" in done_in_vain.err
        monkeypatch.setenv("KXSMS_STATE_DIR", str(disk.path / "another"))
        unusable(kxsms(*ONE), "cannot be used: Read-only file system")
        monkeypatch.setenv("KXSMS_STATE_DIR", str(disk.path / "state"))
        disk.protect(protected=False)

        audit(run, gateway, rows, done.json)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root mounts a disk")
@pytest.mark.parametrize("command", ["report", "mo"])
def test_nothing_is_fetched_that_cannot_be_kept(
    run: Run, gateway: FaultGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """The gateway may hand it out but once."""
    with RecordsGateway() as hatch, mounted(tmp_path / "disk", 1500) as disk:
        monkeypatch.setenv("KXSMS_BASE_URL", hatch.url)
        monkeypatch.setenv("KXSMS_STATE_DIR", str(disk.path / "state"))
        assert run(command).status == 0
        with closing(ledger()) as reader:  # as a process that was killed leaves the files beside the ledger
            reader.execute("SELECT count(*) FROM batches").fetchall()
            beside = {name: name.read_bytes() for name in path().parent.glob(f"{path().name}-*")}
        for name, content in beside.items():
            name.write_bytes(content)
        hatch.prepare(body_of(a_report() if command == "report" else a_reply()))
        disk.protect()
        done = kxsms(command)
        disk.protect(protected=False)

        assert (len(beside), done.status, len(hatch.answers)) == (2, 1, 1)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root mounts a disk")
def test_what_cannot_be_kept_is_shown_at_least(
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


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "header": lambda whole: b"\xaa" * 100 + whole[100:],
    "first page": lambda whole: b"\xaa" * 4096 + whole[4096:],
    "no zero at all": lambda whole: bytes(len(whole)),
    "middle": lambda whole: whole[:20_000] + b"\xaa" * 40_000 + whole[60_000:],
    "ten bytes": lambda whole: whole[:10],
    "a page": lambda whole: whole[:4096],
    "half": lambda whole: whole[: len(whole) // 2],
    "odd": lambda whole: whole[: len(whole) // 2 + 1000],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_ledger(gateway: FaultGateway, run: Run, make_rows: MakeRows, damage: str) -> None:
    make_rows(200)
    assert run(*SEND).status == 0
    arrived = len(gateway.received)
    path().write_bytes(DAMAGES[damage](path().read_bytes()))
    assert path().stat().st_size

    for command in (SEND, ONE, ("batch", "check"), ("batch", "list"), ("report", "--no-pull")):
        done = run(*command)
        # What only looks at a little of it may not come upon the damage.
        assert done.status == 1 or command[1] in ("list", "--no-pull"), (command, done)
        assert (str(path()) in done.err, "Traceback" in done.err) == (done.status == 1, False)
    assert len(gateway.received) == arrived


def test_an_emptied_ledger(gateway: FaultGateway, run: Run, make_rows: MakeRows) -> None:
    rows = make_rows(3)
    assert run(*SEND).status == 0
    path().write_bytes(b"")

    assert run(*SEND).status == 1
    assert gateway.arrived == Counter(rows)


@pytest.mark.parametrize("seconds", [YEAR, -YEAR], ids=["forward", "back"])
def test_a_clock_that_jumps_between_runs(
    gateway: FaultGateway, run: Run, make_rows: MakeRows, seconds: int
) -> None:
    """One run, another a year on or before, and the next one now."""
    rows = make_rows(12)
    away = launched("--at", "1", "--clock", str(seconds))
    gateway.plan = away.hit_at(4, signal.SIGKILL, gateway.accept)
    assert away.run(*SEND).status == -signal.SIGKILL

    gateway.plan = accept_all
    done = run(*SEND)
    audit(run, gateway, rows, done.json)
    assert discrepancies(run, gateway) == []
    told = away.run(*SEND)
    assert (told.status, told.json["replayed"], told.json["batch"]) == (done.status, True, done.json["batch"])
    assert away.run("batch", "show", done.json["batch"]).status == 0
    assert "Traceback" not in told.err


@pytest.mark.parametrize("seconds", [YEAR, -YEAR], ids=["forward", "back"])
@pytest.mark.parametrize("step", [45, 95, 105, 115])
def test_a_clock_that_jumps_meanwhile(
    gateway: FaultGateway, run: Run, make_rows: MakeRows, seconds: int, step: int
) -> None:
    rows = make_rows(8)

    done = launched("--at", str(step), "--clock", str(seconds)).run(*SEND)

    assert done.status == 0, done
    assert set(audit(run, gateway, rows, done.json).values()) == {"accepted"}
    told = run(*SEND)
    assert (told.status, told.json["replayed"]) == (0, True)
    assert gateway.arrived == Counter(rows)


def test_few_files(gateway: FaultGateway, run: Run, make_rows: MakeRows) -> None:
    """32 open files are not enough for 64 connections: some wait, or certainly nothing was sent there."""
    import resource
    import threading

    rows = make_rows(120)
    many = threading.Barrier(20)

    def plan(request: Received) -> Act:
        act = gateway.accept(request)

        def held(connection: "object") -> None:
            try:
                many.wait(0.5)
            except threading.BrokenBarrierError:
                many.reset()
            act(connection)  # type: ignore[arg-type]

        return held

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

    assert (done.status in (0, 5), "Traceback" in done.err) == (True, False), done
    assert done.json["accepted"] + done.json["not_sent"] == len(rows)
    assert discrepancies(run, gateway) == []
    gateway.plan = accept_all
    done = run(*SEND)
    assert set(audit(run, gateway, rows, done.json).values()) == {"accepted"}
