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


@pytest.mark.parametrize("command", ["report", "mo"])
@pytest.mark.parametrize("options", [(), ("--no-pull",), ("--watch",)])
def test_records_of_a_batch_of_the_sandbox_are_named_with_their_command(
    run: Run, gateway: ScriptedGateway, command: str, options: tuple[str, ...]
) -> None:
    name = run(*SEND, "--sandbox").json["batch"]
    done = run(command, "--batch", name[:6], *options)
    assert done.status == 2
    whole = " ".join([f"kxsms {command} --sandbox --batch {name[:6]}", *options])
    assert done.err == f"kxsms: error: batch {name} was sent in the sandbox\nhint: run {whole}\n"
    assert gateway.received == []


def test_records_of_a_batch_of_an_account_are_named_with_sandbox(run: Run, gateway: ScriptedGateway) -> None:
    name = run(*SEND).json["batch"]
    done = run("report", "--batch", name, "--sandbox", "-o", "json")
    assert done.error["message"] == f"batch {name} was not sent in the sandbox"


def test_the_hint_for_records_works(run: Run) -> None:
    name = run(*SEND, "--sandbox").json["batch"]
    hint = run("report", "--no-pull", "--batch", name, "-o", "json").error["hint"]
    assert run(*hint.split()[2:]).status == 0


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
