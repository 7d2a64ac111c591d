"""`mo --watch --exec CMD`: a command for each new reply, its JSON on stdin, without a shell."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.faults.client import Client
from tests.inbox.scene import EMPTY, ONE, TWO, Hatch, a_reply, data, fetch, look
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
    """A command that notes what it gets, and fails while there is a file `broken`."""
    path = home / "on reply.sh"
    path.write_text(SCRIPT)
    path.chmod(0o755)
    return path


def attempts() -> list[dict[str, Any]]:
    path = Path("attempts")
    return [json.loads(one) for one in path.read_text("utf-8").split("\n") if one] if path.exists() else []


def watch(client: Client, script: Path, arguments: str = "", *options: str) -> None:
    client.start(*WATCH, "-o", "jsonl", "--exec", f"{shlex.quote(str(script))} {arguments}", *options)


def test_one_run_for_each_and_no_shell(run: Run, gateway: Hatch, client: Client, script: Path) -> None:
    gateway.hand(data(a_reply(ONE, "退订"), a_reply(TWO)), EMPTY, data(a_reply(ONE, "2")), EMPTY, EMPTY)
    gateway.handed.append(interrupt(client))
    watch(client, script, "; touch owned ; $HOME '$(touch owned)' `touch` *.sh > owned")
    done = client.end()
    assert done.status == 130
    words = [";", "touch", "owned", ";", "$HOME", "$(touch owned)", "`touch`", "*.sh", ">", "owned"]
    assert Path("arguments").read_text().splitlines() == words
    assert not Path("owned").exists()
    assert attempts() == [json.loads(text) for text in done.lines] == fetch(run, "--no-pull", command="mo")
    assert [one["content"] for one in attempts()] == ["退订", "1", "2"]


def test_a_failure_is_tried_again(gateway: Hatch, client: Client, script: Path) -> None:
    Path("broken").touch()
    gateway.hand(data(a_reply(ONE), a_reply(TWO)), EMPTY, EMPTY)
    gateway.handed.append(when_asked(Path("broken").unlink))
    gateway.handed += [answer(EMPTY), interrupt(client)]
    watch(client, script)
    done = client.end()
    assert done.status == 130
    assert [one["mobile"] for one in attempts()] == [ONE, TWO] * 3
    assert len(done.lines) == 2
    assert ONE in done.err
    assert "it runs again later" in done.err


def test_a_failure_is_tried_again_by_the_next_call(gateway: Hatch, client: Client, script: Path) -> None:
    Path("broken").touch()
    gateway.hand(data(a_reply(ONE)), EMPTY)
    gateway.handed.append(interrupt(client))
    watch(client, script)
    assert client.end().status == 130
    Path("broken").unlink()
    before = len(attempts())
    gateway.hand(EMPTY)
    gateway.handed.append(interrupt(client))
    watch(client, script)
    client.end()
    assert len(attempts()) == before + 1
    assert look("SELECT count(*) FROM records WHERE waiting") == [(0,)]


def test_one_failure_does_not_hold_the_others_up(gateway: Hatch, client: Client, home: Path) -> None:
    path = home / "picky.sh"
    path.write_text('#!/bin/sh\nread -r line\necho "$line" >>attempts\ncase $line in *bad*) exit 3;; esac\n')
    path.chmod(0o755)
    gateway.hand(data(a_reply(ONE, "bad"), a_reply(TWO, "good")), EMPTY, EMPTY)
    gateway.handed.append(interrupt(client))
    watch(client, path)
    client.end()
    assert [one["content"] for one in attempts()][:3] == ["bad", "good", "bad"]
    assert [one["content"] for one in attempts()].count("good") == 1


def test_a_command_that_does_not_exist(gateway: Hatch, client: Client) -> None:
    """An error in words; the reply is kept, and waits for a better command."""
    gateway.hand(data(a_reply(ONE)))
    client.start(*WATCH, "--exec", "/nowhere/to/be/found")
    done = client.end()
    assert done.status == 2
    assert "/nowhere" in done.err
    assert "Traceback" not in done.err
    assert look("SELECT waiting FROM records") == [(1,)]


def test_a_command_that_does_not_read(gateway: Hatch, client: Client) -> None:
    gateway.hand(data(a_reply(ONE, "x" * 200_000)), EMPTY)
    gateway.handed.append(interrupt(client))
    client.start(*WATCH, "-o", "jsonl", "--exec", "true")
    done = client.end()
    assert done.status == 130
    assert "Traceback" not in done.err
    assert look("SELECT waiting FROM records") == [(0,)]


def test_another_accounts_reply_waits_for_itself(
    gateway: Hatch, client: Client, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("broken").touch()
    gateway.hand(data(a_reply(ONE)), EMPTY)
    gateway.handed.append(interrupt(client))
    watch(client, script)
    client.end()
    Path("broken").unlink()
    Path("attempts").unlink()
    monkeypatch.setenv("KXSMS_ACCOUNT", "other")
    gateway.hand(data(a_reply(TWO)), EMPTY)
    gateway.handed.append(interrupt(client))
    watch(client, script)
    done = client.end()
    assert "Traceback" not in done.err
    assert [one["mobile"] for one in attempts()] == [TWO]
