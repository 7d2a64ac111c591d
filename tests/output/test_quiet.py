"""With -q, stderr has errors alone."""

import os
from pathlib import Path

import pytest

from tests.conftest import Done, Run
from tests.scripted_gateway import ScriptedGateway, answer, close

ONE = "13800000000"
TEXT = ("-m", "【科】您好")
REFUSED = answer('{"Code":"-3","Message":"余额不足"}')


def both(run: Run, *arguments: str) -> tuple[Done, Done]:
    """Run a command twice, the second time with -q."""
    return run(*arguments), run(*arguments, "-q")


def test_a_note_is_not_shown(run: Run, gateway: ScriptedGateway) -> None:
    loud, quiet = both(run, "send", ONE, ONE, *TEXT)
    assert "skipped 1 repeated number" in loud.err
    assert quiet.err == ""


def test_a_warning_is_not_shown(run: Run, gateway: ScriptedGateway) -> None:
    loud, quiet = both(run, "send", ONE, "-m", "您好")
    assert "kxsms: warning: " in loud.err
    assert quiet.err == ""


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_a_warning_about_the_config_is_not_shown(run: Run, home: Path) -> None:
    (home / "config.toml").chmod(0o644)
    loud, quiet = both(run, "config", "show")
    assert "can be read by other users" in loud.err
    assert quiet.err == ""


def test_a_replay_is_not_noted(run: Run, gateway: ScriptedGateway) -> None:
    send = ("send", ONE, *TEXT, "--idempotency-key", "k")
    run(*send)
    loud, quiet = both(run, *send)
    assert "nothing sent: batch" in loud.err
    assert quiet.err == ""


def test_the_next_command_after_a_refusal_is_not_noted(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = REFUSED
    batch = run("send", ONE, *TEXT, "-o", "json").json["batch"]
    loud, quiet = both(run, "batch", "show", batch)
    assert "--rejected" in loud.err
    assert quiet.err == ""


def test_the_result_is_the_same(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = answer('{"Code":"0","Count":"5"}')
    loud, quiet = both(run, "balance")
    assert quiet.out == loud.out


def test_an_error_is_shown_with_its_hint(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = close
    done = run("send", ONE, *TEXT, "-q")
    assert [line.partition(":")[0] for line in done.err.splitlines()] == ["kxsms", "hint"]


def test_an_error_object_is_shown(run: Run, gateway: ScriptedGateway) -> None:
    gateway.otherwise = REFUSED
    assert run("send", ONE, *TEXT, "-q", "-o", "json").error["exit_status"] == 3
