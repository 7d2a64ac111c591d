"""The ledger as `kxsms doctor` sees it: each fault is a line with a hint, and nothing is changed."""

import os
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from kxsms.ledger.sqlite.migrations import MIGRATIONS
from kxsms.ledger.sqlite.schema import migrate
from kxsms.sqlite import connect
from tests.conftest import Run
from tests.health.doctor import Doctor, balance, doctor
from tests.ledger.scene import ledger_file, people, send_csv, send_one, write_csv
from tests.scripted_gateway import ScriptedGateway, answer

pytestmark = [pytest.mark.sqlite, pytest.mark.skipif(os.name != "posix", reason="POSIX modes and locks")]


@pytest.fixture
def ledger(run: Run, gateway: ScriptedGateway) -> Path:
    """Return a ledger with a batch, and let the gateway answer with a balance."""
    write_csv(people(300))
    send_csv(run)
    gateway.otherwise = balance()
    return ledger_file()


@contextmanager
def tampering(ledger: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(ledger)) as connection:
        yield connection


def fails(found: Doctor, check: str, words: str) -> None:
    assert found.failed == [check]
    assert words in found.checks[check].detail
    assert found.checks[check].hint
    assert found.done.status == 1


def test_a_ledger_in_good_health(run: Run, ledger: Path) -> None:
    found = doctor(run)

    assert found.failed == []
    assert found.checks["ledger"].detail.startswith(f"{ledger}, ")
    assert found.checks["ledger_schema"].detail == f"version {len(MIGRATIONS)}, the newest"
    assert found.checks["ledger_integrity"].ok is True
    assert found.checks["ledger_leftovers"].detail == "0 unfinished batches"


def test_a_ledger_that_is_missing_beside_its_lock_file(run: Run, ledger: Path) -> None:
    ledger.unlink()

    fails(doctor(run), "ledger", "is missing, although batches were sent with it")
    assert not ledger.exists()


def test_an_empty_ledger_beside_its_lock_file(run: Run, ledger: Path) -> None:
    ledger.write_bytes(b"")

    fails(doctor(run), "ledger", "is empty")


def test_a_ledger_with_two_names(run: Run, ledger: Path) -> None:
    os.link(ledger, ledger.with_name("second"))

    fails(doctor(run), "ledger", "hard links")


def test_a_ledger_that_others_can_read(run: Run, ledger: Path) -> None:
    ledger.chmod(0o640)

    fails(doctor(run), "ledger", "can read it")


def test_a_ledger_of_a_newer_version(run: Run, ledger: Path) -> None:
    with tampering(ledger) as connection:
        connection.execute("PRAGMA user_version = 99")

    fails(doctor(run), "ledger_schema", "newer version of kxsms")


def test_a_database_of_another_program(run: Run, ledger: Path) -> None:
    with tampering(ledger) as connection:
        connection.execute("PRAGMA application_id = 7")

    fails(doctor(run), "ledger_schema", "of another program")


def test_a_file_that_is_no_database(run: Run, ledger: Path) -> None:
    ledger.write_text("Dear diary" * 1000)

    fails(doctor(run), "ledger_schema", "is not a database")


def test_a_table_that_is_missing(run: Run, ledger: Path) -> None:
    with tampering(ledger) as connection:
        connection.execute("DROP TABLE owners")

    fails(doctor(run), "ledger_schema", "the table owners is missing")


def test_a_damaged_page(run: Run, ledger: Path) -> None:
    with tampering(ledger) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'rows'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    data = bytearray(ledger.read_bytes())
    data[(page - 1) * size : page * size] = b"\xaa" * size
    ledger.write_bytes(data)

    fails(doctor(run), "ledger_integrity", "damaged")


def test_damage_that_only_a_check_of_every_page_finds(run: Run, ledger: Path) -> None:
    data = bytearray(ledger.read_bytes())
    data[36:40] = (5).to_bytes(4, "big")  # free pages that are not in the list of free pages
    ledger.write_bytes(data)

    fails(doctor(run), "ledger_integrity", "damaged: ")


def test_an_older_ledger_stays_as_it_is(run: Run, gateway: ScriptedGateway, tmp_path: Path) -> None:
    gateway.otherwise = balance()
    ledger_file().parent.mkdir(mode=0o700)
    with closing(connect(ledger_file())) as connection:
        migrate(connection)
        connection.execute("PRAGMA user_version = 3")
    ledger_file().chmod(0o600)

    found = doctor(run)

    assert found.failed == []
    assert found.checks["ledger_schema"].detail.startswith("version 3; ")
    with tampering(ledger_file()) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (3,)


def test_a_batch_that_was_killed_with_a_request_in_flight(run: Run, ledger: Path) -> None:
    with tampering(ledger) as connection:
        connection.execute("UPDATE batches SET sending = 1, finished = NULL")
        (name,) = connection.execute("SELECT name FROM batches").fetchone()

    found = doctor(run)

    fails(found, "ledger_leftovers", name)
    assert found.checks["ledger_leftovers"].hint == f"run kxsms batch resume {name}"
    with tampering(ledger) as connection:
        assert connection.execute("SELECT sending FROM batches").fetchone() == (1,)


def test_the_log_that_a_crash_left_stays_as_it_is(run: Run, ledger: Path) -> None:
    log = ledger.with_name(f"{ledger.name}-wal")
    with tampering(ledger) as connection:
        connection.execute("CREATE TABLE more (x)")
        copies = {path: path.read_bytes() for path in (ledger, log)}
    for path, content in copies.items():
        path.write_bytes(content)
        path.chmod(0o600)

    doctor(run)

    assert {path: path.read_bytes() for path in copies} == copies


def test_a_state_directory_that_cannot_be_written(run: Run, gateway: ScriptedGateway) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    gateway.otherwise = balance()
    ledger_file().parent.mkdir(mode=0o500)

    fails(doctor(run), "disk", "cannot be written")


def test_a_file_in_place_of_the_state_directory(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = balance()
    ledger_file().parent.touch()

    found = doctor(run)

    assert found.failed == ["ledger", "disk"]
    assert "is not a directory" in found.checks["disk"].detail


def test_a_batch_that_a_living_process_is_sending_is_no_leftover(run: Run, gateway: ScriptedGateway) -> None:
    arrived, over = threading.Event(), threading.Event()

    def wait(connection: socket.socket) -> None:
        arrived.set()
        over.wait(30)
        answer()(connection)

    gateway.script, gateway.otherwise = [wait], balance()
    write_csv(people(1))
    command = [sys.executable, "-m", "kxsms", "send", "--csv", "people.csv", "--yes"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as sender:
        assert arrived.wait(30)
        found = doctor(run)
        over.set()
        status = sender.wait(30)

    assert found.failed == []
    assert found.checks["ledger_leftovers"].detail == "1 unfinished batch"
    assert status == 0


def test_a_send_after_it_replays(run: Run, gateway: ScriptedGateway, ledger: Path) -> None:
    doctor(run)
    before = len(gateway.received)

    assert send_csv(run).status == 0
    assert len(gateway.received) == before
    assert send_one(run).status == 0
