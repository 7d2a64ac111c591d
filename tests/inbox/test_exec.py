"""`mo --watch --exec`: a command that runs once for each new reply, its JSON on stdin, without a shell."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.faults.client import Client
from tests.inbox.records_gateway import EMPTY, ONE, TWO, RecordsGateway, a_reply, body_of, fetch
from tests.inbox.test_watch import WATCH, interrupt, when_asked
from tests.scripted_gateway import answer

SCRIPT = """#!/bin/sh
printf '%s\\n' "$@" >arguments
cat >>attempts
echo >>attempts
test ! -e broken
"""


@pytest.fixture
def script(home: Path) -> Path:
    """Write a command that records its arguments and its stdin, and fails while a file `broken` exists."""
    path = home / "on reply.sh"
    path.write_text(SCRIPT)
    path.chmod(0o755)
    return path


def attempts() -> list[dict[str, Any]]:
    """Return the reply of each run of the command so far."""
    path = Path("attempts")
    return [json.loads(one) for one in path.read_text("utf-8").split("\n") if one] if path.exists() else []


def start_watch(client: Client, script: Path, arguments: str = "", *options: str) -> None:
    """Start `mo --watch` with the script and its arguments as the command."""
    client.start(*WATCH, "-o", "jsonl", "--exec", f"{shlex.quote(str(script))} {arguments}", *options)


def test_the_command_runs_once_for_each_reply_and_without_a_shell(
    run: Run, gateway: RecordsGateway, client: Client, script: Path
) -> None:
    gateway.prepare(body_of(a_reply(ONE, "退订"), a_reply(TWO)), EMPTY)
    gateway.prepare(body_of(a_reply(ONE, "2")), EMPTY, EMPTY)
    gateway.answers.append(interrupt(client))
    start_watch(client, script, "; touch owned ; $HOME '$(touch owned)' `touch` *.sh > owned")
    done = client.end()
    assert done.status == 130
    words = [";", "touch", "owned", ";", "$HOME", "$(touch owned)", "`touch`", "*.sh", ">", "owned"]
    assert Path("arguments").read_text().splitlines() == words
    assert not Path("owned").exists()
    assert attempts() == [json.loads(text) for text in done.lines]
    assert attempts() == fetch(run, "--no-pull", command="mo")
    assert [one["content"] for one in attempts()] == ["退订", "1", "2"]


def test_a_failed_command_runs_again(gateway: RecordsGateway, client: Client, script: Path) -> None:
    Path("broken").touch()
    gateway.prepare(body_of(a_reply(ONE), a_reply(TWO)), EMPTY, EMPTY)
    gateway.answers.append(when_asked(Path("broken").unlink))
    gateway.answers += [answer(EMPTY), interrupt(client)]
    start_watch(client, script)
    done = client.end()
    assert done.status == 130
    assert [one["mobile"] for one in attempts()] == [ONE, TWO] * 3
    assert len(done.lines) == 2
    assert ONE in done.err
    assert "it runs again later" in done.err


def test_a_failed_command_runs_again_in_the_next_call(
    gateway: RecordsGateway, client: Client, script: Path
) -> None:
    Path("broken").touch()
    gateway.prepare(body_of(a_reply(ONE)), EMPTY)
    gateway.answers.append(interrupt(client))
    start_watch(client, script)
    assert client.end().status == 130
    Path("broken").unlink()
    before = len(attempts())
    gateway.prepare(EMPTY)
    gateway.answers.append(interrupt(client))
    start_watch(client, script)
    client.end()
    assert len(attempts()) == before + 1
    assert query_ledger("SELECT count(*) FROM records WHERE waiting") == [(0,)]


def test_a_failed_command_does_not_delay_the_other_replies(
    gateway: RecordsGateway, client: Client, home: Path
) -> None:
    path = home / "picky.sh"
    path.write_text('#!/bin/sh\nread -r line\necho "$line" >>attempts\ncase $line in *bad*) exit 3;; esac\n')
    path.chmod(0o755)
    gateway.prepare(body_of(a_reply(ONE, "bad"), a_reply(TWO, "good")), EMPTY, EMPTY)
    gateway.answers.append(interrupt(client))
    start_watch(client, path)
    client.end()
    assert [one["content"] for one in attempts()][:3] == ["bad", "good", "bad"]
    assert [one["content"] for one in attempts()].count("good") == 1


def test_a_missing_command_is_an_error_and_the_reply_still_waits(
    gateway: RecordsGateway, client: Client
) -> None:
    gateway.prepare(body_of(a_reply(ONE)))
    client.start(*WATCH, "--exec", "/nowhere/to/be/found")
    done = client.end()
    assert done.status == 2
    assert "/nowhere" in done.err
    assert "Traceback" not in done.err
    assert query_ledger("SELECT waiting FROM records") == [(1,)]


def test_a_command_need_not_read_its_stdin(gateway: RecordsGateway, client: Client) -> None:
    gateway.prepare(body_of(a_reply(ONE, "x" * 200_000)), EMPTY)
    gateway.answers.append(interrupt(client))
    client.start(*WATCH, "-o", "jsonl", "--exec", "true")
    done = client.end()
    assert done.status == 130
    assert "Traceback" not in done.err
    assert query_ledger("SELECT waiting FROM records") == [(0,)]


def test_the_command_does_not_get_a_waiting_reply_of_another_account(
    gateway: RecordsGateway, client: Client, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("broken").touch()
    gateway.prepare(body_of(a_reply(ONE)), EMPTY)
    gateway.answers.append(interrupt(client))
    start_watch(client, script)
    client.end()
    Path("broken").unlink()
    Path("attempts").unlink()
    monkeypatch.setenv("KXSMS_ACCOUNT", "other")
    gateway.prepare(body_of(a_reply(TWO)), EMPTY)
    gateway.answers.append(interrupt(client))
    start_watch(client, script)
    done = client.end()
    assert "Traceback" not in done.err
    assert [one["mobile"] for one in attempts()] == [TWO]
