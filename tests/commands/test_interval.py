"""--interval belongs to --watch."""

import pytest

from tests.conftest import Run
from tests.scripted_gateway import ScriptedGateway

BOTH = pytest.mark.parametrize("command", ["report", "mo"])


@BOTH
def test_an_interval_without_watch_is_an_error(run: Run, gateway: ScriptedGateway, command: str) -> None:
    assert run(command, "--interval", "10").status == 2


@BOTH
def test_the_hint_has_the_whole_command(run: Run, gateway: ScriptedGateway, command: str) -> None:
    err = run(command, "--interval", "10").err
    assert err == f"kxsms: error: --interval needs --watch\nhint: run kxsms {command} --watch --interval 10\n"


@BOTH
def test_the_error_asks_the_gateway_nothing(run: Run, gateway: ScriptedGateway, command: str) -> None:
    run(command, "--interval", "10")
    assert gateway.received == []
