"""The processes that kxsms starts get no token in their environment."""

import os
import shlex
import sys
from pathlib import Path

import pytest

from tests.conftest import TOKEN, Run
from tests.faults.client import Client
from tests.inbox.records_gateway import EMPTY, ONE, a_reply, body_of
from tests.inbox.test_watch import WATCH, interrupt
from tests.scripted_gateway import ScriptedGateway, answer

CHILD = "import os, pathlib; pathlib.Path('environ').write_text(repr(dict(os.environ))); print('other')"
COMMAND = shlex.join([sys.executable, "-c", CHILD])


@pytest.fixture
def client(home: Path) -> Client:
    return Client()


def test_a_command_for_each_reply(gateway: ScriptedGateway, client: Client, home: Path) -> None:
    gateway.script = [answer(body_of(a_reply(ONE, "1"))), answer(EMPTY), interrupt(client)]
    client.run(*WATCH, "--exec", COMMAND)
    seen = (home / "environ").read_text("utf-8")
    assert "KXSMS_ACCOUNT" in seen
    assert TOKEN not in seen


def test_a_token_command(run: Run, gateway: ScriptedGateway, home: Path) -> None:
    gateway.otherwise = answer('{"Code":"0","Count":"5"}')
    (home / "config.toml").write_text(
        f"[profiles.p]\naccount = '1'\nbase_url = '{gateway.url}'\ntoken_command = '''{COMMAND}'''\n", "utf-8"
    )
    assert run("balance", "-p", "p").status == 0
    assert gateway.received[0].form["token"] == "other"
    assert TOKEN in os.environ["KXSMS_TOKEN"]
    assert TOKEN not in (home / "environ").read_text("utf-8")
