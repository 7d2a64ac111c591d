"""CSV files as people have them: encodings, delimiters, newlines, and damage with its line."""

import hashlib
import io
import os
import re
import threading
from pathlib import Path
from typing import BinaryIO

import pytest

from kxsms.errors import InputError, UsageError
from kxsms.source.csv import CsvFile, content_column, mobile_column, open_csv
from tests.planning import Row, rows_of

HEADER = ("手机号", "姓名", "金额")
EXCEL = "手机号,姓名,金额\r\n13812345678,王小明,12.50\r\n13912345678,李雷,8\r\n"
ROWS = [Row(2, ["13812345678", "王小明", "12.50"]), Row(3, ["13912345678", "李雷", "8"])]
# What --encoding says, what the file was written in, what it is taken for.
ENCODINGS = """
    :gb18030:gb18030 :gbk:gb18030 :utf-8:utf-8 :utf-8-sig:utf-8 :utf-16:utf-16-le
    utf-8:utf-8:utf-8 utf-8:utf-8-sig:utf-8 UTF-8-SIG:utf-8:utf-8-sig utf-16:utf-16:utf-16
    utf-16-le:utf-16:utf-16-le utf-16-be:utf-16-be:utf-16-be
    gbk:gb18030:gb18030 GB2312:gb18030:gb18030 cp936:gb18030:gb18030
"""


def no_stdin() -> BinaryIO:
    raise AssertionError("stdin was asked for")


def opened(data: bytes | str, encoding: str | None = None, delimiter: str | None = None) -> CsvFile:
    Path("people.csv").write_bytes(data.encode() if isinstance(data, str) else data)
    return open_csv("people.csv", no_stdin, encoding=encoding, delimiter=delimiter)


def read(data: bytes | str, encoding: str | None = None, delimiter: str | None = None) -> list[Row]:
    with opened(data, encoding, delimiter) as file:
        return rows_of(file)


