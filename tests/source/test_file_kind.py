"""Files that are no table, list of numbers or message: recognised by their first bytes, and named."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kxsms.source.file_kind import FileKind, kind_of
from tests.conftest import Run
from tests.ledger.scene import taken
from tests.scripted_gateway import ScriptedGateway

ROW = "手机号,姓名\n13800000001,张三\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def zipped(*names: str, first: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), first)  # without the time
    return file.getvalue()


KINDS: list[tuple[bytes, FileKind]] = [
    (zipped("[Content_Types].xml", "xl/workbook.xml"), FileKind.XLSX),
    (zipped("docProps/app.xml", "docProps/core.xml"), FileKind.XLSX),
    (zipped("_rels/.rels", "word/document.xml"), FileKind.WORD),
    (zipped("_rels/.rels", "ppt/slides.xml"), FileKind.SLIDES),
    (zipped("mimetype", first=b"application/vnd.oasis.opendocument.spreadsheet"), FileKind.ODS),
    (zipped("mimetype", first=b"application/vnd.oasis.opendocument.text"), FileKind.OPENDOCUMENT),
    (zipped("Index/Document.iwa"), FileKind.NUMBERS),
    (zipped("people.csv", first=ROW.encode()), FileKind.ZIP),
    (zipped(), FileKind.ZIP),
    (OLE + b"\0" * 504, FileKind.XLS),
    (OLE + b"\0" * 504 + "WordDocument".encode("utf-16-le"), FileKind.WORD),
    (b"\x09\x08\x10\0\0\x06\x05\0", FileKind.XLS),
    (b"\x09\x04\x06\0\0\0\x10\0", FileKind.XLS),
    (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", FileKind.PDF),
    (gzip.compress(ROW.encode(), mtime=0), FileKind.GZIP),
    (b"BZh91AY&SY", FileKind.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", FileKind.ARCHIVE),
    (b"Rar!\x1a\x07\x01\0", FileKind.ARCHIVE),
    (b"\x89PNG\r\n\x1a\n\0\0", FileKind.IMAGE),
    (b"\xff\xd8\xff\xe0\0\x10JFIF", FileKind.IMAGE),
    (b"GIF89a", FileKind.IMAGE),
    (b"BM\x36\x10\0\0\0\0\0\0", FileKind.IMAGE),
    (b"\0\0\0\x18ftypheic", FileKind.IMAGE),
    (b"{\\rtf1\\ansi", FileKind.RTF),
    (b"SQLite format 3\0", FileKind.DATABASE),
    (b"\r\n<HTML xmlns:x='urn:schemas-microsoft-com:office:excel'><table>", FileKind.HTML),
    (b"\xef\xbb\xbf<!DOCTYPE html>", FileKind.HTML),
    ("\ufeff<table><tr><td>手机".encode("utf-16-le"), FileKind.HTML),
    ("<table><tr><td>手机".encode("gbk"), FileKind.HTML),
    (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", FileKind.HTML),
    (b"<?xml version='1.0'?><html>", FileKind.HTML),
    (b"<?xml version='1.0'?><?mso-application progid='Excel.Sheet'?><Workbook>", FileKind.XML),
    (b"BEGIN:VCARD\r\nVERSION:3.0\r\n", FileKind.VCARD),
    (b"BEGIN:VCALENDAR\r\n", FileKind.CALENDAR),
    (b'[{"mobile": "13800000001"}]', FileKind.JSON),
    (b'{\n "rows": []}', FileKind.JSON),
    (ROW.encode(), FileKind.TEXT),
    (ROW.encode("gbk"), FileKind.TEXT),
    (ROW.encode("utf-16"), FileKind.TEXT),
    (b"", FileKind.TEXT),
    (b"BMI,mobile\n", FileKind.TEXT),
    (b"PK,mobile\n", FileKind.TEXT),
    ("[满减]{姓名}您好".encode(), FileKind.TEXT),
    ("<张三>您好".encode(), FileKind.TEXT),
    ('{姓名}您好,"x"'.encode(), FileKind.TEXT),
    (b"\tmobile\tname", FileKind.TEXT),
]


@pytest.mark.parametrize(("data", "kind"), KINDS)
def test_a_file_is_known_by_its_first_bytes(data: bytes, kind: FileKind) -> None:
    assert kind_of(data) is kind


@given(st.text("手机号姓名张三李四0123456789,;\t \"'|\n{}[]<>【】", max_size=200))
def test_a_table_of_plain_rows_is_text(text: str) -> None:
    assert kind_of(("手机号,姓名\n" + text).encode("utf-8")) is FileKind.TEXT


@given(st.binary(max_size=100))
def test_any_bytes_have_a_kind(data: bytes) -> None:
    assert isinstance(kind_of(data), FileKind)


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        (b"%PDF-1.7\n", "this is a PDF document, not a table", "ask for the table"),
        (b"<html><table>", "this is a web page, though it may be called .xls, not a table", "save it as CSV"),
        (gzip.compress(b"x", mtime=0), "this is a gzip archive, not a table", "unpack it first"),
        (b"BEGIN:VCARD\n", "this is a vCard file of contacts, not a table", "export the contacts as CSV"),
    ],
)
def test_a_file_that_is_no_table_is_named(
    run: Run, gateway: ScriptedGateway, data: bytes, message: str, hint: str
) -> None:
    Path("p.xls").write_bytes(data)
    done = run("send", "--csv", "p.xls", "-m", "【科】您好", "--yes", "-o", "json")
    assert done.status == 2
    assert done.error["message"] == f"p.xls: {message}"
    assert hint in done.error["hint"]
    assert taken(gateway) == []


@pytest.mark.parametrize(
    ("option", "wanted"), [("--to-file", "a list of numbers"), ("--message-file", "a message")]
)
@pytest.mark.parametrize("data", [zipped("xl/workbook.xml"), b"%PDF-1.7\n"])
def test_a_list_of_numbers_or_a_message_that_is_no_text_is_named(
    run: Run, gateway: ScriptedGateway, option: str, wanted: str, data: bytes
) -> None:
    Path("p.bin").write_bytes(data)
    rest = ["-m", "【科】您好"] if option == "--to-file" else ["13800000001"]
    done = run("send", option, "p.bin", *rest, "--yes", "-o", "json")
    assert done.status == 2
    assert done.error["message"].startswith("p.bin: this is a")
    assert done.error["message"].endswith(f", not {wanted}")
    assert taken(gateway) == []
