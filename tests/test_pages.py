"""The README and the help topics say what the code does: their tables, their examples, their names."""

import os
import re
from pathlib import Path

import pytest

from kxsms.app import COMMANDS
from kxsms.domain.lines import width_of
from tests.pages import (
    CHINESE_TOPICS,
    INSTALL,
    PAGES,
    README,
    ROOT,
    TEST_COMMAND,
    TOPICS,
    Example,
    Page,
    comparable,
    examples,
    played,
    with_tables,
)
from tests.postgres import Unavailable

EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
EVERY_TOPIC = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.stem)
EVERY_CHINESE_TOPIC = pytest.mark.parametrize("topic", CHINESE_TOPICS, ids=lambda topic: topic.stem)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@EVERY_PAGE
def test_tables_are_those_of_the_code(page: Page) -> None:
    assert page.text == with_tables(page.text, page.language), "python -m tests.pages writes them"


@EVERY_PAGE
def test_no_row_of_a_table_lacks_its_meaning(page: Page) -> None:
    assert not re.findall(r"^\| `[^|]+` \|  \|.*", page.text, re.M)


@EVERY_PAGE
@pytest.mark.skipif(os.name != "posix", reason="the examples are for a POSIX shell")
def test_examples_print_what_the_page_shows(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KXSMS_CONFIG")
    try:
        for example, shown in played(page.text, tmp_path / "state", page.language):
            if shown is not None:
                assert comparable(shown) == comparable(example.output), example.command
    except Unavailable as error:
        pytest.skip(str(error))


def test_the_readme_is_short() -> None:
    assert len(text_of(README).splitlines()) <= 300


def test_the_first_example_of_the_readme_installs_and_sends() -> None:
    assert examples(text_of(README))[0].command.startswith(INSTALL + "kxsms send --sandbox ")


def test_the_test_command_is_on_the_first_screen_of_the_readme() -> None:
    assert f"$ {TEST_COMMAND}" in text_of(README).splitlines()[:24]


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert r"sed -n 's/^\$ \(.*pytest\)$/\1/p' README.md" in text_of(ROOT / ".ci/run")


@EVERY_TOPIC
def test_a_topic_begins_with_its_name_and_a_short_phrase(topic: Path) -> None:
    assert re.fullmatch(rf"# {topic.stem}: [a-z][^.:]{{10,60}}", text_of(topic).splitlines()[0])


@EVERY_TOPIC
def test_lines_of_a_topic_fit_on_a_terminal(topic: Path) -> None:
    assert [line for line in text_of(topic).splitlines() if len(line) >= 100] == []


def test_every_topic_is_there_in_chinese() -> None:
    assert {topic.name for topic in TOPICS} == {topic.name for topic in CHINESE_TOPICS}


@EVERY_CHINESE_TOPIC
def test_a_chinese_topic_begins_with_its_name_and_a_short_phrase(topic: Path) -> None:
    assert re.fullmatch(rf"# {topic.stem}: [^:。]{{4,30}}", text_of(topic).splitlines()[0])


@EVERY_CHINESE_TOPIC
def test_lines_of_a_chinese_topic_fit_on_a_terminal(topic: Path) -> None:
    assert [line for line in text_of(topic).splitlines() if width_of(line) >= 100] == []


@EVERY_TOPIC
def test_a_topic_names_only_topics_and_commands_that_there_are(topic: Path) -> None:
    named = set(re.findall(r"`kxsms help ([a-z-]+)`", text_of(topic)))
    assert named <= {other.stem for other in TOPICS}


def test_the_readme_names_every_topic() -> None:
    assert {topic.stem for topic in TOPICS} <= set(
        re.findall(r"(?:`|kxsms help )([a-z-]+)`", text_of(README))
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_names_every_command(command: str) -> None:
    assert re.search(rf"^\| .*`{command}`.* \|", text_of(README), re.M)


def test_the_environment_topic_names_every_variable_of_kxsms() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "kxsms").rglob("*.py"))
    named = re.findall(r"^\| `(KXSMS_[A-Z_]+)` \|", text_of(ROOT / "kxsms/help/environment.md"), re.M)
    assert set(named) == set(re.findall(r"(?<!_)KXSMS_[A-Z]+(?:_[A-Z]+)*", code))


def test_examples_are_found_with_their_output_and_with_lines_that_go_on() -> None:
    page = "```console\n$ a |\n    b\nc\n$ d\n```\n\n```sh\n$ e\n```\n"

    assert examples(page) == [Example("a |\n    b", "c\n"), Example("d", "")]
