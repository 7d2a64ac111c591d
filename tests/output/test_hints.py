"""The commands in hints, which work as printed, and the lines that they stand on."""

import os
import re
import sys

import pytest

from kxsms.app import COMMANDS
from kxsms.domain.lines import width_of
from kxsms.output.hints import COMMAND, carried_options, completed
from kxsms.output.wrapping import wrapped
from tests.conftest import Run
from tests.terminal import on_terminal

KXSMS = [sys.executable, "-m", "kxsms"]
UNKNOWN = ("send", "19900000006", "-m", "【科迅】您好")
LONG_TEXT = "您好" * 60 + "{姓名}"


def test_a_hint_after_sandbox_works_as_printed(run: Run) -> None:
    hint = run(*UNKNOWN, "--sandbox", "-o", "json").error["hint"]
    shown = re.search(r"then kxsms (batch show .*)", hint)
    assert shown is not None
    assert run(*shown[1].split()).status == 0


def test_a_hint_on_stderr_names_sandbox_too(run: Run) -> None:
    assert "run kxsms report --sandbox, then kxsms batch show --sandbox " in run(*UNKNOWN, "--sandbox").err


def test_a_hint_does_not_repeat_the_environment(run: Run) -> None:
    done = run(*UNKNOWN, env={"KXSMS_SANDBOX": "1"})
    assert "run kxsms report, then kxsms batch show " in done.err


def test_a_hint_names_sandbox_also_where_the_command_cannot_be_parsed(run: Run) -> None:
    assert "hint: run kxsms batch list --sandbox to see the ids" in run("batch", "show", "--sandbox").err


@pytest.mark.parametrize(
    ("arguments", "carried"),
    [
        (["report", "-p", "prod"], {"-p": "-p prod"}),
        (["report", "--profile=prod"], {"-p": "-p prod"}),
        (["report", "-qpprod"], {"-p": "-p prod"}),
        (["report", "--config", "a b"], {"--config": "--config 'a b'"}),
        (["send", "--product", "vip", "--sandbox"], {"--product": "--product vip", "--sandbox": "--sandbox"}),
        (["send", "--", "--sandbox"], {}),
        (["report", "-p"], {}),
    ],
)
def test_options_are_carried_as_the_user_gave_them(arguments: list[str], carried: dict[str, str]) -> None:
    assert carried_options(arguments) == carried


@pytest.mark.parametrize(
    ("hint", "whole"),
    [
        ("run kxsms login -p other", "run kxsms login -p other"),
        ("run kxsms config set rate 5, or wait", "run kxsms config set -p prod rate 5, or wait"),
        ("run kxsms batch resume 3f2a first", "run kxsms batch resume -p prod 3f2a first"),
        ("run kxsms batch list to see all batches", "run kxsms batch list to see all batches"),
        ("see kxsms help unknown", "see kxsms help unknown"),
        ("kxsms reads it", "kxsms reads it"),
        (
            "运行 kxsms report，再运行 kxsms stats。",
            "运行 kxsms report -p prod，再运行 kxsms stats -p prod。",
        ),
        ("运行 kxsms report 获取新的", "运行 kxsms report -p prod 获取新的"),
        ("运行 kxsms config path（见上）", "运行 kxsms config path -p prod（见上）"),
    ],
)
def test_a_hint_repeats_a_profile_where_it_matters(hint: str, whole: str) -> None:
    assert completed(hint, {"-p": "-p prod"}) == whole


def test_every_command_can_stand_in_a_hint() -> None:
    assert [name for name in COMMANDS if re.fullmatch(COMMAND, f"kxsms {name} --help") is None] == []


@pytest.mark.skipif(os.name != "posix", reason="a POSIX terminal")
@pytest.mark.parametrize("columns", [80, 120])
def test_an_error_with_chinese_text_fits_the_terminal(columns: int) -> None:
    command = [*KXSMS, "send", "13800000000", "-m", LONG_TEXT, "--message-file", LONG_TEXT]
    _, shown = on_terminal(command, columns=columns)
    assert max(map(width_of, shown.splitlines())) <= columns
    command = [*KXSMS, "send", "--csv", f"{LONG_TEXT[:70]}.csv", "-m", "x"]
    _, shown = on_terminal(command, columns=columns)
    assert len(shown.splitlines()) > 2
    assert max(map(width_of, shown.splitlines())) <= columns


@pytest.mark.skipif(os.name != "posix", reason="a POSIX terminal")
@pytest.mark.parametrize("columns", [40, 80, 120])
def test_a_command_is_whole_on_one_line_of_the_terminal(columns: int) -> None:
    _, shown = on_terminal([*KXSMS, *UNKNOWN, "--sandbox"], columns=columns)
    assert re.search(r"kxsms batch show --sandbox [0-9a-f]{8}$", shown, re.M)


def test_a_line_breaks_at_words() -> None:
    assert wrapped("kxsms: error: one two three four", 22) == "kxsms: error: one two\n  three four"


def test_a_command_that_would_be_broken_gets_a_line_of_its_own() -> None:
    hint = "hint: run kxsms batch retry 3f2a91c0 --rejected, or wait a little"
    assert wrapped(hint, 40) == "hint: run\n  kxsms batch retry 3f2a91c0 --rejected\n  or wait a little"


def test_a_chinese_comma_after_a_command_begins_no_line() -> None:
    hint = "建议：运行 kxsms batch show 3f2a91c0，再运行 kxsms report"
    assert wrapped(hint, 36) == "建议：运行 kxsms batch show 3f2a91c0\n  再运行 kxsms report"


def test_a_command_longer_than_the_terminal_stays_whole() -> None:
    command = "kxsms batch settle 3f2a91c0 --accepted --mobile 13800000000"
    assert wrapped(f"hint: run {command}", 30).splitlines()[1] == f"  {command}"


def test_chinese_breaks_between_characters_but_not_before_a_full_stop() -> None:
    assert wrapped("错误:这是一个很长的句子。还有", 24) == "错误:这是一个很长的句\n  子。还有"


def test_a_short_text_stays_as_it_is() -> None:
    assert wrapped("two  blanks", 80) == "two  blanks"
