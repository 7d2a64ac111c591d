"""A table given as a list of numbers: the error says how to send to its rows."""

from pathlib import Path

import pytest

from tests.conftest import Done, Run

SAFE = ("-m", "【科】您好", "--yes", "--sandbox", "-o", "json")


def send(run: Run, content: str) -> Done:
    Path("list.txt").write_text(content, encoding="utf-8")
    return run("send", "--to-file", "list.txt", *SAFE)


@pytest.mark.parametrize(
    "content",
    [
        "姓名,手机号\n张三,13800000001\n",
        "手机号;姓名\r\n13800000001;张三\r\n",
        "﻿\n编号\t号码\t金额\n1\t138-0000-0001\t12\n",
        '"姓名","手机号"\n"张,三","13800000001"\n',
        "张三,13800000001\n李四,13800000002\n",
        "张三,13800000001\n",
    ],
)
def test_a_table_is_named_with_the_option_for_its_rows(run: Run, content: str) -> None:
    done = send(run, content)
    assert done.status == 2
    assert done.error["message"] == "list.txt is a table with several columns, not a list of numbers"
    assert done.error["hint"] == "send to its rows with --csv FILE"


@pytest.mark.parametrize(
    "content",
    [
        "手机号\n13800000001\n",
        "13800000001,13800000002\n13800000003,13800000004\n",
        "13800000001,1380000000\n13800000003,1380000000\n",
        "13800000001\n张三,13800000002\n",
        "张三,13800000002\n13800000001\n",
        '13800000001\n"13800000002,\n',
    ],
)
def test_a_list_with_an_invalid_line_is_no_table(run: Run, content: str) -> None:
    message = send(run, content).error["message"]
    assert "invalid numbers" in message or "list.txt:" in message


def test_stdin_is_named(run: Run) -> None:
    done = run("send", "--to-file", "-", *SAFE, stdin="姓名,手机号\n张三,13800000001\n".encode())
    assert done.error["message"].startswith("stdin is a table")
