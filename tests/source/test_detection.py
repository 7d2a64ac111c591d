"""The encoding and the delimiter of a CSV file, as it has them or as the user names them."""

import pytest

from kxsms.errors import UsageError
from kxsms.source.file_options import FileOptions
from kxsms.source.opening import open_table
from tests.planning import Row, rows_of
from tests.source.files import EXCEL, HEADER, ROWS, no_stdin, opened, read, refused

# The option --encoding, the encoding of the file, and the encoding it is read in.
ENCODINGS = """
    :gb18030:gb18030 :gbk:gb18030 :utf-8:utf-8 :utf-8-sig:utf-8 :utf-16:utf-16-le
    utf-8:utf-8:utf-8 utf-8:utf-8-sig:utf-8 UTF-8-SIG:utf-8:utf-8-sig utf-16:utf-16:utf-16
    utf-16-le:utf-16:utf-16-le utf-16-be:utf-16-be:utf-16-be
    gbk:gb18030:gb18030 GB2312:gb18030:gb18030 cp936:gb18030:gb18030
"""


@pytest.mark.parametrize("case", ENCODINGS.split())
def test_a_file_from_excel_is_read_in_every_encoding(case: str) -> None:
    named, written, found = case.split(":")
    with opened(EXCEL.encode(written), named or None) as file:
        assert file.read_as[0] == found
        assert file.read_as[1] == ","
        assert file.header == HEADER
        assert rows_of(file) == ROWS


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le", "utf-8", "gb18030"])
@pytest.mark.parametrize("named", [True, False])
def test_a_byte_order_mark_is_dropped_and_names_the_encoding(encoding: str, named: bool) -> None:
    with opened(("\ufeff" + EXCEL).encode(encoding), encoding if named else None) as file:
        assert file.read_as[0] == encoding
        assert file.header == HEADER
        assert rows_of(file) == ROWS


@pytest.mark.parametrize(
    ("written", "named", "text", "read_as"),
    [
        ("big5", "big5", "\u9674", "\u9674"),
        ("utf-8", "latin-1", "好", "å¥½"),
        ("gb18030", "gbk", "㐀😀", "㐀😀"),  # beyond GBK, but Windows calls it so
    ],
)
def test_a_named_encoding_overrides_detection(written: str, named: str, text: str, read_as: str) -> None:
    assert read(f"mobile,name\n1,{text}\n".encode(written), named) == [Row(2, ["1", read_as])]


@pytest.mark.parametrize(
    "name", ["nonsense", "", "hex", "rot13", "undefined", "idna", "a\0b", "\udcff", "unicode_escape"]
)
def test_a_name_that_is_not_a_text_encoding_is_wrong_usage(name: str) -> None:
    with pytest.raises(UsageError, match="--encoding"):
        open_table("-", no_stdin, FileOptions(encoding=name))


@pytest.mark.parametrize("delimiter", ["", '"', "\n", "\r", "\0", ",,", "\\n", "tabs"])
def test_a_delimiter_that_cannot_separate_fields_is_wrong_usage(delimiter: str) -> None:
    with pytest.raises(UsageError, match="--delimiter"):
        open_table("-", no_stdin, FileOptions(delimiter=delimiter))


@pytest.mark.parametrize(
    ("data", "encoding", "line", "words"),
    [
        (b"a,b\n1,2\n1,\xff\n", None, 3, "neither UTF-8 nor GB18030"),
        (b"a,b\r1,2\r\xff", None, 3, "neither UTF-8 nor GB18030"),
        (b"a,b\n1,\xc4\xe3\n1,\xc4", None, 3, "neither UTF-8 nor GB18030"),
        (b"a,b\r\n" * 400_000 + b"\xff\n", None, 400_001, "neither UTF-8 nor GB18030"),
        ("a,b\n好,2\n".encode("gb18030"), "utf-8", 2, "not utf-8"),
        (b"\xef\xbb\xbfa,b\n1,\xff\n", None, 2, "not utf-8"),
        ("\ufeffa\r\n1\r\n".encode("utf-16-le") + b"x", None, 3, "not utf-16-le"),
        (b"\xfe\xff\0a\0\n\xdc\x00\0\n", None, 2, "not utf-16-be"),
        (b"a,b\n\x81\x20,2\n", "gbk", 2, "not gb18030"),
        (b"a,b\n1,+2D0-\n", "utf-7", 2, "not utf-7"),  # one half of a surrogate pair
    ],
)
def test_bytes_that_do_not_decode_are_named_by_line(
    data: bytes, encoding: str | None, line: int, words: str
) -> None:
    error = refused(data, encoding)
    assert error.message == f"people.csv:{line}: {words}"
    assert error.hint == "save the file as UTF-8, or name its encoding with --encoding"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-16-be"])
@pytest.mark.parametrize(("text", "line"), [("a\0,好\n", 1), ("好,b\r\n1,2\r\n\0", 3), ("好\r\r1\0\r", 3)])
def test_a_nul_is_named_by_line_in_every_encoding(encoding: str, text: str, line: int) -> None:
    error = refused(text.encode(encoding), encoding)
    assert error.message.startswith(f"people.csv:{line}: a NUL")
    assert "save a workbook as CSV" in (error.hint or "")


@pytest.mark.parametrize(
    ("delimiter", "header"),
    [
        *((",", header) for header in ["a,b", "a", "a，b", "a；b、c", '"a;b"', "a,b;c"]),
        *((";", header) for header in ["a;b", '"a,b,c";b', '"a ""x"", y";b', '"a\n,,,";b']),
        *((";", header) for header in ['a;"b,\r\n,,"', "a;b;c,d"]),
        *(("\t", header) for header in ["a\tb", ",,\n;;;;\n\n \na\tb", '"手机号"\t"b"']),
    ],
)
def test_the_delimiter_is_the_most_frequent_one_in_the_header(delimiter: str, header: str) -> None:
    with opened(header + "\n") as file:
        assert file.read_as[1] == delimiter


@pytest.mark.parametrize("named", ["\\t", "tab", "\t", "|", ";", "，"])
def test_a_named_delimiter_overrides_detection(named: str) -> None:
    delimiter = {"\\t": "\t", "tab": "\t"}.get(named, named)
    with opened(f"a,x{delimiter}b\n1{delimiter}2,2\n", delimiter=named) as file:
        assert file.read_as[1] == delimiter
        assert file.header == ("a,x", "b")
        assert rows_of(file) == [Row(2, ["1", "2,2"])]
