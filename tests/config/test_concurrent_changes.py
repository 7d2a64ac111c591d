"""Changes of the config by several processes at once, and by processes that were killed."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import TOKEN, Run
from tests.faults.client import ROOT
from tests.scripted_gateway import ScriptedGateway, answer

KEYS = [f"codes.{number}" for number in range(8)]
KILLED = """
import os, signal, sys
os.{call} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
from kxsms.main import main
main(sys.argv[1:])
"""


def start(*arguments: str, way: tuple[str, ...] = ("-m", "kxsms")) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *way, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def statuses(processes: list[subprocess.Popen[bytes]], stdin: bytes = b"") -> list[int]:
    for process in processes:
        process.communicate(stdin, timeout=60)
    return [process.returncode for process in processes]


def stored(home: Path) -> dict[str, Any]:
    return tomllib.loads((home / "config.toml").read_text("utf-8"))


def test_eight_changes_at_once_are_all_kept(home: Path) -> None:
    processes = [start("config", "set", "-p", "p", key, "words", "--yes") for key in KEYS]
    assert statuses(processes) == [0] * 8
    assert stored(home)["profiles"]["p"]["codes"] == {str(number): "words" for number in range(8)}
    assert [path.name for path in home.iterdir()] == ["config.toml"]


def test_four_logins_at_once_are_all_kept(gateway: ScriptedGateway, home: Path) -> None:
    gateway.otherwise = answer('{"Code":"0","Count":"5"}')
    names = ["a", "b", "c", "d"]
    processes = [start("login", "-p", name, "--token-stdin", "--product", "sms") for name in names]
    for process in processes:  # all of them wait for their token, with the config read
        assert process.poll() is None
    assert statuses(processes, b"t") == [0] * 4
    assert sorted(stored(home)["profiles"]) == names


def test_a_change_during_a_login_is_kept(run: Run, gateway: ScriptedGateway, home: Path) -> None:
    """The gateway changes the config before it answers: the lock is free while kxsms waits for it."""
    good = answer('{"Code":"0","Count":"5"}')

    def change(connection: Any) -> None:
        assert statuses([start("config", "set", "-p", "other", "rate", "7", "--yes")]) == [0]
        good(connection)

    gateway.script = [change]
    done = run("login", "-p", "mine", "--token-stdin", "--product", "sms", stdin=b"t")
    assert done.status == 0
    assert stored(home)["profiles"]["other"] == {"rate": 7}
    assert stored(home)["profiles"]["mine"]["token"] == "t"


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_what_a_killed_login_leaves_is_removed(run: Run, home: Path, call: str) -> None:
    login = ("login", "--account", "1", "--token-stdin", "--no-verify")
    killed = start(*login, way=("-c", KILLED.format(call=call)))
    status = statuses([killed], TOKEN.encode())
    left = [path for path in home.iterdir() if TOKEN in path.read_text("utf-8")]
    assert status == [-9]
    assert len(left) == 1
    (home / ".config.toml.swp").touch()

    assert run("config", "set", "signature", "科迅").status == 0

    names = {path.name for path in home.iterdir()}
    assert names == {"config.toml", ".config.toml.swp"}


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_a_lock_file_that_is_a_link_is_not_followed(run: Run, home: Path) -> None:
    (home / ".config.toml.lock").symlink_to(home / "elsewhere")
    done = run("config", "set", "signature", "科迅")
    assert done.status == 1
    assert not (home / "elsewhere").exists()
