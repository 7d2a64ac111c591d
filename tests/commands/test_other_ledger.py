"""A batch of the sandbox without --sandbox, and the reverse: the error names the command that works."""

import os
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.scripted_gateway import ScriptedGateway

SEND = ("send", "13800000000", "-m", "【科】您好", "-o", "json")


def files() -> list[str]:
    state = Path(os.environ["KXSMS_STATE_DIR"])
    return sorted(path.name for path in state.iterdir()) if state.exists() else []


@pytest.mark.parametrize("command", ["show", "export"])
def test_a_batch_of_the_sandbox_is_named_with_its_command(run: Run, command: str) -> None:
    name = run(*SEND, "--sandbox").json["batch"]
    done = run("batch", command, name[:6], "-o", "json")
    assert done.status == 2
    assert done.error["message"] == f"batch {name} was sent in the sandbox"
    hint = done.error["hint"]
    assert hint == f"run kxsms batch {command} --sandbox {name[:6]} -o json"
    assert run(*hint.split()[2:]).status == 0


@pytest.mark.usefixtures("gateway")
def test_the_command_is_named_with_its_options(run: Run) -> None:
    name = run(*SEND, "--sandbox").json["batch"]
    done = run("batch", "retry", name, "--rejected")
    assert f"hint: run kxsms batch retry --sandbox {name} --rejected\n" in done.err


def test_a_batch_of_an_account_is_named_with_sandbox(run: Run, gateway: ScriptedGateway) -> None:
    name = run(*SEND).json["batch"]
    done = run("batch", "show", name, "--sandbox", "-o", "json")
    assert done.error["message"] == f"batch {name} was not sent in the sandbox"


def test_looking_creates_nothing(run: Run) -> None:
    assert "there is no batch '3f2a'" in run("batch", "show", "3f2a").err
    assert files() == []
    run(*SEND, "--sandbox")
    before = files()
    run("batch", "show", "3f2a")
    run("batch", "show", "3f2a", "--sandbox")
    assert files() == before
