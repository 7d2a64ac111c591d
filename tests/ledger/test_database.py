"""The ledger's file is private and whole. If it cannot be used, kxsms sends nothing."""

import os
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from kxsms.ledger.sqlite.database import SqliteDatabase
from tests.conftest import Done, Run
from tests.engines import locked_ledger, query_ledger
from tests.ledger.scene import (
    TEXT,
    batches,
    counts,
    ledger_file,
    people,
    send_csv,
    send_one,
    taken,
    write_csv,
)
from tests.scripted_gateway import ScriptedGateway

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX modes, limits and locks")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


ODD = 0o277


@pytest.mark.sqlite
@pytest.mark.parametrize("mask", [0, 0o022, 0o077, 0o177, ODD])
def test_the_file_is_private_under_any_umask(run: Run, gateway: ScriptedGateway, mask: int) -> None:
    with umask(mask):
        assert send_one(run).status == 0
        with closing(sqlite3.connect(ledger_file())) as reader:  # keeps -wal and -shm in place
            reader.execute("SELECT count(*) FROM batches").fetchall()
            assert send_one(run).status == 0
            files = {path.name: mode(path) for path in ledger_file().parent.iterdir()}

    assert mode(ledger_file().parent) == 0o700
    assert {f"ledger.sqlite3{suffix}" for suffix in ("", "-wal", "-shm", ".lock")} <= set(files)
    assert set(files.values()) == {0o600}


