"""Start-up: a command loads only the modules that it needs. The tests assert names of modules, not times."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kxsms.app import COMMANDS
from tests.scripted_gateway import ScriptedGateway, answer
from tests.source.sheets import workbook

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
    "openpyxl",
}

BARE = {
    "kxsms",
    "kxsms.app",
    "kxsms.commands",
    "kxsms.compat",
    "kxsms.completion",
    "kxsms.completion.answer",
    "kxsms.commands.layout",
    "kxsms.context",
    "kxsms.domain",
    "kxsms.domain.format",
    "kxsms.domain.lines",
    "kxsms.errors",
    "kxsms.exit_status",
    "kxsms.main",
    "kxsms.options",
    "kxsms.output",
    "kxsms.output.console",
    "kxsms.output.stderr",
    "kxsms.output.mask",
    "kxsms.output.stdin",
    "kxsms.output.stdout",
    "kxsms.output.visible",
    "kxsms.interrupts",
    "kxsms.language",
}
"""The modules that may be loaded before kxsms knows which command it runs."""

COMPLETION = {"_KXSMS_COMPLETE": ":ba"}
OF_OPTIONS = {"_KXSMS_COMPLETE": ":--"}

FOR_PEOPLE = {"rich", "kxsms.output.drawing", "kxsms.output.progress_bar"}
FOR_RECORDS = {"kxsms.gateway.records", "kxsms.inbox.receive", "kxsms.inbox"}


LIST_MODULES = """
import sys
from kxsms.main import main
status = main(sys.argv[1:])
sys.stderr.write("\\n" + " ".join(sys.modules))
sys.exit(status)
"""


def loaded(*arguments: str, env: dict[str, str] | None = None) -> set[str]:
    """Run a command line, and return the names of the modules that are loaded at its end."""
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
        (("help",), {}),
        (("help", "csv"), {}),
        (("help", "send"), {}),
        (("help", "--man"), {}),
        ((), COMPLETION),
        (("send",), OF_OPTIONS),
        (("config", "use"), COMPLETION),
    ],
    ids=lambda value: " ".join(value),
)
def test_version_help_and_completion_load_nothing_heavy(
    arguments: tuple[str, ...], env: dict[str, str]
) -> None:
    assert not {name for name in loaded(*arguments, env=env) if name in HEAVY or name.split(".")[0] in HEAVY}


@pytest.mark.parametrize(
    ("arguments", "env"),
    [(("--version",), {}), (("--help",), {}), ((), COMPLETION)],
    ids=lambda value: " ".join(value),
)
def test_a_call_without_a_command_loads_no_command(arguments: tuple[str, ...], env: dict[str, str]) -> None:
    assert {name for name in loaded(*arguments, env=env) if name.split(".")[0] == "kxsms"} <= BARE


def test_balance_loads_neither_ledger_nor_tables_nor_other_commands(gateway: ScriptedGateway) -> None:
    gateway.script = [answer('{"Code":"0","Message":"ok","Count":"5"}')]
    modules = loaded("balance", "-o", "json")
    packages = {"kxsms.ledger", "kxsms.sending", "kxsms.sandbox", "sqlite3", "decimal"}
    assert not modules & (packages | FOR_PEOPLE | FOR_RECORDS)
    assert {f"kxsms.commands.{name}" for name in COMMANDS} & modules == {"kxsms.commands.balance"}


def test_send_loads_the_ledger_but_no_tables_and_no_other_commands(gateway: ScriptedGateway) -> None:
    modules = loaded("send", "13800000000", "-m", "【科】您好", "-o", "json")
    assert "kxsms.ledger" in modules
    assert not modules & ({"kxsms.sandbox", "xml", "defusedxml"} | FOR_PEOPLE | FOR_RECORDS)
    assert {f"kxsms.commands.{name}" for name in COMMANDS} & modules == {"kxsms.commands.send"}


def test_a_dry_run_loads_no_http_and_no_tables() -> None:
    modules = loaded("send", "--dry-run", "13800000000", "-m", "【科】您好")
    assert not modules & {"requests", "urllib3", "rich"}


def test_a_csv_file_loads_nothing_that_reads_workbooks(home: Path) -> None:
    (home / "p.csv").write_text("mobile\n13800000000\n", "utf-8")
    modules = loaded("send", "--dry-run", "--csv", "p.csv", "-m", "【科】您好")
    assert not modules & {"kxsms.source.workbook", "openpyxl", "zipfile", "python_calamine"}


def test_a_workbook_is_read_in_another_process(home: Path) -> None:
    modules = loaded(
        "send", "--dry-run", "--csv", workbook([["mobile"], ["13800000000"]]), "-m", "【科】您好"
    )
    assert "kxsms.source.workbook" in modules
    assert not modules & {"openpyxl", "zipfile", "python_calamine", "xml", "kxsms.source.xlsx"}


def test_json_loads_no_tables() -> None:
    modules = loaded("balance", "--sandbox", "-o", "json")
    assert "requests" in modules
    assert "rich" not in modules


def test_completing_a_batch_loads_no_http_and_no_tables() -> None:
    modules = loaded("batch", "show", "--sandbox", env={"_KXSMS_COMPLETE": ":"})
    assert not modules & {"requests", "urllib3", "rich"}
