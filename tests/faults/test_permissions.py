"""The permissions of kxsms' files: each is private from the moment at which it is created."""

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import TOKEN
from tests.faults.client import ROOT
from tests.faults.gateway import FaultGateway

pytestmark = [pytest.mark.sqlite, pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")]

SEND = ("send", "13800000000", "-m", "【科】您好")


def modes(top: Path) -> dict[str, int]:
    """Return the modes of all files and directories below a directory, by name."""
    return {str(path.relative_to(top)): stat.S_IMODE(path.lstat().st_mode) for path in top.rglob("*")}


def assert_private(top: Path) -> None:
    for path in top.rglob("*"):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, f"{path} in {modes(top)}"


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_every_new_file_is_private_whatever_the_umask(
    gateway: FaultGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mask: int
) -> None:
    """The first commands in a home without `.config` and `.local`, checked while each file is in use."""
    new = tmp_path / "new"
    new.mkdir(0o700)
    monkeypatch.setenv("HOME", str(new))
    monkeypatch.setenv("TMPDIR", str(new))
    for name in ("KXSMS_CONFIG", "KXSMS_STATE_DIR"):
        monkeypatch.delenv(name)

    def look(*_: object) -> None:
        assert_private(new)
        seen.update(path.name for path in new.rglob("*"))

    seen: set[str] = set()
    gateway.plan = look

    def run(*arguments: str) -> int:
        command = [sys.executable, "-m", "kxsms", *arguments]
        environ = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, umask=mask, input=TOKEN.encode(), env=environ, check=False)
        return done.returncode

    assert run("login", "--account", "1", "--token-stdin", "--product", "sms", "--no-verify") == 0
    assert run("config", "set", "signature", "科") == 0
    assert run(*SEND) == 0
    assert run("send", "--sandbox", *SEND[1:]) == 0

    look()
    (ledger,) = new.rglob("ledger.sqlite3")
    with closing(sqlite3.connect(ledger, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE batches SET accepted = accepted + 1")
        look()
    beside = {f"ledger.sqlite3{suffix}" for suffix in ("", "-wal", "-shm", "-journal", ".lock")}
    assert {*beside, "config.toml", "sandbox.sqlite3", "sandbox-ledger.sqlite3", ".config"} <= seen


WATCHED = """
import os, sys, stat
directory, busy, seen = sys.argv[1], False, set()
def look(event, arguments):
    global busy
    if not busy and os.path.isdir(directory):
        busy = True
        seen.update((entry.name != "config.toml", stat.S_IMODE(entry.stat().st_mode))
                    for entry in os.scandir(directory))
        busy = False
sys.addaudithook(look)
os.umask(int(sys.argv[2], 8))
from kxsms.main import main
status = main(["config", "set", "signature", "new"])
print(sorted(seen))
sys.exit(status)
"""


@pytest.mark.parametrize("mask", ["000", "077"])
def test_the_config_is_private_at_every_moment_of_its_replacement(home: Path, mask: str) -> None:
    (home / "config.toml").write_text(f'[profiles.default]\ntoken = "{TOKEN}"\n', "utf-8")
    command = [sys.executable, "-c", WATCHED, str(home), mask]
    done = subprocess.run(
        command, capture_output=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True
    )
    assert done.stdout.decode().strip() == str([(False, 0o600), (True, 0o600)])
    assert TOKEN in (home / "config.toml").read_text("utf-8")
