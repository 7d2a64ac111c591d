"""The help of the commands: its sections, its width, and how an option describes itself."""

import re
from typing import Any

import pytest
from rich.cells import cell_len

from kxsms.app import COMMANDS, built
from tests.commands.test_shared_options import LEAVES
from tests.conftest import Run

EVERY_COMMAND = pytest.mark.parametrize("command", [*COMMANDS, *(name for name in LEAVES if " " in name)])

PARAMETERS = [
    pytest.param(parameter, id=f"{name} {parameter.opts[0]}")
    for name, command in LEAVES.items()
    for parameter in command.params
]


def titles(text: str) -> list[str]:
    return re.findall(r"^([A-Z][a-z ]+):$", text, re.MULTILINE)


@EVERY_COMMAND
def test_the_help_fits_into_80_columns(run: Run, command: str) -> None:
    done = run(*command.split(), "--help", env={"COLUMNS": "80"})
    assert max(map(cell_len, done.lines)) <= 80


@EVERY_COMMAND
def test_the_usage_has_nothing_that_looks_like_a_template(run: Run, command: str) -> None:
    assert not re.search(r"[{}]", run(*command.split(), "--help").lines[0])


def test_a_required_argument_is_bare_in_the_usage(run: Run) -> None:
    assert run("batch", "show", "--help").lines[0] == "Usage: kxsms batch show [OPTIONS] ID"


@EVERY_COMMAND
def test_help_is_the_last_option(run: Run, command: str) -> None:
    text = run(*command.split(), "--help").text
    assert re.search(r"^  -h, --help +Show this message and exit\.$", text, re.MULTILINE)


def test_the_options_of_send_are_in_groups(run: Run) -> None:
    groups = [
        "Text",
        "Recipients",
        "Reading the file",
        "Limits",
        "Pace",
        "Sending again",
        "Output",
        "Shared options",
    ]
    assert titles(run("send", "--help").text) == ["Arguments", *groups]


@pytest.mark.parametrize("command", ["report", "mo"])
def test_the_options_of_records_are_in_groups(run: Run, command: str) -> None:
    groups = ["Filters", "Figures", "Fetching", "Output", "Shared options"]
    assert titles(run(command, "--help").text) == groups


@pytest.mark.parametrize("name", LEAVES)
def test_no_section_has_more_than_ten_options(run: Run, name: str) -> None:
    sections = re.split(r"^[A-Z][a-z ]+:$", run(*name.split(), "--help").text, flags=re.MULTILINE)
    assert max(len(re.findall(r"^  -", section, re.MULTILINE)) for section in sections) <= 10


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_parameter_is_described_by_a_sentence(parameter: Any) -> None:
    assert re.match(r"[A-Z].*\.(?: \[default: [^]]+\])?$", parameter.help)


@pytest.mark.parametrize(
    ("command", "option", "default"),
    [
        ("send", "--rate", "[default: the profile's, 50]"),
        ("send", "--concurrency", "[default: the profile's, 16]"),
        ("send", "--retries", "[default: 5]"),
        ("batch resume", "--pause-after", "[default: 10]"),
        ("send", "--product", "[default: the profile's, sms]"),
        ("send", "--output", "default: table]"),
        ("report", "--interval", "[default: 60]"),
        ("login", "--base-url", "[default: https://apis.kx-ytx.com]"),
        ("batch export", "--encoding", "[default: utf-8-sig]"),
        ("sandbox serve", "--port", "[default: 0]"),
        ("sandbox serve", "--latency", "[default: 0]"),
        ("sandbox serve", "--shape", "[default: plain]"),
    ],
)
def test_an_option_names_its_real_default(run: Run, command: str, option: str, default: str) -> None:
    text = run(*command.split(), "--help").text
    entry = re.search(rf"^  (?:-\w, )?{option} .*\n(?:     +\S.*\n)*", text, re.MULTILINE)
    assert entry is not None
    assert default in " ".join(entry[0].split())


def test_a_number_has_no_range_in_the_help(run: Run) -> None:
    assert "<=" not in run("send", "--help").text


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_with_the_first_line_of_its_help(name: str) -> None:
    assert built(name).help.splitlines()[0] == COMMANDS[name]
