"""Excel workbooks: rows in one sheet, written without holding them in memory."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import chain, islice
from typing import Any, BinaryIO
from unicodedata import east_asian_width

from kxsms.errors import InputError
from kxsms.language import tr
from kxsms.output.drawing import text_of
from kxsms.output.view import Cell

_MEASURED = 1_000
"""Rows by which the width of a column is chosen: it stands in the file before all rows."""

_WIDEST = 60
_ARROW = 2
"""The width of the arrow that opens the filter."""

_MAX_CHARACTERS = 32_767
"""Characters in a cell; Excel cuts longer ones."""

# What XML cannot hold. U+FFFD shows that something is missing, and `send --csv` does not send it.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# A spreadsheet reads `_x0041_` as A, unless its first `_` is written so too.
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def write_workbook(target: BinaryIO, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write rows under a frozen header with a filter. A text that looks like a formula stays text.

    Raise InputError for a text that is too long for a cell.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("kxsms")
    # One cell per column serves all rows, because each row is written at once: to make them takes longest.
    cells = [WriteOnlyCell(sheet) for _ in columns]
    heads = [WriteOnlyCell(sheet) for _ in columns]
    for cell in chain(cells, heads):
        cell.number_format = "@"  # text stays text when a person edits the cell
    for cell in heads:
        cell.font = Font(bold=True)
    source = iter(rows)
    first = list(islice(source, _MEASURED))
    letters = [get_column_letter(number) for number in range(1, len(columns) + 1)]
    for index, letter in enumerate(letters):
        widest = max((_width(text_of(row[index])) for row in first), default=0)
        least = _width(columns[index]) + _ARROW
        sheet.column_dimensions[letter].width = min(_WIDEST, max(widest, least)) + 2
    sheet.freeze_panes = "A2"
    number = 1
    try:
        sheet.append([_filled(cell, column, 1) for cell, column in zip(heads, columns, strict=True)])
        for number, row in enumerate(chain(first, source), start=2):
            sheet.append([_filled(cell, value, number) for cell, value in zip(cells, row, strict=True)])
        sheet.auto_filter.ref = f"A1:{letters[-1]}{number}"
        workbook.save(target)
    except BaseException:
        with suppress(Exception):
            sheet.close()  # otherwise Python complains about what is half written
        raise


def _filled(cell: Any, value: Cell, row: int) -> Any:
    """Return the cell with a value, or None for nothing, which leaves it out."""
    if isinstance(value, int) and not isinstance(value, bool):
        cell.value = value
        return cell
    text = text_of(value)
    if not text:
        return None
    if len(text) > _MAX_CHARACTERS:
        raise InputError(
            tr(
                "a cell of row {row:,} has {length:,} characters: a workbook holds {most:,}",
                row=row,
                length=len(text),
                most=_MAX_CHARACTERS,
            ),
            tr("use a name that ends in .csv"),
        )
    cell.value = _LOOKS_ESCAPED.sub("_x005F_", _NOT_IN_XML.sub("\ufffd", text))
    cell.data_type = "s"  # openpyxl takes =… for a formula, and #N/A for an error
    return cell


def _width(text: str) -> int:
    """Return how many digits are as wide as the widest line of a text."""
    return max((sum(map(_columns, line)) for line in text.splitlines()), default=0)


def _columns(character: str) -> int:
    return 2 if east_asian_width(character) in "WF" else 1
