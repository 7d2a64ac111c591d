"""`batch list` on a terminal: each batch in one line, with its whole id."""

import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.conftest import Run
from tests.scripted_gateway import ScriptedGateway
from tests.terminal import on_terminal

TEMPLATE = "【科迅】{name}您好，您的快递已到小区门口的快递柜，请及时领取"
COMMAND = [sys.executable, "-m", "kxsms", "batch", "list"]


@pytest.fixture
def batch(run: Run, gateway: ScriptedGateway) -> str:
    """Return the id of a batch from a file in a directory, with a long Chinese template."""
    Path("exports/2026").mkdir(parents=True)
    file = "exports/2026/people.csv"
    Path(file).write_text("mobile,name\n13800000000,李\n", encoding="utf-8")
    return str(run("send", "--csv", file, "-m", TEMPLATE, "--yes", "-o", "json").json["batch"])


@pytest.mark.parametrize("columns", [80, 120])
def test_a_batch_takes_one_line(batch: str, columns: int) -> None:
    _, shown = on_terminal(COMMAND, columns=columns)
    _header, line = shown.splitlines()
    assert batch in line
    assert " people.csv " in line
    assert "【科迅】{name}…" in line
    assert cell_len(line.rstrip()) <= columns


def test_a_narrow_terminal_names_the_columns_that_it_hides(run: Run, batch: str) -> None:
    run("send", "13700000000", "-m", TEMPLATE.format(name=""))
    run("send", "--csv", "exports/2026/people.csv", "-m", TEMPLATE + "!", "--yes", "--at", "+3h")
    _, shown = on_terminal(COMMAND)
    header, *lines, note = shown.splitlines()
    assert note == "not shown: scheduled_for; use a wider terminal, or -o csv"
    assert "scheduled_for" not in header
    assert len(lines) == 3
    assert all(cell_len(line.rstrip()) <= 80 for line in lines)


def test_a_wide_terminal_hides_nothing(run: Run, batch: str) -> None:
    run("send", "--csv", "exports/2026/people.csv", "-m", TEMPLATE + "!", "--yes", "--at", "+3h")
    _, shown = on_terminal(COMMAND, columns=120)
    assert "scheduled_for" in shown
    assert "not shown" not in shown


def test_a_file_without_a_terminal_gets_the_whole_text(run: Run, batch: str) -> None:
    header, line = (row.split("\t") for row in run("batch", "list").lines)
    assert line[header.index("text")] == TEMPLATE
    assert line[header.index("source")].endswith("people.csv")
