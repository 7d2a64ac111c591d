"""The owner that the ledger records: dead, alive, or impossible to examine from here."""

import os
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from kxsms.ledger.processes import Process, this_process
from tests.conftest import Run
from tests.engines import query_ledger
from tests.ledger.scene import REFUSED, ledger_file, people, send_csv, taken, unfinished, write_csv
from tests.scripted_gateway import ScriptedGateway, answer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no start times")

ME = this_process()
IS_OUTERMOST = ME.pid_namespace == "pid:[4026531836]"
DEAD, ALIVE, UNSEEN = "dead", "alive", "cannot be examined"


def ended() -> int:
    """Return the number of a process that has ended."""
    with subprocess.Popen(["true"]) as process:
        pass
    return process.pid


class Record:
    """Records the owner of the only batch, whose lock file is not there.

    Until it is closed, there is a -wal file, as a killed process leaves it.
    """

    def __init__(self) -> None:
        self._connections = ExitStack()
        self.close = self._connections.close

    def __call__(self, process: Process) -> str:
        """Return the name of the batch."""
        ((number, name),) = query_ledger("SELECT id, name FROM batches")
        values = (number, *process, "1", "1", b"/nowhere/ledger.sqlite3.lock")
        connection = self._connections.enter_context(closing(sqlite3.connect(ledger_file())))
        with connection:
            connection.execute("INSERT INTO owners VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        return str(name)


@pytest.fixture
def record(home: Path) -> Iterator[Record]:
    with closing(Record()) as record:
        yield record


OWNERS = [
    pytest.param(ME._replace(pid=ended()), DEAD, id="ended"),
    pytest.param(ME._replace(started="1"), DEAD, id="another process has its number"),
    pytest.param(ME, ALIVE, id="alive"),
    pytest.param(ME._replace(started=""), UNSEEN, id="without a start time"),
    pytest.param(ME._replace(host="elsewhere/1"), UNSEEN, id="on another host"),
    pytest.param(ME._replace(pid_namespace="pid:[1]"), UNSEEN, id="in another container"),
    pytest.param(ME._replace(boot="1"), DEAD if IS_OUTERMOST else UNSEEN, id="before a restart"),
    pytest.param(
        ME._replace(boot="1", pid_namespace="pid:[1]"), UNSEEN, id="in a container before a restart"
    ),
]


@pytest.mark.sqlite
@pytest.mark.parametrize(("process", "fate"), OWNERS)
def test_an_owner_without_its_lock_file_is_examined(
    run: Run, gateway: ScriptedGateway, record: Record, process: Process, fate: str
) -> None:
    write_csv(people(4))
    unfinished(run, gateway)
    name = record(process)

    state = run("batch", "show", name, "-o", "json").json["state"]
    done = send_csv(run)

    assert state == ("unfinished" if fate is DEAD else "running")
    assert done.status == (3 if fate is DEAD else 8)
    assert len(taken(gateway)) == (2 if fate is DEAD else 0)
    assert (f"batch resume {name} --take-over" in done.err) == (fate is UNSEEN)


@pytest.mark.sqlite
@pytest.mark.parametrize(("process", "fate"), OWNERS)
def test_take_over_never_takes_from_a_living_owner(
    run: Run, gateway: ScriptedGateway, record: Record, process: Process, fate: str
) -> None:
    write_csv(people(4))
    unfinished(run, gateway)
    name = record(process)

    done = run("batch", "resume", name, "--take-over")

    assert done.status == (8 if fate is ALIVE else 3)
    assert len(taken(gateway)) == (0 if fate is ALIVE else 2)


@pytest.mark.sqlite
def test_an_owner_whose_lock_file_is_there_and_free_is_dead(
    run: Run, gateway: ScriptedGateway, record: Record
) -> None:
    """A container that was killed, for example, with its state directory on a volume."""
    write_csv(people(4))
    unfinished(run, gateway)
    record(Process("elsewhere/1", "1", "pid:[1]", 1, "1"))
    status = Path(f"{ledger_file()}.lock").stat()
    query_ledger(
        "UPDATE owners SET lock_device = ?, lock_inode = ?", (str(status.st_dev), str(status.st_ino))
    )

    assert send_csv(run).status == 3
    assert len(taken(gateway)) == 2


LOCKED = """
import fcntl, sys
file = open(sys.argv[1], "r+b")
fcntl.lockf(file, fcntl.LOCK_EX, 1, 1)
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.mark.sqlite
def test_an_owner_with_a_lock_file_of_another_name_is_alive_while_it_is_locked(
    run: Run, gateway: ScriptedGateway, record: Record, tmp_path: Path
) -> None:
    """A container, for example, into which the ledger alone is mounted."""
    write_csv(people(4))
    unfinished(run, gateway)
    record(Process("elsewhere/1", "1", "pid:[1]", 1, "1"))
    lock = tmp_path / "other.lock"
    lock.touch(0o600)
    values = (str(lock.stat().st_dev), str(lock.stat().st_ino), str(lock).encode())
    query_ledger("UPDATE owners SET lock_device = ?, lock_inode = ?, lock_path = ?", values)
    command = [sys.executable, "-c", LOCKED, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        assert send_csv(run).status == 8
        assert send_csv(run, "--again").status == 8
        process.kill()
    assert taken(gateway) == []
    assert send_csv(run).status == 3


def test_no_owner_is_recorded_after_a_send(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(4))
    assert unfinished(run, gateway).status == 5
    assert query_ledger("SELECT * FROM owners") == []
    assert send_csv(run).status == 3
    assert query_ledger("SELECT * FROM owners") == []


@pytest.mark.sqlite
def test_the_owner_is_recorded_before_the_first_request_leaves(run: Run, gateway: ScriptedGateway) -> None:
    seen: list[object] = []
    gateway.on_connect = lambda connection: seen.extend(
        query_ledger("SELECT batch, pid, lock_inode FROM owners")
    )
    write_csv(people(1))
    send_csv(run, "--retries", "0")
    lock = Path(f"{ledger_file()}.lock").stat()
    assert seen[0] == (1, os.getpid(), str(lock.st_ino))


@pytest.mark.sqlite
def test_a_process_that_its_parent_has_not_buried_is_dead() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        started = (Path("/proc") / str(process.pid) / "stat").read_text().rpartition(")")[2].split()[19]
        owner = ME._replace(pid=process.pid, started=started)
        assert owner.is_alive()
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert owner.is_alive() is False


CONTAINER = ("unshare", "--pid", "--kill-child", "--mount-proc", sys.executable, "-m", "kxsms")


@pytest.mark.sqlite
def test_a_process_in_a_container_cannot_be_examined(run: Run, gateway: ScriptedGateway) -> None:
    if subprocess.run([*CONTAINER, "--version"], capture_output=True, check=False).returncode:
        pytest.skip("this user may not make PID namespaces")
    write_csv(people(4))
    command = ("send", "--csv", "people.csv", "--yes", "--concurrency", "1", "--rate", "0")
    arrived = threading.Event()

    def hold(connection: socket.socket) -> None:
        arrived.set()
        gateway.silent(connection)

    gateway.otherwise = hold
    with subprocess.Popen([*CONTAINER, *command], stderr=subprocess.DEVNULL) as process:
        assert arrived.wait(20)
        Path(f"{ledger_file()}.lock").unlink()
        refused = send_csv(run)
        process.kill()
    gateway.otherwise = answer()
    assert refused.status == 8
    assert "--take-over" in refused.err
    name = query_ledger("SELECT name FROM batches")[0][0]
    done = run("batch", "resume", name, "--take-over", "-o", "json", "--concurrency", "1")
    assert done.status == 6
    assert len(taken(gateway)) == 4 - done.json["unknown"] + 1


@pytest.mark.sqlite
@pytest.mark.skipif(not IS_OUTERMOST, reason="nobody is known to have ended before a restart")
@pytest.mark.parametrize("host", [ME.host, "elsewhere/1"])
def test_what_an_owner_without_any_files_had_planned_is_unknown(
    run: Run, gateway: ScriptedGateway, record: Record, host: str
) -> None:
    """Restored from a backup, for example, which was made while it was sending."""
    write_csv(people(4))
    gateway.script = [answer(), REFUSED]
    assert send_csv(run, "--pause-after", "1").status == 3
    ((left,),) = query_ledger("SELECT count(*) FROM requests WHERE state = 'planned'")
    record(ME._replace(host=host, boot="1"))
    record.close()

    run("batch", "resume", "none")

    assert left
    assert query_ledger("SELECT count(*) FROM requests WHERE state = 'unknown'") == [(left,)]
    assert query_ledger("SELECT host FROM owners") == ([] if host == ME.host else [(host,)])
