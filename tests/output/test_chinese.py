"""What kxsms writes in Chinese: tables, states, questions and pages for people; keys for programs."""

import os
import re
import sys
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.ledger.scene import people, write_csv
from tests.output.width import width
from tests.scripted_gateway import ScriptedGateway
from tests.terminal import on_terminal

KXSMS = [sys.executable, "-m", "kxsms"]
CHINESE = {"KXSMS_LANG": "zh_CN", "NO_COLOR": "1"}
SEND = ("send", "--csv", "people.csv")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a POSIX terminal")


def shown(*arguments: str, answers: tuple[str, ...] = ()) -> tuple[int, str]:
    status, text = on_terminal([*KXSMS, *arguments], answers=answers, env=CHINESE)
    assert max(map(width, text.split("\n"))) <= 80
    return status, text


@pytest.mark.parametrize(("answered", "sent"), [("是", 3), ("Ｙ", 3), ("否", 0)])
def test_a_question_and_its_answer_are_chinese(gateway: ScriptedGateway, answered: str, sent: int) -> None:
    write_csv(people(3))
    _, text = shown(*SEND, answers=(answered,))
    assert "？[y/N]：" in text
    assert len(gateway.received) == sent


def test_a_terminal_has_words_and_a_pipe_has_keys(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    run(*SEND, "--yes")
    _, text = shown("batch", "list")
    heads, first = (line.split() for line in text.split("\n")[:2])
    assert heads[:3] == ["批次", "创建时间", "来源"]
    assert "已完成" in first
    piped = run("batch", "list", env=CHINESE).lines
    assert "state" in piped[0].split("\t")
    assert "finished" in piped[1].split("\t")


def test_an_error_has_a_chinese_prefix(run: Run) -> None:
    assert run("batch", "show", "--sandbox", env=CHINESE).err.startswith("kxsms：错误：")


def test_the_page_is_chinese(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    run(*SEND, "--yes")
    batch = run("batch", "list", "-o", "json").json[0]["batch"]
    run("batch", "report", batch, "--html", "page.html", env=CHINESE)
    page = Path("page.html").read_text("utf-8")
    assert '<html lang="zh-CN">' in page
    assert "<h1>批次 " in page


def test_the_time_in_a_question_is_as_people_write_it(run: Run, gateway: ScriptedGateway) -> None:
    write_csv(people(3))
    said = run(*SEND, "--at", "+1h", env=CHINESE).err

    assert re.search(r"在 [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} 向 3 个号码发\s*送", said)
