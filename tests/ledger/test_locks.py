"""A batch has one owner, until that process ends."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kxsms.ledger.sqlite.locks import Locks
from tests.conftest import Run
from tests.ledger.scene import DECLINED, ledger_file, people, send_csv, send_one, taken, write_csv
from tests.scripted_gateway import ScriptedGateway

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX locks")

OWNER = """
import os, sys
from kxsms.config.ledger_place import place_in
from kxsms.ledger.batches import Ledger
with Ledger(place_in(sys.argv[1], os.environ), writable=True) as ledger, ledger.own(ledger.batches()[0]):
    print("mine", flush=True)
    sys.stdin.read()
"""


@contextmanager
def owner() -> Iterator["subprocess.Popen[bytes]"]:
    """Run another process that owns the newest batch inside the `with`."""
    command = [sys.executable, "-c", OWNER, os.environ.get("KXSMS_LEDGER", str(ledger_file()))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"mine\n"
        yield process


def test_a_batch_has_one_owner(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(2))
    gateway.script = [DECLINED, DECLINED]
    name = send_csv(run, "--retries", "0").json["batch"]
    taken(gateway)
    with owner() as process:
        for command in (("resume", name), ("retry", name, "--rejected")):
            done = run("batch", *command, "-o", "json")
            assert done.status == 8
            assert done.error["kind"] == "busy"
            assert name in done.error["message"]
        assert send_csv(run).status == 8
        assert send_csv(run, "--again").status == 8
        assert run("batch", "show", name, "-o", "json").json["state"] == "running"
        write_csv(people(3), "more.csv")
        assert send_csv(run, file="more.csv").status == 8
        assert send_one(run).status == 0
        assert len(taken(gateway)) == 1
        process.kill()
    assert run("batch", "show", name, "-o", "json").json["state"] == "unfinished"
    assert send_csv(run).status == 0
    assert taken(gateway) == people(2)


LOCKER = """
import pathlib, sys
from kxsms.ledger.sqlite.locks import Locks
Locks(pathlib.Path(sys.argv[1])).take(7)
print("mine", flush=True)
sys.stdin.read()
"""


@pytest.mark.sqlite
def test_a_lock_is_seen_in_an_open_file_that_has_been_removed(tmp_path: Path) -> None:
    path = tmp_path / "locks"
    locks = Locks(path)
    assert locks.take(8)
    command = [sys.executable, "-c", LOCKER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"mine\n"
        path.unlink()
        assert locks.is_taken(7)
        process.kill()
    assert not locks.is_taken(7)
    locks.close()
