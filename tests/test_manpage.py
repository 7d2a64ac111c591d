"""The man page: made from the commands and the topics, stored up to date, and good roff."""

import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from kxsms.app import COMMANDS, app
from kxsms.help.manpage import FILES, man_page, roff
from kxsms.help.topics import topics
from kxsms.language import CHINESE, ENGLISH
from tests.pages import spoken

ROOT = typer.main.get_command(app)
PAGE = man_page(ROOT)
SECTIONS = [line.removeprefix(".SH ") for line in PAGE.splitlines() if line.startswith(".SH ")]
SUBSECTIONS = [line for line in PAGE.splitlines() if line.startswith(".SS ")]


@pytest.mark.parametrize("language", FILES)
def test_the_stored_page_is_up_to_date(language: str) -> None:
    with spoken(language):
        page = man_page(ROOT)
    assert FILES[language].read_text(encoding="utf-8") == page, "python -m kxsms.help.manpage writes it"


def test_the_chinese_page_has_as_many_sections_and_entries() -> None:
    chinese = FILES[CHINESE].read_text(encoding="utf-8").splitlines()
    requests = [line.split(" ")[0] for line in chinese]
    assert [requests.count(each) for each in (".SH", ".SS")] == [len(SECTIONS), len(SUBSECTIONS)]


def test_the_page_begins_with_the_usual_sections() -> None:
    assert SECTIONS[:5] == ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS"]


def test_the_page_ends_with_the_usual_sections() -> None:
    assert SECTIONS[-4:] == ["EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES"]


@pytest.mark.parametrize("topic", sorted({*topics()} - {"exit-statuses", "environment"}))
def test_a_topic_is_a_section(topic: str) -> None:
    assert topic.upper() in SECTIONS


@pytest.mark.parametrize("command", [*COMMANDS, "batch retry", "config set", "sandbox serve"])
def test_a_command_is_a_subsection(command: str) -> None:
    assert any(line.startswith(f".SS kxsms {command} [OPTIONS]") for line in SUBSECTIONS)


@pytest.mark.parametrize("option", ["message", "idempotency\\-key", "reparse", "base\\-url", "shape"])
def test_an_option_is_an_entry(option: str) -> None:
    assert f"\\fB\\-\\-{option}\\fR" in PAGE


@pytest.mark.parametrize("language", FILES)
@pytest.mark.parametrize(
    "command",
    [["groff", "-k", "-man", "-Tutf8", "-ww"], ["man", "--warnings", "--local-file"]],
    ids=["groff", "man"],
)
def test_the_page_gives_no_warnings(
    command: list[str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("MANWIDTH", "80")
    done = subprocess.run([*command, str(FILES[language])], capture_output=True, check=True)
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("markdown", "lines"),
    [
        ("# tea: how to brew it", [".PP", "How to brew it."]),
        ("## Water", [".SS Water"]),
        ("two\nlines", [".PP", "two lines"]),
        ("one\n\ntwo", [".PP", "one", ".PP", "two"]),
        ("`a` b", [".PP", r"\fBa\fR b"]),
        ("**a `b` c** d", [".PP", r"\fBa \fBb\fB c\fR d"]),
        ("- a\n- b\n  c", [r".IP \(bu 2", "a", r".IP \(bu 2", "b c"]),
        ("1. a\n2. b", [".IP 1. 4", "a", ".IP 2. 4", "b"]),
        ("```sh\n$ a\n\n  b\n```", [".PP", ".RS 4", ".EX", "$ a", "", "  b", ".EE", ".RE"]),
        ("| a | b |\n|---|---|\n| c | d |", [".TP", "c", "d"]),
        ("| a | b | e |\n|---|---|---|\n| c | d | f |", [".TP", "c", "b: d; e: f"]),
        ("| a | b | e |\n|---|---|---|\n| c | d |  |", [".TP", "c", "b: d"]),
        (".a", [".PP", r"\&.a"]),
        ("it's `--a`, C:\\b and ~/c", [".PP", r"it\(aqs \fB\-\-a\fR, C:\eb and \(ti/c"]),
        ("您好，\n`a`\n再\n见", [".PP", r"您好，\fBa\fR 再见"]),
    ],
    ids=[
        "title",
        "heading",
        "paragraph",
        "paragraphs",
        "code",
        "bold",
        "list",
        "numbered list",
        "code block",
        "table",
        "wide table",
        "empty cell",
        "dot at the start",
        "special characters",
        "Chinese",
    ],
)
def test_markdown_becomes_roff(markdown: str, lines: list[str]) -> None:
    assert list(roff(markdown)) == lines


def test_the_page_is_where_the_wheel_takes_it_from() -> None:
    assert Path(__file__).parent.parent / "kxsms/help/kxsms.1" == FILES[ENGLISH]
