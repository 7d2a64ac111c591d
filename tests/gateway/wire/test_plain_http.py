"""Plain http to a gateway that is not on this machine: a warning, once in each call that sends the token."""

import pytest

from tests.conftest import TOKEN, Run
from tests.gateway.wire.conftest import TEXT, Serve
from tests.scripted_gateway import ScriptedGateway, answer

WARNING = "http://gateway.invalid is not encrypted"
ENV = {"KXSMS_ACCOUNT": "1", "KXSMS_TOKEN": TOKEN, "KXSMS_BASE_URL": "http://gateway.invalid"}
COMMANDS = {
    "send": ("send", "13800000000", "-m", TEXT),
    "balance": ("balance", "--all"),
    "report": ("report",),
    "mo": ("mo",),
    "login": ("login", "--token-stdin", "--product", "sms"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_sends_the_token_warns_once(run: Run, serve: Serve, command: str) -> None:
    proxy = serve()
    proxy.otherwise = answer('{"Code":"0","Count":"1"}')
    done = run(*COMMANDS[command], env=ENV | {"http_proxy": proxy.url}, stdin=b"t")
    assert done.status == 0
    assert done.err.count(WARNING) == 1


def test_a_command_that_sends_no_token_does_not_warn(run: Run) -> None:
    assert "not encrypted" not in run("batch", "list", env=ENV).err


def test_loopback_does_not_warn(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer('{"Code":"0","Count":"1"}')
    assert run("balance").err == ""