@pytest.mark.sqlite
def test_readers_and_a_writer_work_side_by_side(run: Run, gateway: ScriptedGateway) -> None:
    send_one(run)
    assert query_ledger("PRAGMA journal_mode") == [("wal",)]
    with closing(sqlite3.connect(ledger_file(), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM batches").fetchall()

        assert send_one(run).status == 0
        assert len(run("batch", "list", "-o", "json").json) == 2


def test_readers_do_not_wait_for_a_writer(run: Run, gateway: ScriptedGateway) -> None:
    name = send_one(run).json["batch"]
    with locked_ledger():
        commands = [("list",), ("show", name), ("export", name), ("check",)]
        assert [run("batch", *command).status for command in commands] == [0] * 4


def tampered(*statements: str) -> None:
    ledger_file().parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(ledger_file(), isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def unusable(done: Done, arrived: Sequence[object], words: str) -> None:
    """Assert one clear line, a hint and status 1, and that nothing was sent."""
    errors = [line for line in done.err.splitlines() if not line.startswith("hint: ")]
    assert done.status == 1
    assert done.out == b""
    assert len(errors) == 1
    assert arrived == []
    assert errors[0].startswith(f"kxsms: error: the ledger {ledger_file()} ")
    assert words in errors[0]
    assert "hint: " in done.err


COMMANDS = [("send", "13800000000", "-m", TEXT), ("batch", "list"), ("batch", "resume", "a")]


@pytest.mark.sqlite
@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_is_not_a_database(run: Run, gateway: ScriptedGateway, command: tuple[str, ...]) -> None:
    ledger_file().parent.mkdir()
    ledger_file().write_text("Dear diary, " * 100, "utf-8")

    unusable(run(*command), taken(gateway), "is not a database")
    assert ledger_file().read_text("utf-8").startswith("Dear diary")


@pytest.mark.sqlite
@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_of_another_program(run: Run, gateway: ScriptedGateway, command: tuple[str, ...]) -> None:
    tampered("CREATE TABLE photos (id INTEGER)")

    unusable(run(*command), taken(gateway), "of another program")
    assert query_ledger("SELECT name FROM sqlite_master") == [("photos",)]


@pytest.mark.sqlite
@pytest.mark.parametrize("command", COMMANDS)
def test_a_ledger_of_a_newer_version(run: Run, gateway: ScriptedGateway, command: tuple[str, ...]) -> None:
    send_one(run)
    taken(gateway)
    tampered("PRAGMA user_version = 99")

    done = run(*command)

    unusable(done, taken(gateway), "newer version of kxsms")
    assert "hint: upgrade kxsms" in done.err


@pytest.mark.sqlite
def test_a_damaged_ledger(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(300))
    send_csv(run)
    taken(gateway)
    data = ledger_file().read_bytes()
    ledger_file().write_bytes(data[:4096] + b"\xaa" * 8192 + data[12288:])

    unusable(run("send", "13800000000", "-m", TEXT), taken(gateway), "is damaged")
    assert run("batch", "check").status == 1


def test_wrong_counters_are_found(run: Run, gateway: ScriptedGateway) -> None:
    name = send_one(run).json["batch"]
    query_ledger("UPDATE batches SET accepted = 0, unknown = 1")

    done = run("batch", "check")

    assert done.status == 1
    assert f"batch {name} says" in done.err


@pytest.mark.sqlite
def test_a_directory_in_place_of_the_ledger(run: Run, gateway: ScriptedGateway) -> None:
    ledger_file().mkdir(parents=True)

    unusable(run("send", "13800000000", "-m", TEXT), taken(gateway), "is a directory")


@pytest.mark.sqlite
def test_a_state_directory_that_is_a_file(run: Run, gateway: ScriptedGateway) -> None:
    ledger_file().parent.write_text("x")

    unusable(run("send", "13800000000", "-m", TEXT), taken(gateway), "cannot be used")


@pytest.mark.sqlite
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write any file")
def test_a_ledger_that_cannot_be_written(run: Run, gateway: ScriptedGateway) -> None:
    send_one(run)
    taken(gateway)
    ledger_file().chmod(0o400)

    unusable(run("send", "13800000000", "-m", TEXT), taken(gateway), "cannot be written")


def small_files(size: int) -> None:
    """Let no file grow beyond so many bytes, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.mark.sqlite
@pytest.mark.parametrize("size", [0, 8 << 10, 50 << 10, 100 << 10, 300 << 10])
def test_a_full_disk(run: Run, gateway: ScriptedGateway, size: int) -> None:
    write_csv(people(40))
    command = [sys.executable, "-m", "kxsms", "send", "--csv", "people.csv", "--yes"]

    ended = subprocess.run(
        command, capture_output=True, check=False, timeout=30, preexec_fn=lambda: small_files(size)
    )

    err = ended.stderr.decode()
    before = taken(gateway)
    if size <= 50 << 10:
        unusable(Done(ended.returncode, ended.stdout, err), before, "cannot ")
    assert ended.returncode == 1
    assert err.count("error:") == 1
    assert len(before) < 40
    again = send_csv(run)  # the disk has space again
    assert sorted(before + taken(gateway)) == people(40)
    assert again.status == (6 if counts(again)[3] else 0)
    assert counts(again)[2] == 0
    assert counts(again)[0] >= 40 - len(before)


def test_a_half_written_batch_is_swept_after_a_crash(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    send_csv(run)
    query_ledger("UPDATE batches SET ready = FALSE")
    assert run("batch", "list", "-o", "json").json == []
    taken(gateway)

    done = send_csv(run)

    assert done.status == 0
    assert done.json["replayed"] is False
    assert taken(gateway) == people(3)
    assert query_ledger("SELECT (SELECT count(*) FROM rows), (SELECT count(*) FROM requests)") == [(3, 3)]
    assert batches() == 1


@pytest.mark.sqlite
def test_a_ledger_that_several_create_at_once_is_no_other_programs(tmp_path: Path) -> None:
    def open_together(path: Path, start: threading.Barrier) -> None:
        start.wait(20)
        with SqliteDatabase(path, writable=True) as database:
            database.row("SELECT count(*) FROM batches")

    with ThreadPoolExecutor(4) as pool:
        for number in range(200):
            start = threading.Barrier(4)
            opened = [pool.submit(open_together, tmp_path / f"{number}", start) for _ in range(4)]
            assert [one.exception() for one in opened] == [None] * 4
