"""Input without an end, or with a line without one: refused soon, in words, and in bounded memory."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="devices and limits of POSIX")

SEND = ("send", "13800000000", "--dry-run")
MOST_MEMORY = 1_500 * 2**20


def limited(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run kxsms in a process that may not have much memory."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))

    command = [sys.executable, "-m", "kxsms", *arguments]
    return subprocess.run(command, capture_output=True, text=True, preexec_fn=limit, timeout=60, check=False)


def test_a_config_without_an_end_is_refused(run: Run) -> None:
    done = limited("config", "show", "--config", "/dev/zero")
    assert done.returncode == 4
    assert "/dev/zero is too large for a config" in done.stderr


def test_a_text_without_an_end_is_refused() -> None:
    done = limited(*SEND, "--message-file", "/dev/zero")
    assert done.returncode == 2
    assert "/dev/zero is larger than 256 MiB" in done.stderr


def test_a_token_file_without_an_end_is_refused(run: Run) -> None:
    done = run("balance", env={"KXSMS_ACCOUNT": "1", "KXSMS_TOKEN_FILE": "/dev/zero"})
    assert done.status == 4
    assert "control characters" in done.err


def test_a_line_of_300_mb_is_refused_in_bounded_memory(home: Path) -> None:
    with Path("long.csv").open("wb") as file:
        file.write(b"mobile,content\n13800000000,")
        for _ in range(300):
            file.write(b"x" * 10**6)
    done = limited("send", "--csv", "long.csv", "--dry-run")
    assert done.returncode == 2
    assert "long.csv:2: a line of more than 16,000,000 characters" in done.stderr
