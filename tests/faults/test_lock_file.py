"""Files beside the ledger are removed, moved or replaced while a batch is sent: nothing goes out twice."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.conftest import Done, Run
from tests.faults.batch_audit import audit, ledger
from tests.faults.client import Client
from tests.faults.conftest import SEND, MakeRows
from tests.faults.gateway import FaultGateway, accept_all
from tests.ledger.scene import ledger_file
from tests.scripted_gateway import Act, Received

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.skipif(os.name == "nt", reason="Windows keeps open files from being removed"),
]

ONE_BY_ONE = (*SEND, "--concurrency", "1")
NTH = 5

Harm = Callable[[], object]


def beside(suffix: str) -> Path:
    return Path(f"{ledger_file()}{suffix}")


def remove_lock() -> None:
    beside(".lock").unlink()


def move_lock() -> None:
    beside(".lock").rename(beside(".old"))


def replace_lock() -> None:
    remove_lock()
    beside(".lock").touch(0o600)


def remove_log() -> None:
    beside("-wal").unlink()
    beside("-shm").unlink()


def remove_index() -> None:
    beside("-shm").unlink()


def remove_ledger() -> None:
    ledger_file().unlink()


@contextmanager
def held_up(gateway: FaultGateway, client: Client, harm: Harm) -> Iterator[None]:
    """Start a send, do harm when its fifth request arrives, and answer that one after the `with`."""
    arrived, go_on = threading.Event(), threading.Event()

    def plan(request: Received) -> Act | None:
        if len(gateway.received) != NTH:
            return None
        harm()
        act = gateway.accept(request)

        def delayed(connection: socket.socket) -> None:
            arrived.set()
            go_on.wait(20)
            act(connection)

        return delayed

    gateway.plan = plan
    client.start(*ONE_BY_ONE)
    assert arrived.wait(20)
    gateway.plan = accept_all
    try:
        yield
    finally:
        go_on.set()


@pytest.mark.parametrize("harm", [remove_lock, move_lock, replace_lock])
def test_without_its_lock_file_a_batch_still_has_one_owner(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows, harm: Harm
) -> None:
    rows = make_rows(12)
    with held_up(gateway, client, harm):
        (batch,) = run("batch", "list", "-o", "json").json
        assert batch["state"] == "running"
        for command in (SEND, ("batch", "resume", batch["batch"], "--take-over", "-o", "json")):
            assert Client().run(*command).status == 8
        assert len(gateway.received) == NTH

    stopped = client.end()

    assert stopped.status == 1
    assert f"the lock file {beside('.lock')} was removed or replaced" in stopped.error["message"]
    assert len(gateway.received) <= NTH + 1  # the next one has been claimed
    done = run(*SEND)
    assert done.status == 0
    assert set(audit(run, gateway, rows, done.json).values()) == {"accepted"}


def test_an_owner_that_was_killed_without_its_lock_file_is_dead(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows
) -> None:
    rows = make_rows(12)
    with held_up(gateway, client, remove_lock):
        client.kill()
        assert client.end().status == -signal.SIGKILL

    done = run(*SEND)

    assert done.status == 6
    assert audit(run, gateway, rows, done.json)[rows[NTH - 1]] == "unknown"


def test_a_second_way_to_the_ledger_has_the_same_lock_file(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows, tmp_path: Path
) -> None:
    rows = make_rows(12)
    second = tmp_path / "second"
    second.mkdir(0o700)
    (second / "ledger.sqlite3").symlink_to(ledger_file())
    with held_up(gateway, client, lambda: None):
        assert Client({"KXSMS_STATE_DIR": str(second)}).run(*SEND).status == 8
        assert len(gateway.received) == NTH
        assert not (second / "ledger.sqlite3.lock").exists()

    done = client.end()

    assert done.status == 0
    assert set(audit(run, gateway, rows, done.json).values()) == {"accepted"}


def test_a_ledger_with_two_names_is_refused(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows, tmp_path: Path
) -> None:
    rows = make_rows(12)
    second = tmp_path / "second"
    second.mkdir(0o700)
    with held_up(gateway, client, lambda: os.link(ledger_file(), second / "ledger.sqlite3")):
        done = Client({"KXSMS_STATE_DIR": str(second)}).run(*SEND)
        assert done.status == 1
        assert f"{second / 'ledger.sqlite3'} has 2 names (hard links)" in done.error["message"]
        assert len(gateway.received) == NTH
    assert client.end().status == 0
    assert gateway.arrived.total() == len(rows)


@pytest.mark.parametrize("harm", [remove_log, remove_index])
def test_a_vanished_log_stops_the_send_and_loses_nothing(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows, harm: Harm
) -> None:
    rows = make_rows(12)
    with held_up(gateway, client, harm):
        pass

    stopped = client.end()

    assert stopped.status == 1
    assert "was removed or replaced while it was in use" in stopped.error["message"]
    assert len(gateway.received) <= NTH + 1
    done = run(*SEND)
    assert done.status == 0
    assert set(audit(run, gateway, rows, done.json).values()) == {"accepted"}


def refused(run: Run, gateway: FaultGateway, words: str, *commands: tuple[str, ...]) -> list[Done]:
    """Assert that each command is refused in these words, and that nothing is sent."""
    arrived = len(gateway.received)
    done = [run(*command) for command in commands]
    assert [each.status for each in done] == [1] * len(commands)
    assert all(words in each.err for each in done)
    assert len(gateway.received) == arrived
    return done


@pytest.mark.parametrize("harm", [remove_log, remove_ledger])
def test_a_ledger_that_lost_its_entries_to_a_kill_is_refused(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows, harm: Harm
) -> None:
    make_rows(12)
    with held_up(gateway, client, harm):
        client.kill()
        assert client.end().status == -signal.SIGKILL
    commands = [
        SEND,
        ("send", "13800000000", "-m", "【科】您好"),
        ("batch", "resume", "a"),
        ("batch", "check"),
    ]
    words = "lacks its newest entries" if harm is remove_log else "is missing, although batches were sent"

    for done in refused(run, gateway, words, *commands):
        assert f"remove {beside('.lock')}" in done.err
    for suffix in ("", "-wal", "-shm", ".lock"):
        with suppress(FileNotFoundError):
            beside(suffix).unlink()
    assert run(*SEND).status == 0  # as told: with a new ledger


def test_a_removed_ledger_is_not_created_again_while_it_is_in_use(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows
) -> None:
    make_rows(12)
    with held_up(gateway, client, remove_ledger):
        refused(run, gateway, "is missing", SEND, ("batch", "list"))
    assert client.end().status == 1
    assert max(gateway.arrived.values()) == 1


def test_an_owner_whose_batch_was_taken_over_stops(
    gateway: FaultGateway, client: Client, run: Run, make_rows: MakeRows
) -> None:
    rows = make_rows(12)

    def take_over() -> None:
        connection = ledger()
        connection.execute("UPDATE owners SET pid = 1")
        connection.close()

    with held_up(gateway, client, take_over):
        pass
    stopped = client.end()
    assert stopped.status == 1
    assert "taken over" in stopped.error["message"]
    assert len(gateway.received) <= NTH + 1
    done = run(*SEND)
    assert set(audit(run, gateway, rows, done.json).values()) == {"accepted"}
