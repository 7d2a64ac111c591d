"""Which command has which of the shared options, and what their variables do elsewhere."""

from collections.abc import Iterator
from typing import Any

import pytest

from kxsms.app import COMMANDS, built
from tests.conftest import Run

SHARED = (
    *("--profile", "--sandbox", "--product", "--output", "--quiet", "--verbose"),
    *("--mask", "--log-file", "--config"),
)

ASKING = {*SHARED}
"""Of the commands that ask the gateway."""

TABLE = {
    "send": ASKING,
    "balance": ASKING,
    "report": ASKING,
    "mo": ASKING,
    "login": ASKING - {"--sandbox", "--mask"},
    "logout": {"--profile", "--output", "--quiet", "--config"},
    "optout list": {"--profile", "--sandbox", "--output", "--quiet", "--config", "--mask"},
    "optout add": {"--profile", "--sandbox", "--config", "--mask"},
    "optout remove": {"--profile", "--sandbox", "--config", "--mask"},
    "optout import": {"--profile", "--sandbox", "--config", "--mask"},
    "optout export": {"--profile", "--sandbox", "--output", "--quiet", "--config", "--mask"},
    "batch list": {"--profile", "--sandbox", "--output", "--quiet", "--config", "--mask"},
    "batch show": {"--sandbox", "--output", "--quiet", "--config", "--mask"},
    "batch resume": ASKING - {"--product"},
    "batch retry": ASKING - {"--product"},
    "batch settle": {"--sandbox", "--output", "--quiet", "--config", "--mask"},
    "batch run": ASKING - {"--product"},
    "batch cancel": {"--sandbox", "--output", "--quiet", "--config", "--mask"},
    "batch export": {"--sandbox", "--output", "--quiet", "--config", "--mask"},
    "batch report": {"--sandbox", "--output", "--quiet", "--config", "--mask"},
    "batch prune": {"--sandbox", "--output", "--quiet", "--config"},
    "batch check": {"--sandbox", "--output", "--quiet", "--config"},
    "stats": {"--profile", "--sandbox", "--output", "--quiet", "--config"},
    "forget": {"--sandbox", "--output", "--quiet", "--config", "--log-file"},
    "config show": {"--output", "--quiet", "--config"},
    "config get": {"--profile", "--output", "--quiet", "--config"},
    "config set": {"--profile", "--config"},
    "config unset": {"--profile", "--config"},
    "config use": {"--config"},
    "config path": {"--output", "--quiet", "--config"},
    "template list": ASKING - {"--sandbox", "--verbose", "--log-file"},
    "template add": ASKING - {"--sandbox", "--verbose", "--log-file"},
    "template import": ASKING - {"--sandbox", "--verbose", "--log-file"},
    "template remove": ASKING - {"--sandbox", "--verbose", "--log-file"},
    "template test": ASKING - {"--sandbox", "--verbose", "--log-file"},
    "ledger info": {"--sandbox", "--output", "--quiet", "--config"},
    "ledger copy": {"--sandbox", "--output", "--quiet", "--config"},
    "doctor": ASKING - {"--mask"},
    "sandbox serve": {"--output", "--quiet", "--verbose", "--mask"},
    "sandbox reply": set[str](),
    "sandbox reset": set[str](),
    "help": set[str](),
}

WRONG = {
    "KXSMS_PROFILE": "nobody",
    "KXSMS_PRODUCT": "fax",
    "KXSMS_OUTPUT": "yaml",
    "KXSMS_SANDBOX": "maybe",
    "KXSMS_CONFIG": "/no/such/file",
    "KXSMS_MASK": "maybe",
}
"""Values that every command with such an option refuses."""


def leaves() -> Iterator[tuple[str, Any]]:
    """Return every command that is no group, by the words that call it."""
    for name in COMMANDS:
        command: Any = built(name)
        below = getattr(command, "commands", None)
        if below is None:
            yield name, command
        else:
            yield from ((f"{name} {word}", own) for word, own in below.items())


LEAVES = dict(leaves())


def test_the_table_has_every_command() -> None:
    assert list(TABLE) == list(LEAVES)


@pytest.mark.parametrize("name", LEAVES)
def test_a_command_has_the_shared_options_of_the_table(name: str) -> None:
    shown = [parameter for parameter in LEAVES[name].params if not getattr(parameter, "hidden", False)]
    options = {option for parameter in shown for option in parameter.opts}
    assert options & {*SHARED} == TABLE[name]


@pytest.mark.parametrize("name", [name for name in TABLE if "--output" in TABLE[name]])
def test_raw_answers_are_offered_by_commands_that_show_answers(run: Run, name: str) -> None:
    assert ("raw-json" in run(*name.split(), "--help").text) == (
        TABLE[name] >= ASKING - {"--product"} and name not in ("login", "doctor", "batch run")
    )


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("sandbox reset", "--output=json"),
        ("logout", "--product=sms"),
        ("config path", "--sandbox"),
        ("config set signature 科", "-v"),
        ("batch check", "-v"),
        ("config path", "--mask"),
        ("batch check", "--log-file=log"),
    ],
    ids=" ".join,
)
def test_a_shared_option_that_means_nothing_is_accepted_and_not_shown(
    run: Run, command: str, option: str
) -> None:
    run("login", "-p", "one", "--account", "1", "--token-stdin", "--no-verify", stdin=b"token")
    assert run(*command.split(), option).status == 0
    assert option.partition("=")[0] not in run(*command.split()[:2], "--help").text


@pytest.mark.parametrize(
    ("command", "variable"),
    [
        ("sandbox reset", "KXSMS_OUTPUT"),
        ("sandbox reset", "KXSMS_CONFIG"),
        ("sandbox reset", "KXSMS_PROFILE"),
        ("config path", "KXSMS_PRODUCT"),
        ("config path", "KXSMS_SANDBOX"),
        ("config path", "KXSMS_PROFILE"),
        ("config use one", "KXSMS_OUTPUT"),
        ("config set signature 科", "KXSMS_PRODUCT"),
        ("batch check --sandbox", "KXSMS_PROFILE"),
        ("batch check", "KXSMS_PRODUCT"),
        ("logout", "KXSMS_SANDBOX"),
        ("help", "KXSMS_OUTPUT"),
    ],
    ids=" ".join,
)
def test_a_variable_without_an_option_is_ignored(run: Run, command: str, variable: str) -> None:
    run("login", "-p", "one", "--account", "1", "--token-stdin", "--no-verify", stdin=b"token")
    assert run(*command.split(), env={variable: WRONG[variable]}).status == 0


def test_login_works_although_the_sandbox_is_the_default(run: Run) -> None:
    env = {"KXSMS_SANDBOX": "1"}
    done = run("login", "--account", "1", "--token-stdin", "--no-verify", stdin=b"token", env=env)
    assert done.status == 0


def test_an_error_of_a_command_without_output_obeys_the_variable(run: Run) -> None:
    done = run("config", "use", "nobody", env={"KXSMS_OUTPUT": "json"})
    assert done.error["kind"] == "profile"
