"""stdout and stderr that are closed, full, or of a locale without Chinese."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import TOKEN
from tests.scripted_gateway import ScriptedGateway, answer


def run_process(arguments: list[str], **options: object) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-m", "kxsms", *arguments],
        stderr=subprocess.PIPE,
        timeout=30,
        check=False,
        **options,
    )


@pytest.mark.skipif(os.name != "posix", reason="a POSIX pipe")
def test_a_reader_that_has_gone_away_is_no_error(gateway: ScriptedGateway) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = run_process(["send", "13800000000", "-m", "【科】您好"], stdout=pipe)
    assert done.returncode == 0
    assert done.stderr == b""
    assert len(gateway.received) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_behind_stdout_says_what_was_not_written(gateway: ScriptedGateway) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run_process(["send", "13800000000", "-m", "【科】您好", "-o", "jsonl"], stdout=full)
    assert done.returncode == 1
    assert b"the result could not be written to stdout: No space left on device" in done.stderr
    assert b"No space left on device; 1 recipient: 1 accepted; task ids: 11" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="a POSIX shell")
def test_closed_streams_are_no_defect(gateway: ScriptedGateway) -> None:
    script = f"'{sys.executable}' -m kxsms send 13800000000 -m '【科】您好' <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", script], timeout=30, check=False).returncode == 0
    assert len(gateway.received) == 1


@pytest.mark.skipif(os.name != "posix", reason="locales are POSIX")
def test_chinese_is_right_in_a_locale_without_utf8(gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer('{"Code":"7","Message":"余额不足"}')
    env = {**os.environ, "LC_ALL": "C", "LANG": "C"}
    done = run_process(["send", "13800000000", "-m", "【科】您好"], stdout=subprocess.PIPE, env=env)
    assert done.returncode == 3
    assert "余额不足" in done.stdout.decode("utf-8")
    assert gateway.received[0].form["content"] == "【科】您好"
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/proc").exists(), reason="no /proc")
def test_the_token_is_not_in_the_process_list(gateway: ScriptedGateway) -> None:
    seen: list[bytes] = []
    good = answer('{"Code":"0","Count":"5"}')

    def look(connection: object) -> None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen.append(path.read_bytes())
            except OSError:
                continue
        good(connection)  # type: ignore[arg-type]

    gateway.otherwise, gateway.balance = look, None
    done = run_process(["balance", "-v"], stdout=subprocess.PIPE)
    assert done.returncode == 0
    assert any(b"kxsms" in line for line in seen)
    assert not any(TOKEN.encode() in line for line in seen)
    assert TOKEN.encode() not in done.stdout + done.stderr
