"""The process that reads a workbook: its memory and time are limited, and if it dies nothing else does.

The workbook is its stdin, and it writes lines of JSON: `survey` describes every sheet, `rows SHEET LINE
WHICH` gives the rows of a sheet below a line, with or without hidden ones. The last line says how it ended.
"""

import json
import os
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, BinaryIO
from xml.etree.ElementTree import ParseError

from kxsms import language
from kxsms.language import mark, tr
from kxsms.source.sheet_xml import SheetRow
from kxsms.source.workbook_errors import PROTECTED, BadWorkbook
from kxsms.source.xlsx import Sheet, Xlsx

if TYPE_CHECKING:
    from kxsms.source.other_workbook import OtherWorkbook

MOST_MEMORY = 2**30
"""Bytes of address space, on systems that can limit it."""
_MOST_SECONDS = 900
_MOST_OTHER = 256 * 2**20
_ROWS, _CHARACTERS = 5_000, 2_000_000
_HEAD_ROWS, _HEAD_CHARACTERS = 1_000, 100_000
_OLE = b"\xd0\xcf\x11\xe0"
_OLDEST = b"\x09"
# Names in the directory of an OLE file, and what it is then; None: a workbook.
_OLE_KINDS = {
    "EncryptedPackage": PROTECTED,
    "Workbook": None,
    "Book": None,
    "WordDocument": mark("this is a Word document, not a workbook"),
    "PowerPoint Document": mark("this is a presentation, not a workbook"),
}


def main() -> int:
    """Carry out the command of the arguments, and return the exit status."""
    language.start(lambda: language.choose(os.environ, lambda: None))
    _limit_resources()
    problem = None
    try:
        with open(0, "rb", closefd=False) as file:
            book = _opened(file)
            match sys.argv[1:]:
                case ["survey"]:
                    _write(_survey(book))
                case ["rows", sheet, line, which]:
                    rows = _below(book.rows(book.sheets[int(sheet)]), int(line), which == "skip")
                    for lines, fields in _chunks(rows):
                        _write([lines, fields])
                case _:
                    problem = "unknown command"
    except BadWorkbook as error:
        problem = str(error)
    except (ParseError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        problem = tr("the workbook is damaged: {error}", error=error)
    except MemoryError:
        problem = tr("the workbook needs more than {size:,} MiB of memory", size=MOST_MEMORY >> 20)
    _write({"problem": problem})
    sys.stdout.flush()
    return 0


def _limit_resources() -> None:
    with suppress(ImportError):  # Windows has no such limits
        import resource

        for kind, limit in (
            (resource.RLIMIT_AS, MOST_MEMORY),
            (resource.RLIMIT_CPU, _MOST_SECONDS),
            (resource.RLIMIT_CORE, 0),
        ):
            with suppress(ValueError, OSError):  # a smaller limit is in force already
                resource.setrlimit(kind, (limit, limit))


def _write(answer: object) -> None:
    sys.stdout.write(json.dumps(answer, separators=(",", ":")))
    sys.stdout.write("\n")


def _opened(file: BinaryIO) -> "Xlsx | OtherWorkbook":
    """Open the workbook. Raise BadWorkbook if it is none."""
    file.seek(0)
    start = file.read(len(_OLE))
    if start == _OLE:
        data = _all_of(file)
        problems = (problem for name, problem in _OLE_KINDS.items() if name.encode("utf-16-le") in data)
        problem = next(problems, mark("this is not a workbook"))
        if problem is not None:
            raise BadWorkbook(tr(problem))
        return _other(data)
    if start.startswith(_OLDEST):
        raise BadWorkbook(tr("this workbook is of a form that is too old to read"))
    with zipfile.ZipFile(file) as archive:
        names = {name.replace("\\", "/").lower() for name in archive.namelist()}
    if "xl/workbook.bin" in names or {"mimetype", "content.xml"} <= names:
        return _other(_all_of(file))
    if "_rels/.rels" not in names:
        raise BadWorkbook(tr("this is a zip archive, not a workbook"))
    if "word/document.xml" in names:
        raise BadWorkbook(tr("this is a Word document, not a workbook"))
    return Xlsx(file)


def _all_of(file: BinaryIO) -> bytes:
    file.seek(0)
    data = file.read(_MOST_OTHER + 1)
    if len(data) > _MOST_OTHER:
        raise BadWorkbook(tr("the workbook is larger than {size} MiB", size=_MOST_OTHER >> 20))
    return data


def _other(data: bytes) -> "OtherWorkbook":
    from kxsms.source.other_workbook import OtherWorkbook

    return OtherWorkbook(data)


def _survey(book: "Xlsx | OtherWorkbook") -> dict[str, object]:
    sheets = [_surveyed(book, sheet) for sheet in book.sheets]
    return {"knows_hidden": isinstance(book, Xlsx), "sheets": sheets}


def _surveyed(book: "Xlsx | OtherWorkbook", sheet: Sheet) -> dict[str, object]:
    rows = book.rows(sheet)
    head: list[SheetRow] = []
    size = 0
    for row in rows:
        head.append(row)
        size += _size(row)
        if len(head) == _HEAD_ROWS or size > _HEAD_CHARACTERS:
            break
    is_complete = next(rows, None) is None
    return {
        "name": sheet.name,
        "is_visible": sheet.is_visible,
        "head": head,
        "is_complete": is_complete,
        "counts": asdict(book.inspect(sheet)),
    }


def _size(row: SheetRow) -> int:
    return sum(map(len, row.fields)) + len(row.fields)


def _below(rows: Iterable[SheetRow], line: int, skips_hidden: bool) -> Iterator[SheetRow]:
    return (row for row in rows if row.line > line and not (skips_hidden and row.is_hidden))


def _chunks(rows: Iterator[SheetRow]) -> Iterator[tuple[list[int], list[list[str]]]]:
    """Yield line numbers and fields of the rows, some thousand at a time."""
    for first in rows:
        lines, fields, size = [first.line], [first.fields], _size(first)
        for row in rows:
            lines.append(row.line)
            fields.append(row.fields)
            size += _size(row)
            if len(lines) == _ROWS or size > _CHARACTERS:
                break
        yield lines, fields
