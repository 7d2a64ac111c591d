"""Kinds of files, recognised by their first bytes: a name says nothing about the content."""

import codecs
import re
from enum import Enum

from kxsms.errors import InputError
from kxsms.language import located, mark, tr

HEAD = 1 << 12
"""First bytes of a file that are enough to recognise its kind."""


class FileKind(Enum):
    """A kind of file: how a message calls it, and how to get a table out of it.

    Workbooks are XLSX, XLS and ODS. TEXT is anything that may be a table, a list of numbers or a message.
    """

    TEXT = ("text", None)
    XLSX = (mark("an Excel workbook"), mark("save it as CSV"))
    XLS = (mark("an old Excel workbook"), mark("save it as CSV"))
    ODS = (mark("an OpenDocument spreadsheet"), mark("save it as CSV"))
    PDF = (mark("a PDF document"), mark("ask for the table that it was made from"))
    WORD = (mark("a Word document"), mark("copy its table into a spreadsheet and save that as CSV"))
    SLIDES = (
        mark("a PowerPoint presentation"),
        mark("copy its table into a spreadsheet and save that as CSV"),
    )
    OPENDOCUMENT = (
        mark("an OpenDocument text"),
        mark("copy its table into a spreadsheet and save that as CSV"),
    )
    NUMBERS = (mark("a document of Apple's Numbers or Pages"), mark("export it as CSV"))
    RTF = (mark("a rich text document"), mark("copy its table into a spreadsheet and save that as CSV"))
    HTML = (
        mark("a web page, though it may be called .xls"),
        mark("open it in a spreadsheet and save it as CSV"),
    )
    XML = (mark("an XML document"), mark("open it in a spreadsheet and save it as CSV"))
    JSON = ("JSON", mark("convert it to CSV"))
    VCARD = (mark("a vCard file of contacts"), mark("export the contacts as CSV"))
    CALENDAR = (mark("a calendar file"), None)
    GZIP = (mark("a gzip archive"), mark("unpack it first, for example with gunzip"))
    ZIP = (mark("a zip archive that is no workbook"), mark("unpack it first"))
    ARCHIVE = (mark("an archive"), mark("unpack it first"))
    IMAGE = (
        mark("an image"),
        mark("type its numbers into a spreadsheet, or use its text recognition, and save it as CSV"),
    )
    DATABASE = (mark("a database"), mark("export its table as CSV"))

    def __init__(self, called: str, advice: str | None) -> None:
        self._called = called
        self._advice = advice

    @property
    def called(self) -> str:
        """Return what people call such a file."""
        return tr(self._called)

    @property
    def advice(self) -> str | None:
        """Return what to do with such a file, if anything helps."""
        return None if self._advice is None else tr(self._advice)

    @property
    def is_workbook(self) -> bool:
        """Return whether it is a workbook."""
        return self in (FileKind.XLSX, FileKind.XLS, FileKind.ODS)


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_BEGINNINGS = (
    (rb"%PDF-", FileKind.PDF),
    (rb"\x1f\x8b", FileKind.GZIP),
    (rb"BZh[1-9]1AY&SY|\xfd7zXZ\0|\x28\xb5\x2f\xfd|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07", FileKind.ARCHIVE),
    (rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|BM.{4}\0{4}|II\*\0|MM\0\*|RIFF.{4}WEBP", FileKind.IMAGE),
    (rb".{4}ftyp(?:hei|mif|avif)", FileKind.IMAGE),
    (rb"\{\\rtf", FileKind.RTF),
    (rb"SQLite format 3\0|\x00\x01\x00\x00Standard (?:Jet|ACE) DB|PAR1", FileKind.DATABASE),
    (rb"\x09[\0\x02\x04][\x04\x06]\0|\x09\x08[\x06\x08\x10]\0\0[\x05\x06]", FileKind.XLS),
)
_TEXTS = (
    (r"<!doctype html|<(?:html|head|body|meta|table|style|script|div|!--)\b|mime-version:", FileKind.HTML),
    (r"<\?xml[^>]*>\s*(?:<[!?][^>]*>\s*)*<(?:html|table)\b", FileKind.HTML),
    (r"<\?xml\b", FileKind.XML),
    (r"begin:vcard\b", FileKind.VCARD),
    (r"begin:vcalendar\b", FileKind.CALENDAR),
    (r'\{\s*"[^"]*"\s*:|\[\s*\{\s*"[^"]*"\s*:|\[\s*\[\s*["\d]', FileKind.JSON),
)
_INSIDE_ZIP = (
    (rb"mimetypeapplication/vnd\.oasis\.opendocument\.spreadsheet", FileKind.ODS),
    (rb"mimetypeapplication/vnd\.oasis\.opendocument", FileKind.OPENDOCUMENT),
    (rb"\bxl/", FileKind.XLSX),
    (rb"\bword/", FileKind.WORD),
    (rb"\bppt/", FileKind.SLIDES),
    (rb"\bIndex/[^\0]*\.iwa", FileKind.NUMBERS),
    (rb"\[Content_Types\]\.xml|_rels/\.rels|docProps/", FileKind.XLSX),
)


def kind_of(first_bytes: bytes) -> FileKind:
    """Return the kind of a file, given its first `HEAD` bytes or more."""
    if first_bytes.startswith(_ZIP):
        kinds = (kind for sign, kind in _INSIDE_ZIP if re.search(sign, first_bytes))
        return next(kinds, FileKind.ZIP)
    if first_bytes.startswith(_OLE):
        return FileKind.WORD if "WordDocument".encode("utf-16-le") in first_bytes else FileKind.XLS
    for sign, kind in _BEGINNINGS:
        if re.match(sign, first_bytes, re.DOTALL):
            return kind
    is_wide = first_bytes.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = first_bytes.decode("utf-16" if is_wide else "utf-8-sig", "replace").lstrip()
    return next((kind for sign, kind in _TEXTS if re.match(sign, text, re.IGNORECASE)), FileKind.TEXT)


def refuse_other_than_text(first_bytes: bytes, name: str, wanted: str, for_workbooks: str) -> None:
    """Raise InputError if a file is no text. `wanted` says what it should be: `a list of numbers`.

    `for_workbooks` is the hint for a workbook.
    """
    kind = kind_of(first_bytes)
    if kind is not FileKind.TEXT:
        hint = for_workbooks if kind.is_workbook else kind.advice
        raise InputError(
            located(name, tr("this is {called}, not {wanted}", called=kind.called, wanted=tr(wanted))),
            hint,
        )
