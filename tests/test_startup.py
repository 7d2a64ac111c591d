"""Start-up is a feature: what a command does not need, it does not load. Names are asserted, not times."""

import os
import subprocess
import sys

import pytest

from kxsms.app import COMMANDS, built
from tests.scripted_gateway import ScriptedGateway, answer

HEAVY = {
    "requests",
    "urllib3",
    "rich",
    "sqlite3",
    "http.server",
    "pydantic",
    "platformdirs",
    "tomli_w",
    "xml",
}

BARE = {
    "kxsms",
    "kxsms.app",
    "kxsms.commands",
    "kxsms.compat",
    "kxsms.commands.help",
    "kxsms.context",
    "kxsms.domain",
    "kxsms.domain.format",
    "kxsms.errors",
    "kxsms.exit_status",
    "kxsms.main",
    "kxsms.output",
    "kxsms.output.console",
    "kxsms.output.stderr",
    "kxsms.output.stdout",
    "kxsms.output.visible",
    "kxsms.interrupts",
}
"""What is loaded before it is known which command is meant."""

COMPLETION = {"_KXSMS_COMPLETE": "complete_bash", "COMP_WORDS": "kxsms ba", "COMP_CWORD": "1"}

FOR_PEOPLE = {"rich", "kxsms.output.drawing"}
FOR_RECORDS = {"kxsms.gateway.records", "kxsms.inbox.receive", "kxsms.inbox"}


LIST_MODULES = """
import sys
from kxsms.main import main
status = main(sys.argv[1:])
sys.stderr.write("\\n" + " ".join(sys.modules))
sys.exit(status)
"""


def loaded(*arguments: str, env: dict[str, str] | None = None) -> set[str]:
    """The modules that are there when a command line has been run."""
    done = subprocess.run(
        [sys.executable, "-c", LIST_MODULES, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, **(env or {})},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-500:]
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        (("--version",), {}),
        (("--help",), {}),
        (("send", "--help"), {}),
        ((), COMPLETION),
    ],
    ids=["version", "help", "help of a command", "completion"],
)
def test_what_needs_nothing_loads_nothing(arguments: tuple[str, ...], env: dict[str, str]) -> None:
    assert not {name for name in loaded(*arguments, env=env) if name in HEAVY or name.split(".")[0] in HEAVY}


@pytest.mark.parametrize(
    ("arguments", "env"),
    [(("--version",), {}), (("--help",), {}), ((), COMPLETION)],
    ids=["version", "help", "completion"],
)
def test_what_names_no_command_loads_none(arguments: tuple[str, ...], env: dict[str, str]) -> None:
    assert {name for name in loaded(*arguments, env=env) if name.split(".")[0] == "kxsms"} <= BARE


def test_a_balance_loads_what_asks_for_one(gateway: ScriptedGateway) -> None:
    gateway.script = [answer('{"Code":"0","Message":"ok","Count":"5"}')]
    modules = loaded("balance", "-o", "json")
    packages = {"kxsms.ledger", "kxsms.sending", "kxsms.sandbox", "sqlite3", "decimal"}
    assert not modules & (packages | FOR_PEOPLE | FOR_RECORDS)
    assert {f"kxsms.commands.{name}" for name in COMMANDS} & modules == {"kxsms.commands.balance"}


def test_a_send_loads_what_sends(gateway: ScriptedGateway) -> None:
    modules = loaded("send", "13800000000", "-m", "【科】您好", "-o", "json")
    assert "kxsms.ledger" in modules
    assert not modules & ({"kxsms.sandbox", "xml", "defusedxml"} | FOR_PEOPLE | FOR_RECORDS)
    assert {f"kxsms.commands.{name}" for name in COMMANDS} & modules == {"kxsms.commands.send"}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_with_the_line_that_begins_its_help(name: str) -> None:
    assert built(name).help.splitlines()[0] == COMMANDS[name]


def test_a_dry_run_loads_no_http_and_no_tables() -> None:
    modules = loaded("send", "--dry-run", "13800000000", "-m", "【科】您好")
    assert not modules & {"requests", "urllib3", "rich"}


def test_json_loads_no_tables() -> None:
    modules = loaded("balance", "--sandbox", "-o", "json")
    assert "requests" in modules
    assert "rich" not in modules
