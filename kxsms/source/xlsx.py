"""Workbooks of the form .xlsx: their sheets, and the cells of these as texts that a person sees.

The parts of such a file are XML, read here piece by piece: libraries that stream the rows neither report
hidden rows, merged cells and formulas without a result, nor know the East Asian formats of dates.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, BinaryIO
from xml.etree.ElementTree import Element, ParseError

from kxsms.domain.words import counted
from kxsms.language import tr
from kxsms.source.inspection import Inspection, Inspector
from kxsms.source.number_format import NumberFormat, format_of
from kxsms.source.shared_strings import SharedStrings
from kxsms.source.sheet_xml import SheetReader, SheetRow
from kxsms.source.workbook_errors import BadWorkbook
from kxsms.source.xml_parts import CHUNK

_MOST_BYTES = 8 * 2**30
_MOST_EXPANDED = 400
_LARGE = 64 * 2**20
_MOST_OF_SMALL = 16 * 2**20
# Byte sequences without which a sheet, if it is UTF-8, needs no inspection.
_REMARKABLE = re.compile(rb"hidden|ht=.\s*0|mergeCell|<(?:[\w.-]+:)?f[\s/>]")
_OVERLAP = 64


@dataclass(frozen=True)
class Sheet:
    """A sheet of cells, and the part of the file that holds it."""

    name: str
    is_visible: bool
    part: str


class Xlsx:
    """An open workbook. Raise BadWorkbook, ParseError, BadZipFile or OSError if it is damaged or a bomb."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file)
        self._parts = {info.filename.replace("\\", "/").lower(): info for info in self._zip.infolist()}
        workbook = self._target(self._relations(""), "/officeDocument")
        if workbook is None:
            raise BadWorkbook(tr("the workbook is damaged: it names no list of sheets"))
        relations = self._relations(workbook)
        root = self._small(workbook)
        self.sheets = _sheets(root, relations)
        self._formats = self._number_formats(self._target(relations, "/styles"))
        strings = self._target(relations, "/sharedStrings")
        has_strings = strings is not None and strings in self._parts
        self._strings = SharedStrings(self._open(strings) if strings and has_strings else None)
        properties = next(root.iterfind("{*}workbookPr"), Element(""))
        self._from_1904 = properties.get("date1904") in ("1", "true")
        calculation = next(root.iterfind("{*}calcPr"), Element(""))
        # Programs that do not calculate write 0 as the result, and leave the calculation to the spreadsheet.
        self._doubts_zeros = calculation.get("fullCalcOnLoad") in ("1", "true")

    def rows(self, sheet: Sheet) -> Iterator[SheetRow]:
        """Yield the rows that the file holds, from top to bottom."""
        reader = SheetReader(
            self._strings, self._formats, from_1904=self._from_1904, doubts_zeros=self._doubts_zeros
        )
        with self._open(sheet.part) as part:
            while data := part.read(CHUNK):
                yield from reader.feed(data)
            yield from reader.close()

    def inspect(self, sheet: Sheet) -> Inspection:
        """Count what a table cannot show: hidden rows, merged cells, and formulas without a result."""
        if not self._is_remarkable(sheet):
            return Inspection()
        inspector = Inspector(doubts_zeros=self._doubts_zeros)
        with self._open(sheet.part) as part:
            while data := part.read(CHUNK):
                inspector.feed(data)
        return inspector.close()

    def _is_remarkable(self, sheet: Sheet) -> bool:
        with self._open(sheet.part) as part:
            before = b""
            while data := part.read(CHUNK):
                if _REMARKABLE.search(before + data) or b"\0" in data:
                    return True
                before = data[-_OVERLAP:]
        return False

    def _open(self, part: str) -> IO[bytes]:
        info = self._parts.get(part)
        if info is None:
            raise BadWorkbook(tr("the workbook is damaged: its part {part!r} is missing", part=part))
        if info.file_size > _MOST_BYTES or (
            info.file_size > _LARGE and info.file_size > _MOST_EXPANDED * info.compress_size
        ):
            size = counted(info.file_size, "byte")
            raise BadWorkbook(
                tr("the workbook is damaged: its part {part!r} unpacks to {size}", part=part, size=size)
            )
        try:
            return self._zip.open(info)
        except (RuntimeError, NotImplementedError) as error:  # encrypted, or compressed in an unusual way
            raise BadWorkbook(tr("the workbook cannot be unpacked: {error}", error=error)) from None

    def _small(self, part: str) -> Element:
        from defusedxml.common import DefusedXmlException
        from defusedxml.ElementTree import fromstring

        with self._open(part) as file:
            data = file.read(_MOST_OF_SMALL + 1)
        if len(data) > _MOST_OF_SMALL:
            raise BadWorkbook(tr("the workbook is damaged: its part {part!r} is too large", part=part))
        try:
            return fromstring(data, forbid_dtd=True)
        except DefusedXmlException:
            raise ParseError(tr("a document type")) from None

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Return type and target of each relation of a part, by its id."""
        folder, name = posixpath.split(part)
        found = {}
        for relation in self._small(posixpath.join(folder, "_rels", f"{name}.rels")):
            target = relation.get("Target", "").replace("\\", "/")
            path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/").lower()
            found[relation.get("Id", "")] = (relation.get("Type", ""), path)
        return found

    def _target(self, relations: dict[str, tuple[str, str]], kind: str) -> str | None:
        return next((path for type_, path in relations.values() if type_.endswith(kind)), None)

    def _number_formats(self, part: str | None) -> list[NumberFormat]:
        """Return the number format of each style of cells."""
        if part not in self._parts:
            return []
        root = self._small(part)
        codes = {
            _number(code.get("numFmtId")): code.get("formatCode", "")
            for code in root.iterfind("{*}numFmts/{*}numFmt")
        }
        return [format_of(_number(xf.get("numFmtId")), codes) for xf in root.iterfind("{*}cellXfs/{*}xf")]


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _sheets(root: Element, relations: dict[str, tuple[str, str]]) -> list[Sheet]:
    found = []
    for sheet in root.iterfind("{*}sheets/{*}sheet"):
        relation = next((value for key, value in sheet.items() if key.endswith("}id")), "")
        kind, part = relations.get(relation, ("", ""))
        if kind.endswith("/worksheet"):
            found.append(Sheet(sheet.get("name", ""), sheet.get("state", "visible") == "visible", part))
    return found
