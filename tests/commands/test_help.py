"""`kxsms help`: topics from files, commands, and nothing loaded that a page does not need."""

import io
import re
from itertools import pairwise
from pathlib import Path

import pytest
from rich.cells import cell_len

from kxsms.app import COMMANDS
from kxsms.help.topics import text_of, topics
from kxsms.output.page import draw_page
from tests.conftest import Run
from tests.terminal import on_terminal

TOPICS = tuple(topics())


def drawn(topic: str, columns: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the lines of a topic as a terminal shows them, without their style."""
    return page(text_of(topic), columns, monkeypatch)


def page(markdown: str, columns: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the lines of Markdown as a terminal shows them, without their style."""
    monkeypatch.setenv("COLUMNS", str(columns))
    terminal = io.StringIO()
    draw_page(markdown, terminal)
    return [line.rstrip() for line in terminal.getvalue().splitlines()]


def test_help_alone_succeeds(run: Run) -> None:
    assert run("help").status == 0


@pytest.mark.parametrize("topic", TOPICS)
def test_help_alone_lists_each_topic_with_its_description(run: Run, topic: str) -> None:
    assert re.search(rf"^  {topic} +{re.escape(topics()[topic])}$", run("help").text, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_alone_lists_each_command(run: Run, command: str) -> None:
    assert re.search(rf"^  {command} +{re.escape(COMMANDS[command])}$", run("help").text, re.MULTILINE)


def test_help_alone_names_the_command_that_shows_a_topic(run: Run) -> None:
    assert "kxsms help TOPIC" in run("help").text


def test_help_of_the_root_names_the_help_topics(run: Run) -> None:
    assert "kxsms help" in run("--help").text


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_begins_with_its_name_and_description(topic: str) -> None:
    assert text_of(topic).startswith(f"# {topic}: {topics()[topic]}\n")


def test_a_new_file_is_a_new_topic(tmp_path: Path) -> None:
    (tmp_path / "tea.md").write_text("# tea: how to brew it\n\nSlowly.\n", encoding="utf-8")
    assert topics(tmp_path) == {"tea": "how to brew it"}


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_in_a_pipe_is_its_markdown(run: Run, topic: str) -> None:
    assert run("help", topic).text.startswith(text_of(topic))


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_in_a_pipe_has_no_comments(run: Run, topic: str) -> None:
    assert "<!--" not in run("help", topic).text


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("topic", TOPICS)
def test_a_drawn_topic_fits_into_the_terminal(
    topic: str, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = [line for line in drawn(topic, columns, monkeypatch) if not line.startswith("    ")]
    assert max(map(cell_len, text)) <= columns


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("topic", TOPICS)
def test_a_drawn_topic_has_its_code_unbroken(
    topic: str, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = re.findall(r"^```\w*\n(.*?)^```$", text_of(topic), re.MULTILINE | re.DOTALL)
    indented = [f"    {line}".rstrip() for block in code for line in block.splitlines()]
    shown = [line.rstrip() for line in drawn(topic, columns, monkeypatch)]
    assert [line for line in indented if line not in shown] == []


def test_chinese_survives_in_a_drawn_topic(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "手机号" in "".join(drawn("csv", 80, monkeypatch))


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("什么都不发，\n退出码是 7", "什么都不发，退出码是 7"),
        ("防\n止重复", "防止重复"),
        ("先查询，\n`kxsms report` 会说明", "先查询，kxsms report 会说明"),
        ("运行\n`kxsms report`", "运行 kxsms report"),
        ("`手机号`\n一列", "手机号 一列"),
        ("the column\n`手机号`", "the column 手机号"),
        ("it says “no”\nand ends", "it says “no” and ends"),
    ],
)
def test_a_line_end_of_the_source_is_a_blank_only_where_the_text_has_one(
    source: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert page(source, 80, monkeypatch) == [shown]


@pytest.mark.parametrize(
    ("columns", "lines"),
    [(16, ["先运行 kxsms，就", "会发送批次"]), (12, ["先运行", "kxsms，就会", "发送批次"])],
)
def test_chinese_fills_its_lines_and_none_begins_with_a_mark_that_closes(
    columns: int, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert page("先运行 kxsms，就会发送批次", columns, monkeypatch) == lines


def test_code_in_a_text_is_not_broken_between_chinese_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    assert page("打开 `客户.xlsx`", 12, monkeypatch) == ["打开", "客户.xlsx"]


def test_a_table_shows_long_cells_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    table = "| 键 | 值 |\n|---|---|\n| `throttle_codes` | 网关的返回码 |"
    assert page(table, 20, monkeypatch)[-2:] == ["throttle_  网关的返", "codes      回码"]


def test_a_terminal_shows_bold_and_underline_but_no_colours() -> None:
    # These can be read on every background.
    _, shown = on_terminal(["kxsms", "help", "csv"])
    assert set(re.findall(r"\x1b\[([\d;]*)m", shown)) == {"0", "1", "1;4"}


def test_a_terminal_shows_plain_text_if_no_color_is_set() -> None:
    _, shown = on_terminal(["kxsms", "help", "csv"], env={"NO_COLOR": "1"})
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    "words",
    [("send",), ("help",), ("batch",), ("batch", "retry"), ("config", "set"), ("sandbox", "serve")],
    ids=" ".join,
)
def test_help_of_a_command_is_what_its_option_help_shows(run: Run, words: tuple[str, ...]) -> None:
    assert run("help", *words).text == run(*words, "--help").text


@pytest.mark.parametrize("name", sorted(set(TOPICS) & set(COMMANDS)))
def test_a_topic_with_the_name_of_a_command_names_the_help_of_the_command(run: Run, name: str) -> None:
    assert run("help", name).text.endswith(f"See also `kxsms {name} --help`.\n")


def test_an_unknown_topic_is_wrong_usage(run: Run) -> None:
    assert run("help", "crno").status == 2


def test_an_unknown_topic_is_named(run: Run) -> None:
    assert "kxsms: error: there is no help topic or command 'crno'\n" in run("help", "crno").err


def test_an_unknown_topic_gets_the_closest_one_as_a_hint(run: Run) -> None:
    assert "hint: run kxsms help cron\n" in run("help", "crno").err


@pytest.mark.parametrize("name", [*TOPICS, *COMMANDS])
def test_an_unknown_topic_gets_the_list_of_all(run: Run, name: str) -> None:
    assert re.search(rf"\b{name}\b", run("help", "xyz").err)


def test_a_topic_unlike_all_others_gets_a_hint_at_the_list(run: Run) -> None:
    assert "hint: run kxsms help\n" in run("help", "xyz").err


def test_an_unknown_subcommand_is_wrong_usage(run: Run) -> None:
    assert run("help", "batch", "shwo").status == 2


def test_the_man_page_is_printed(run: Run) -> None:
    assert '\n.TH KXSMS 1 "" kxsms "User Commands"\n' in run("help", "--man").text


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_has_no_two_blank_lines(run: Run, topic: str) -> None:
    assert "\n\n\n" not in run("help", topic).text


@pytest.mark.parametrize("topic", TOPICS)
def test_a_drawn_topic_has_no_two_blank_lines(topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line.strip() for line in drawn(topic, 80, monkeypatch)]
    assert [index for index, pair in enumerate(pairwise(lines)) if pair == ("", "")] == []


def test_the_codes_of_the_sandbox_are_in_order(run: Run) -> None:
    codes = re.findall(r"^\| (90\d\d) ", run("help", "sandbox").text, re.M)
    assert len(codes) > 10
    assert codes == sorted(codes)
