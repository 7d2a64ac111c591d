"""A file that does not say in which encoding it is written is guessed, named or refused, never misread."""

import codecs
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kxsms.errors import InputError
from kxsms.source.detection import FoundEncoding, encoding_of
from tests.conftest import Run
from tests.ledger.scene import taken
from tests.scripted_gateway import ScriptedGateway
from tests.soak.encodings import measure
from tests.source.files import refused

CUT = "mobile,name,city\n13800000001,张三,北京\n13800000002,欧阳娜\n13800000003,李四,上海\n".encode()
APPENDED = "mobile,name\n13800000001,张三\n".encode() + "13800000002,李四\n".encode("gbk")
GBK = "手机号,姓名\n13800000001,张三\n13800000002,李喆\n13800000003,㛃\n".encode("gb18030")


def found(data: bytes) -> FoundEncoding:
    return encoding_of(io.BytesIO(data), "people.csv", None)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (CUT.replace("娜".encode(), "娜".encode()[:2]), 3),
        (CUT.replace("娜".encode(), "娜".encode()[:1]), 3),
        (CUT.replace("娜".encode(), "娜".encode()[1:]), 3),
        (CUT.replace("张".encode(), b"?" + "张".encode()[1:]), 2),
        (APPENDED, 3),
        (APPENDED.replace(b"\n", b"\r"), 3),
        ("mobile,name\n13800000001,张三丰\n".encode() + "13800000002,陳美玲\n".encode("big5"), 3),
        ("mobile,name\n13800000001,张三丰\n".encode() + b"13800000002,M\xfcller\n", 3),
    ],
)
def test_a_bad_line_of_a_file_in_utf_8_is_named(data: bytes, line: int) -> None:
    error = refused(data)
    assert error.message == f"people.csv:{line}: not UTF-8, but most of the file is"
    assert "--encoding" in (error.hint or "")


@pytest.mark.parametrize("name", ["谢志英", "谢伟", "魏伟", "韦伟", "位伟", "毛伟", "路伟", "韦伟伟"])
def test_a_row_of_gb18030_that_is_valid_utf_8_too_is_named(name: str) -> None:
    error = refused("mobile,name\n13800000001,张三\n".encode() + f"13800000002,{name}\n".encode("gbk"))
    assert error.message == "people.csv:3: this line is valid UTF-8, but seems to be GB18030"


@pytest.mark.parametrize(
    "text",
    [
        "é",
        "Müller",
        "Иван Петров",
        "阿依·古丽",
        "سارة محمد",
        "Παπαδόπουλος",
        "Μαΰδης",
        "Προΰνης",
        "αβ",
        "Nguyễn Đình",
        "100°C ½ µ",
        "ﾔﾏﾀﾞ",
        "😀",
    ],
)
def test_other_scripts_in_utf_8_are_read(text: str) -> None:
    assert found(f"mobile,name\n13800000001,{text}\n".encode()) == FoundEncoding("utf-8")


def test_a_row_of_utf_8_in_a_file_of_gb18030_is_named() -> None:
    error = refused("手机号,姓名\n13800000001,张三\n".encode("gbk") + "13800000002,赵红\n".encode())
    assert error.message == "people.csv:3: this line seems to be UTF-8, but most of the file is GB18030"


@pytest.mark.parametrize(
    ("encoding", "name", "option"),
    [
        ("big5", "陳美玲", "big5"),
        ("big5", "黃雅婷", "big5"),
        ("cp932", "ヤマダ", "shift_jis"),
        ("cp932", "田中", "shift_jis"),
        ("euc_jp", "佐藤健", "euc_jp"),
        ("euc_kr", "김철수", "euc_kr"),
        ("euc_kr", "최민", "euc_kr"),
        ("cp1251", "Иван", "windows-1251"),
        ("cp1251", "Москва", "windows-1251"),
        ("latin-1", "Müller", "windows-1252"),
        ("latin-1", "François", "windows-1252"),
    ],
)
def test_one_name_in_another_encoding_is_refused_with_the_likely_one(
    encoding: str, name: str, option: str
) -> None:
    error = refused(f"mobile,name\n13800000001,{name}\n".encode(encoding))
    assert error.message.startswith("people.csv: the encoding cannot be guessed: ")
    assert f"--encoding {option} or --encoding gb18030" in (error.hint or "")


