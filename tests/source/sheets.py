"""Workbooks for the tests, in the current directory."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from kxsms.source.file_options import FileOptions
from kxsms.source.opening import open_table
from kxsms.source.table import SourceTable
from tests.planning import rows_of
from tests.source.files import no_stdin

ONE, TWO = "13800000001", "13800000002"
FIXTURES = Path(__file__).parent / "workbooks"

_NAMES = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def workbook(
    rows: Sequence[Sequence[Any]],
    change: Callable[[Worksheet], object] = lambda sheet: None,
    name: str = "p.xlsx",
) -> str:
    """Write a workbook with one sheet, `S`, that has these rows, and return its name."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "S"
    for row in rows:
        sheet.append(list(row))
    change(sheet)
    book.save(name)
    return name


def sheets(name: str = "p.xlsx", **rows: Sequence[Sequence[Any]]) -> str:
    """Write a workbook with these sheets; those whose names end in `_hidden` are hidden."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, found in rows.items():
        sheet = book.create_sheet(title)
        for row in found:
            sheet.append(list(row))
        sheet.sheet_state = "hidden" if title.endswith("_hidden") else "visible"
    book.save(name)
    return name


def raw(
    sheet_data: str,
    *,
    strings: str | None = None,
    styles: str | None = None,
    properties: str = "",
    before: str = "",
    after: str = "",
    name: str = "p.xlsx",
) -> str:
    """Write a workbook whose sheet, `S`, has this XML in its sheetData, and return its name."""
    types = ("worksheet", "sharedStrings", "styles")
    targets = ("worksheets/sheet1.xml", "sharedStrings.xml", "styles.xml")
    relations = "".join(
        f'<Relationship Id="r{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(zip(types, targets, strict=True), start=1)
    )
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1"'
        f' Type="{_OFFICE}/officeDocument" Target="/xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{relations}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_NAMES}" xmlns:r="{_OFFICE}">{properties}<sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'{before}<worksheet xmlns="{_NAMES}"><sheetData>{sheet_data}</sheetData>'
        f"{after}</worksheet>",
    }
    if strings is not None:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{_NAMES}">{strings}</sst>'
    if styles is not None:
        parts["xl/styles.xml"] = f'<styleSheet xmlns="{_NAMES}">{styles}</styleSheet>'
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in parts.items():
            archive.writestr(part, text)
    return name


def inline(*cells: str) -> str:
    """Return the XML of cells with these texts."""
    return "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in cells)


def opened(name: str, **options: Any) -> SourceTable:
    """Open a file of rows."""
    return open_table(name, no_stdin, FileOptions(**options))


def notes_of(name: str, **options: Any) -> list[str]:
    """Return what the user should know of a file, without its name in front."""
    notes: list[str] = []
    open_table(name, no_stdin, FileOptions(**options), notes.append).__exit__()
    return [note.partition("]: ")[2] for note in notes]


def fields_of(name: str, **options: Any) -> list[list[str]]:
    """Return the rows under the header."""
    with opened(name, **options) as table:
        return [row.fields for row in rows_of(table)]


def value_of(
    cell: str, *, properties: str = "", strings: str | None = None, styles: str | None = None
) -> str:
    """Return the text of one cell, given its XML, as it is read from a workbook."""
    name = raw(
        f"<row>{inline('mobile', 'v')}</row><row>{inline(ONE)}{cell}</row>",
        properties=properties,
        strings=strings,
        styles=styles,
    )
    return fields_of(name)[0][1]
