"""Delimiters that a file announces, unusual ones, and blanks before quotes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Run
from tests.ledger.scene import taken
from tests.planning import Row, rows_of
from tests.scripted_gateway import ScriptedGateway
from tests.source.files import opened


@pytest.mark.parametrize("delimiter", list(";,|^\t~ "))
@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
def test_a_first_line_that_names_the_delimiter_is_obeyed(delimiter: str, newline: str) -> None:
    lines = [f"sep={delimiter}", f"手机号{delimiter}姓名", f"13800000001{delimiter}张三"]
    with opened(newline.join(lines)) as file:
        assert file.header == ("手机号", "姓名")
        assert rows_of(file) == [Row(3, ["13800000001", "张三"])]


def test_a_named_delimiter_wins_over_the_first_line() -> None:
    with opened("sep=;\n手机号|姓名;x\n1|2\n", delimiter="|") as file:
        assert file.header == ("手机号", "姓名;x")
        assert rows_of(file) == [Row(3, ["1", "2"])]


@pytest.mark.parametrize("first", ["sep=xy", "sep=", "sep,mobile", "separator=x"])
def test_a_first_line_that_names_no_delimiter_is_a_header(first: str) -> None:
    with opened(first + "\n") as file:
        assert file.header_line == 1


def test_a_file_that_names_its_delimiter_is_sent(run: Run, gateway: ScriptedGateway) -> None:
    Path("p.csv").write_bytes("sep=;\r\n手机号;姓名\r\n13800000001;张三\r\n".encode())
    assert run("send", "--csv", "p.csv", "-m", "【科】{姓名}您好", "--yes").status == 0
    assert taken(gateway) == [("13800000001", "【科】张三您好")]


def test_a_blank_before_a_quote_is_dropped(run: Run, gateway: ScriptedGateway) -> None:
    Path("p.csv").write_bytes('手机号, 姓名\n13800000001, "张三, 先生"\n'.encode())
    assert run("send", "--csv", "p.csv", "-m", "【科】{姓名}您好", "--yes").status == 0
    assert taken(gateway) == [("13800000001", "【科】张三, 先生您好")]


def test_a_blank_inside_quotes_stays_and_blanks_can_be_the_delimiter() -> None:
    with opened('a,b\n1," x"\n') as file:
        assert rows_of(file) == [Row(2, ["1", " x"])]
    with opened("a b c\n1  3\n", delimiter=" ") as file:
        assert rows_of(file) == [Row(2, ["1", "", "3"])]


@given(st.lists(st.text("ab好 '", max_size=5), min_size=2, max_size=2), st.integers(1, 3))
def test_any_quoted_value_after_blanks_is_exact(values: list[str], blanks: int) -> None:
    row = ("," + " " * blanks).join(f'"{value}"' for value in ["1", *values])
    with opened(f"a,b,c\n{row}\n") as file:
        assert rows_of(file) == [Row(2, ["1", *values])]


@pytest.mark.parametrize("delimiter", list("|^，；、:~"))
def test_an_unusual_delimiter_is_suggested_by_name(
    run: Run, gateway: ScriptedGateway, delimiter: str
) -> None:
    Path("p.csv").write_bytes(f"手机号{delimiter}姓名\n13800000001{delimiter}张三\n".encode())
    done = run("send", "--csv", "p.csv", "-m", "【科】您好", "--yes", "-o", "json")
    assert done.status == 2
    assert done.error["message"] == f"p.csv:1: the header is one column, '手机号{delimiter}姓名'"
    assert f"--delimiter '{delimiter}'" in done.error["hint"]
    assert taken(gateway) == []
    assert run("send", "--csv", "p.csv", "-m", "【科】您好", "--yes", "--delimiter", delimiter).status == 0