def test_what_reads_as_private_characters_is_refused_by_line() -> None:
    error = refused("手机号,姓名\n13800000001,张三\n13800000002,\ue000李四\n".encode("gb18030"))
    assert error.message == "people.csv:3: not UTF-8, and as GB18030 it holds private-use characters"


def test_what_is_mostly_outside_gb2312_is_refused() -> None:
    error = refused("mobile,name\n13800000001,喆\n13800000002,堃\n".encode("gb18030"))
    assert error.message == "people.csv: the encoding cannot be guessed: neither UTF-8 nor likely GB18030"
    assert "--encoding NAME" in (error.hint or "")


@pytest.mark.parametrize(
    "name", ["张三", "李丽", "王淼", "李喆", "王堃", "覃鑫", "欧阳娜娜", "阿依古丽·买买提", "联通"]
)
def test_one_name_in_gb18030_is_read(name: str) -> None:
    assert found(f"mobile,name\n13800000001,{name}\n".encode("gb18030")).guess == "GB18030"


def test_rare_names_among_ordinary_ones_are_read() -> None:
    assert found(GBK) == FoundEncoding("gb18030", is_guessed=True)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from("张王李赵刘陈欧阳娜娜建国志华喆堃淼鑫琪"), min_size=1, max_size=4))
def test_any_names_beside_an_ordinary_header_are_read(names: list[str]) -> None:
    rows = "".join(f"13800000001,{name}\n" for name in ["李丽", "王建国", *names])
    assert found(f"手机号,姓名\n{rows}".encode("gb18030")).guess == "GB18030"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.sampled_from([b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE]))
def test_any_bytes_are_read_or_refused_by_name(data: bytes, mark: bytes) -> None:
    try:
        encoding = encoding_of(io.BytesIO(mark + data), "people.csv", None)
    except InputError as refusal:
        problem = refusal
    else:
        (mark + data).decode(encoding.name)
        return
    assert problem.message.startswith("people.csv:")
    assert problem.hint


def test_a_guess_is_named(run: Run, gateway: ScriptedGateway) -> None:
    Path("people.csv").write_bytes(GBK)
    done = run("send", "--csv", "people.csv", "-m", "【科】{姓名}您好", "--yes")
    assert "kxsms: read people.csv as GB18030\n" in done.err
    assert ("13800000002", "【科】李喆您好") in taken(gateway)


@pytest.mark.parametrize("data", [GBK.decode("gb18030").encode(), GBK.decode("gb18030").encode("utf-16")])
def test_what_is_no_guess_gets_no_note(run: Run, gateway: ScriptedGateway, data: bytes) -> None:
    Path("people.csv").write_bytes(data)
    assert "read people.csv" not in run("send", "--csv", "people.csv", "-m", "【科】您好", "--yes").err


def test_a_guess_of_a_message_and_of_a_list_of_numbers_is_named(run: Run, gateway: ScriptedGateway) -> None:
    Path("m.txt").write_bytes("【科】您好".encode("gbk"))
    Path("n.txt").write_bytes("13800000001\n１３８００００0002\n".encode("gbk"))
    done = run("send", "--to-file", "n.txt", "--message-file", "m.txt", "--yes")
    assert "kxsms: read m.txt as GB18030\n" in done.err
    assert "kxsms: read n.txt as GB18030\n" in done.err
    assert taken(gateway) == [("13800000001", "【科】您好"), ("13800000002", "【科】您好")]


def test_a_damaged_message_is_refused(run: Run, gateway: ScriptedGateway) -> None:
    Path("m.txt").write_bytes("【科】您好，欢迎".encode()[:-1])
    done = run("send", "13800000001", "--message-file", "m.txt", "-o", "json")
    assert done.status == 2
    assert done.error["message"] == "m.txt:1: not UTF-8, but most of the file is"
    assert taken(gateway) == []


def test_generated_files_are_not_misread() -> None:
    figures = measure(600, seed=1)
    misread = {kind: counts for kind, counts in figures.items() if any("misread" in name for name in counts)}
    assert misread == {}
