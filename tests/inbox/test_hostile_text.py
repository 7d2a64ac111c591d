"""Hostile text in a reply: control sequences, markup, great length; and an answer with very many reports."""

import csv
import io
import json
import sys

import pytest

from tests.conftest import Run
from tests.engines import query_ledger
from tests.faults.client import ROOT
from tests.inbox.records_gateway import ONE, RecordsGateway, a_report, body_of, fetch
from tests.terminal import on_terminal

TITLE, MARKUP, OVERRIDE, EMOJI = "\x1b]0;owned\x07", "[bold]", "\u202etxet\u202c", "😀" * 2_000
NASTY = f"{TITLE}{MARKUP}x[/bold]{OVERRIDE}{EMOJI}\x9b31m\r\x00"
SECOND = "[/] [link=http://x]y[/link]"


def prepare_hostile_replies(gateway: RecordsGateway) -> None:
    gateway.prepare(
        body_of({"Mobile": ONE, "Content": NASTY, "Note\x1b[2J": TITLE}, {"Mobile": ONE, "Content": SECOND})
    )


def assert_harmless(shown: str) -> None:
    """Assert that a text has none of the control characters of the hostile replies."""
    assert TITLE not in shown
    assert "\x1b]" not in shown
    for character in "\x07\x9b\x00\u202e\u202c":
        assert character not in shown


@pytest.mark.parametrize(("format", "columns"), [("table", 40), ("table", 200), ("json", 80), ("csv", 80)])
def test_hostile_text_does_not_control_a_terminal(
    run: Run, gateway: RecordsGateway, format: str, columns: int
) -> None:
    prepare_hostile_replies(gateway)
    run("mo")
    command = [sys.executable, "-m", "kxsms", "mo", "--no-pull", "-o", format]
    status, shown = on_terminal(command, columns=columns, env={"PYTHONPATH": str(ROOT), "NO_COLOR": "1"})
    assert status == 0, shown
    assert_harmless(shown)
    if columns == 200 or format != "table":
        assert MARKUP in shown
        assert "[/]" in shown


def test_json_keeps_hostile_text_and_escapes_it(run: Run, gateway: RecordsGateway) -> None:
    prepare_hostile_replies(gateway)
    first, second = fetch(run, command="mo")
    assert first["content"] == NASTY
    assert second["content"] == SECOND
    assert first["extra"]["Note\x1b[2J"] == TITLE
    out = run("mo", "--no-pull", "-o", "jsonl").text
    assert [json.loads(text)["content"] for text in out.split("\n") if text] == [NASTY, SECOND]
    assert "\x1b" not in out


def test_csv_keeps_hostile_text(run: Run, gateway: RecordsGateway) -> None:
    prepare_hostile_replies(gateway)
    run("mo")
    text = run("mo", "--no-pull", "-o", "csv").out.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 2
    assert EMOJI in rows[0]["content"]
    assert rows[1]["content"] == SECOND


def test_a_table_in_a_pipe_escapes_hostile_text(run: Run, gateway: RecordsGateway) -> None:
    prepare_hostile_replies(gateway)
    run("mo")
    text = run("mo", "--no-pull").text
    assert_harmless(text)
    assert len(text.split("\n")) == 4
    assert EMOJI in text
    assert SECOND in text


def test_one_answer_can_have_20_000_reports(run: Run, gateway: RecordsGateway) -> None:
    count = 20_000
    gateway.prepare(body_of(*(a_report(f"13{number:09d}", f"t{number % 20}") for number in range(count))))
    assert len(run("report", "-o", "jsonl", "-q").lines) == count
    assert query_ledger("SELECT count(*), count(DISTINCT mobile) FROM records") == [(count, count)]