def refused(data: bytes | str, encoding: str | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        read(data, encoding)
    return caught.value


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("case", ENCODINGS.split())
def test_a_file_of_excel_is_read_in_whatever_encoding_it_has(case: str) -> None:
    named, written, found = case.split(":")
    data = EXCEL.encode(written)
    with opened(data, named or None) as file:
        assert (file.name, file.encoding, file.delimiter) == ("people.csv", found, ",")
        assert (file.header, file.digest) == (HEADER, hashlib.sha256(data).digest())
        assert [rows_of(file), rows_of(file)] == [ROWS, ROWS]


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le", "utf-8", "gb18030"])
@pytest.mark.parametrize("named", [True, False])
def test_a_mark_is_dropped_and_tells_the_encoding(encoding: str, named: bool) -> None:
    with opened(("\ufeff" + EXCEL).encode(encoding), encoding if named else None) as file:
        assert (file.encoding, file.header, rows_of(file)) == (encoding, HEADER, ROWS)


def test_a_named_encoding_overrides_what_the_bytes_look_like() -> None:
    assert read("mobile,name\n1,\u9674\n".encode("big5"), "big5") == [Row(2, ["1", "\u9674"])]
    assert read("mobile,name\n1,好\n".encode(), "latin-1") == [Row(2, ["1", "å¥½"])]
    # Beyond GBK, as Windows writes it under that name.
    assert read("mobile,name\n1,㐀😀\n".encode("gb18030"), "gbk") == [Row(2, ["1", "㐀😀"])]


def test_an_option_that_means_nothing_is_wrong_usage() -> None:
    for name in ["nonsense", "", "hex", "rot13", "undefined", "idna", "a\0b", "\udcff", "unicode_escape"]:
        with pytest.raises(UsageError, match="--encoding"):
            open_csv("-", no_stdin, encoding=name)
    for delimiter in ["", '"', "\n", "\r", "\0", ",,", "\\n", "tabs"]:
        with pytest.raises(UsageError, match="--delimiter"):
            open_csv("-", no_stdin, delimiter=delimiter)


@pytest.mark.parametrize(
    ("data", "encoding", "line", "words"),
    [
        (b"a,b\n1,2\n1,\xff\n", None, 3, "neither UTF-8 nor GB18030"),
        (b"a,b\r1,2\r\xff", None, 3, "neither UTF-8 nor GB18030"),
        (b"a,b\n1,\xc4\xe3\n1,\xc4", None, 3, "neither UTF-8 nor GB18030"),
        ("a,好\n".encode() + b"1,\x80\n", None, 2, "neither UTF-8 nor GB18030"),
        (b"a,b\r\n" * 400_000 + b"\xff\n", None, 400_001, "neither UTF-8 nor GB18030"),
        ("a,b\n好,2\n".encode("gb18030"), "utf-8", 2, "not utf-8"),
        (b"\xef\xbb\xbfa,b\n1,\xff\n", None, 2, "not utf-8"),
        ("\ufeffa\r\n1\r\n".encode("utf-16-le") + b"x", None, 3, "not utf-16-le"),
        (b"\xfe\xff\0a\0\n\xdc\x00\0\n", None, 2, "not utf-16-be"),
        (b"a,b\n\x81\x20,2\n", "gbk", 2, "not gb18030"),
    ],
)
def test_bytes_that_do_not_decode_are_named(data: bytes, encoding: str | None, line: int, words: str) -> None:
    error = refused(data, encoding)
    assert error.message.startswith(f"people.csv:{line}: {words}")
    assert error.hint == "save the file as UTF-8, or name its encoding with --encoding"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-16-be"])
@pytest.mark.parametrize(("text", "line"), [("a\0,好\n", 1), ("好,b\r\n1,2\r\n\0", 3), ("好\r\r1\0\r", 3)])
def test_a_nul_is_named_by_line_in_every_encoding(encoding: str, text: str, line: int) -> None:
    error = refused(text.encode(encoding), encoding)
    assert error.message.startswith(f"people.csv:{line}: a NUL")
    assert "saved as CSV" in (error.hint or "")


@pytest.mark.parametrize(
    ("delimiter", "headers"),
    [
        (",", ["a,b", "a", "a，b", "a；b、c", '"a;b"', "a,b;c"]),
        (";", ["a;b", '"a,b,c";b', '"a ""x"", y";b', '"a\n,,,";b', 'a;"b,\r\n,,"', "a;b;c,d"]),
        ("\t", ["a\tb", ",,\n;;;;\n\n \na\tb", '"手机号"\t"b"']),
    ],
)
def test_the_delimiter_is_what_the_header_has_most_of(delimiter: str, headers: list[str]) -> None:
    for header in headers:
        with opened(header + "\n") as file:
            assert (header, file.delimiter) == (header, delimiter)


@pytest.mark.parametrize("given", ["\\t", "tab", "\t", "|", ";", "，"])
def test_a_delimiter_that_is_named_is_taken(given: str) -> None:
    delimiter = {"\\t": "\t", "tab": "\t"}.get(given, given)
    with opened(f"a,x{delimiter}b\n1{delimiter}2,2\n", delimiter=given) as file:
        assert (file.delimiter, file.header) == (delimiter, ("a,x", "b"))
        assert rows_of(file) == [Row(2, ["1", "2,2"])]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_those_of_an_editor_also_after_quoted_newlines(newline: str) -> None:
    text = newline.join(["", 'a,"b', ' c"', '1,"x', "", 'y"', "", " , ", ",,,,", "2,z", "3,"])
    with opened(text) as file:
        assert file.header == ("a", f"b{newline} c")
        first = Row(4, ["1", f"x{newline}{newline}y"])
        assert rows_of(file) == [first, Row(10, ["2", "z"]), Row(11, ["3", ""])]


def test_quotes_and_blanks_in_fields_stay_and_blanks_around_headers_go() -> None:
    with opened(' a ,\u3000b\t\n" 1 ","say ""hi"", you"\n,2\n') as file:
        assert file.header == ("a", "b")
        assert rows_of(file) == [Row(2, [" 1 ", 'say "hi", you']), Row(3, ["", "2"])]


def test_a_file_without_a_header_is_empty() -> None:
    for data in ["", "\n\r\n", " ", ",,,\n,", "\ufeff", "\ufeff\n"]:
        assert refused(data).message == "people.csv: is empty"


@pytest.mark.parametrize(
    ("data", "line", "words", "hint"),
    [
        ("a\tb\n1\t2\t3\n", 2, "3 fields, but the header has 2", "a tab"),
        ("a,b\n1,2\n\n1\n", 4, "1 field, but the header has 2", ""),
        ('a,b\n"1\n\n",2\n1,2,\n', 5, "3 fields, but the header has 2", "','"),
        ("a\n" + "," * 1_000 + "x\n", 2, "1,001 fields, but the header has 1", "','"),
        ('a,b\n1,2\n"3,4\n5,6\n', 3, "a quote opens in this row and is never closed", ""),
        ('a,"b\n1,2\n', 1, "a quote opens in this row and is never closed", ""),
        ('a,b\n1,"2"x\n', 2, "text after a closing quote", '""'),
        ('a,b\n"1\n2\n3" ,4\n', 2, "text after a closing quote, in line 4", '""'),
        ('a,b\n1,2\n"' + "3,4\n" * 100_000, 3, "a field of this row is too long", "never closed"),
        ("\na,b,a\n", 2, "the header names 'a' twice", "name"),
        ("a,,c\n", 1, "column 2 has no name", "name"),
    ],
)
def test_damage_is_named_by_the_line_of_its_row(data: str, line: int, words: str, hint: str) -> None:
    error = refused(data)
    assert error.message == f"people.csv:{line}: {words}"
    assert hint in (error.hint or "")


def test_rows_are_given_each_time_from_the_top() -> None:
    with opened("a\n1\n2\n") as file:
        stale, rows = file.rows(), file.rows()
        assert [next(stale), next(rows)] == [(range(2, 4), [["1"], ["2"]])] * 2
        with pytest.raises(ValueError, match="detached"):
            next(stale)


def test_only_as_many_rows_are_looked_at_as_are_wanted() -> None:
    with opened('a\n1\n\n2\n3,4\n"') as file:
        assert rows_of(file, 2) == [Row(2, ["1"]), Row(4, ["2"])]
        assert rows_of(file, 0) == []
        with pytest.raises(InputError, match=r"^people\.csv:5: 2 fields"):
            rows_of(file)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_and_damage_are_right_in_a_file_of_many_thousands(newline: str) -> None:
    many = [f'{number},"x{newline}y"' if number % 4_000 == 0 else f"{number},z" for number in range(12_000)]
    many[11_000] = ""
    with opened(newline.join(["a,b", *many])) as file:
        rows = rows_of(file)
        assert [rows[4_998], rows[4_999]] == [Row(5_002, ["4998", "z"]), Row(5_003, ["4999", "z"])]
        assert [rows[10_999], rows[11_000]] == [Row(11_004, ["10999", "z"]), Row(11_006, ["11001", "z"])]
        assert len(rows_of(file, 11_500)) == 11_500
    error = refused(newline.join(["a,b", *many, "1,2,3", '"']))
    assert error.message == "people.csv:12005: 3 fields, but the header has 2"
    error = refused(newline.join(["a,b", *many, '"']))
    assert error.message == "people.csv:12005: a quote opens in this row and is never closed"


def test_stdin_is_copied_and_read_as_a_file_is() -> None:
    stdin = io.BytesIO(EXCEL.encode("gb18030"))
    with open_csv("-", lambda: stdin) as file:
        assert (file.name, file.header) == ("stdin", HEADER)
        assert file.digest == hashlib.sha256(stdin.getvalue()).digest()
        assert [rows_of(file), rows_of(file)] == [ROWS, ROWS]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_copied_and_read_more_than_once() -> None:
    os.mkfifo("pipe")
    writer = threading.Thread(target=Path("pipe").write_bytes, args=[EXCEL.encode()])
    writer.start()
    with open_csv("pipe", no_stdin) as file:
        writer.join()
        assert [file.name, rows_of(file), rows_of(file)] == ["pipe", ROWS, ROWS]


def test_what_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^gone\.csv: No such file or directory$"):
        open_csv("gone.csv", no_stdin)
    with pytest.raises(InputError, match=f"^{re.escape(str(tmp_path))}: [A-Z]"):
        open_csv(str(tmp_path), no_stdin)
    with Path("output").open("wb") as unreadable, pytest.raises(InputError, match=r"^stdin: "):
        open_csv("-", lambda: unreadable)
    Path("secret.csv").touch(mode=0)
    if not os.access("secret.csv", os.R_OK):  # root may read everything
        with pytest.raises(InputError, match=r"^secret\.csv: Permission denied$"):
            open_csv("secret.csv", no_stdin)


def test_a_column_is_found_by_its_name_and_else_whatever_its_case() -> None:
    with opened("Name,name,PHONE,Ü,x,X\n") as file:
        names = ["Name", "name", " name ", "NAME", "phone", "ü", "X", "x", "gone", ""]
        assert [file.column(name) for name in names] == [0, 1, 1, None, 2, 3, 5, 4, None, None]
    for name in ["mobile", "phone", "tel", "手机", "手机号", "手机号码", "Mobile", "PHONE"]:
        with opened(f"name,{name}\n") as file:
            assert [mobile_column(file, named) for named in (None, "Name", name.lower())] == [1, 0, 1]


@pytest.mark.parametrize(
    ("header", "named", "message", "hint"),
    [
        ("mobile,b", "x", "there is no column 'x'", "the columns are 'mobile', 'b'"),
        ("a,b", None, "there is no column of mobile numbers", "NAME; the columns are 'a', 'b'"),
        ("手机,a,Tel", None, "several columns of numbers: '手机', 'Tel'", "--mobile-column NAME"),
    ],
)
def test_without_one_clear_column_of_numbers(header: str, named: str | None, message: str, hint: str) -> None:
    with opened(header) as file, pytest.raises(InputError) as caught:
        mobile_column(file, named)
    assert caught.value.message == f"people.csv: {message}"
    assert (caught.value.hint or "").endswith(hint)


def test_the_column_of_texts_is_known_by_its_usual_names() -> None:
    indexes = {"a,b": None, "a,内容": 1, "短信内容,a": 0, "a,Content": 1, "contents": None}
    for header, index in indexes.items():
        with opened(header) as file:
            assert content_column(file) == index
    with opened("a,content,内容") as file, pytest.raises(InputError, match="'content', '内容'"):
        content_column(file)


def test_what_no_text_can_hold_is_not_in_the_encoding() -> None:
    data = io.BytesIO(b"mobile,a\n13812345678,+2D0-\n")
    with pytest.raises(InputError, match="stdin:2: not utf-7"):
        open_csv("-", lambda: data, encoding="utf-7")
