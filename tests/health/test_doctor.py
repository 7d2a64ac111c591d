"""`kxsms doctor`: one line for each check, a status of 0 or 1, no send, and never a secret or a traceback."""

import os
import shutil
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.health.doctor import CHECKS, POSIX, doctor
from tests.scripted_gateway import ScriptedGateway, close
from tests.terminal import on_terminal


def test_a_healthy_installation_makes_every_check(run: Run, healthy: ScriptedGateway) -> None:
    found = doctor(run)

    assert list(found.checks) == CHECKS
    assert found.failed == []
    assert found.done.status == 0
    assert found.done.err == ""


def test_it_asks_for_each_balance_and_sends_nothing(run: Run, healthy: ScriptedGateway) -> None:
    doctor(run)

    assert [request.path for request in healthy.received] == [
        f"/{product}/QueryBalance" for product in ("SMS", "VIP", "Voice", "MMS")
    ]


def test_it_creates_no_ledger(run: Run, healthy: ScriptedGateway) -> None:
    found = doctor(run)

    assert found.checks["ledger"].ok is None
    assert not Path(os.environ["KXSMS_STATE_DIR"]).exists()


def test_a_damaged_sandbox_fails_in_one_line(run: Run) -> None:
    run("balance", "--sandbox")
    (state,) = (path for path in Path(os.environ["KXSMS_STATE_DIR"]).iterdir() if path.suffix == ".sqlite3")
    state.write_text("no database")

    found = doctor(run, "--sandbox")

    assert (found.done.status, found.failed) == (1, ["profile"])
    assert list(found.checks) == CHECKS


def test_a_full_disk_is_a_failure_with_a_hint(
    run: Run, healthy: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearly_full = shutil.disk_usage("/")._replace(free=2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: nearly_full)

    disk = doctor(run).checks["disk"]

    assert disk.ok is False
    assert "KXSMS_STATE_DIR" in str(disk.hint)


@pytest.mark.parametrize("format", ["raw-json", "raw-xml"])
def test_it_has_no_raw_format(run: Run, format: str) -> None:
    assert run("doctor", "-o", format).status == 2


def test_the_error_object_names_what_failed(run: Run, nobody: str) -> None:
    done = run("doctor", "--config", "missing.toml", "-o", "json")

    assert done.error["exit_status"] == 1
    assert done.error["message"] == "1 of 21 checks failed: config"


def test_hints_repeat_the_options_of_the_command_line(run: Run, healthy: ScriptedGateway) -> None:
    healthy.otherwise = close
    Path("config.toml").write_text(f'[profiles.p]\naccount = "1"\ntoken = "t2"\nbase_url = "{healthy.url}"')

    assert "kxsms doctor -p p" in str(doctor(run, "-p", "p").checks["product_sms"].hint)


@POSIX
def test_a_person_sees_which_check_is_made_and_then_only_the_table() -> None:
    _, shown = on_terminal(["kxsms", "doctor", "--sandbox"], env={"NO_COLOR": "1"})

    assert "checking tcp …\r" in shown
    assert "\r\x1b[J✓  kxsms" in shown


@POSIX
@pytest.mark.parametrize("columns", [80, 120])
def test_lines_on_a_terminal_fit_and_have_a_mark(columns: int) -> None:
    command = ["kxsms", "doctor", "--sandbox", "-q"]
    status, shown = on_terminal(command, columns=columns, env={"NO_COLOR": "1"})

    lines = shown.splitlines()
    assert status == 0
    assert max(map(len, lines)) == columns
    assert {line[0] for line in lines} == {"✓", "–", " "}


@POSIX
def test_a_hint_on_a_terminal_keeps_its_command_whole(nobody: str) -> None:
    long = Path("a" * 60) / "config.toml"
    long.parent.mkdir()
    long.touch(mode=0o644)
    long.chmod(0o644)

    command = ["kxsms", "doctor", "-q", "--config", str(long.absolute())]
    status, shown = on_terminal(command, env={"NO_COLOR": "1"})

    assert status == 1
    assert "✗  config_rights" in shown
    assert f"chmod 600 {long.absolute()}" in shown
