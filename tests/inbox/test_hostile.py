"""A reply that would like to own the terminal, and one that is very long; and very many reports."""

import csv
import io
import json
import sys

import pytest

from tests.conftest import Run
from tests.faults.client import ROOT
from tests.inbox.scene import ONE, Hatch, a_report, data, fetch, look
from tests.terminal import on_terminal

TITLE, MARKUP, OVERRIDE, EMOJI = "\x1b]0;owned\x07", "[bold]", "\u202etxet\u202c", "😀" * 2_000
NASTY = f"{TITLE}{MARKUP}x[/bold]{OVERRIDE}{EMOJI}\x9b31m\r\x00"
SECOND = "[/] [link=http://x]y[/link]"


def hand(gateway: Hatch) -> None:
    gateway.hand(
        data({"Mobile": ONE, "Content": NASTY, "Note\x1b[2J": TITLE}, {"Mobile": ONE, "Content": SECOND})
    )


def assert_harmless(shown: str) -> None:
    assert TITLE not in shown
    assert "\x1b]" not in shown
    for character in "\x07\x9b\x00\u202e\u202c":
        assert character not in shown


@pytest.mark.parametrize(("format", "columns"), [("table", 40), ("table", 200), ("json", 80), ("csv", 80)])
def test_on_a_terminal(run: Run, gateway: Hatch, format: str, columns: int) -> None:
    hand(gateway)
    run("mo")
    command = [sys.executable, "-m", "kxsms", "mo", "--no-pull", "-o", format]
    status, shown = on_terminal(command, columns=columns, env={"PYTHONPATH": str(ROOT), "NO_COLOR": "1"})
    assert status == 0, shown
    assert_harmless(shown)
    if columns == 200 or format != "table":
        assert MARKUP in shown
        assert "[/]" in shown


def test_json(run: Run, gateway: Hatch) -> None:
    hand(gateway)
    first, second = fetch(run, command="mo")
    assert (first["content"], second["content"]) == (NASTY, SECOND)
    assert first["extra"]["Note\x1b[2J"] == TITLE
    out = run("mo", "--no-pull", "-o", "jsonl").text
    assert [json.loads(text)["content"] for text in out.split("\n") if text] == [NASTY, SECOND]
    assert "\x1b" not in out


def test_csv(run: Run, gateway: Hatch) -> None:
    hand(gateway)
    run("mo")
    text = run("mo", "--no-pull", "-o", "csv").out.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 2
    assert EMOJI in rows[0]["content"]
    assert rows[1]["content"] == SECOND


def test_tab_separated(run: Run, gateway: Hatch) -> None:
    hand(gateway)
    run("mo")
    text = run("mo", "--no-pull").text
    assert_harmless(text)
    assert len(text.split("\n")) == 4
    assert EMOJI in text
    assert SECOND in text


def test_20_000_reports_in_one_answer(run: Run, gateway: Hatch) -> None:
    count = 20_000
    gateway.hand(data(*(a_report(f"13{number:09d}", f"t{number % 20}") for number in range(count))))
    assert len(run("report", "-o", "jsonl", "-q").lines) == count
    assert look("SELECT count(*), count(DISTINCT mobile) FROM records") == [(count, count)]
