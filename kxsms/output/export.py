"""Files of rows: CSV, Excel workbooks and JSON lines."""

import codecs
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, assert_never

from kxsms.domain.cell import disarmed
from kxsms.domain.out_file import MAX_SHEET_ROWS, FileFormat, OutFile
from kxsms.domain.words import counted
from kxsms.errors import InputError
from kxsms.language import tr
from kxsms.output.drawing import as_csv
from kxsms.output.json import dumps, in_parts
from kxsms.output.new_file import new_file
from kxsms.output.view import Cell

_MAX_SHEET_COLUMNS = 16_384


def write_file(file: OutFile, columns: Sequence[str], rows: Iterable[Sequence[Cell]], most: int) -> int:
    """Write at most `most` rows into a new file, or into a pipe or a device. Return how many they were.

    Raise InputError for what the format or the encoding cannot hold, Failure where writing fails.
    """
    if file.format is FileFormat.XLSX and (most > MAX_SHEET_ROWS or len(columns) > _MAX_SHEET_COLUMNS):
        size = counted(most, "row") if most > MAX_SHEET_ROWS else counted(len(columns), "column")
        raise InputError(
            tr(
                "{path}: {size} do not fit into a workbook: it holds {rows:,} rows below the"
                " header, and {columns:,} columns",
                path=file.path,
                size=size,
                rows=MAX_SHEET_ROWS,
                columns=_MAX_SHEET_COLUMNS,
            ),
            tr("use a name that ends in .csv"),
        )
    written = 0

    def counting() -> Iterator[Sequence[Cell]]:
        nonlocal written
        for row in rows:
            written += 1
            yield row

    try:
        with new_file(Path(file.path), is_device=file.is_device) as target:
            _write(file, target, columns, counting())
    except UnicodeEncodeError as error:
        raise lacking(error, file.encoding) from None
    return written


def lacking(error: UnicodeEncodeError, encoding: str) -> InputError:
    """Return the error for a character that an encoding lacks."""
    character = error.object[error.start]
    return InputError(
        tr("{encoding} has no character {character!r}", encoding=encoding, character=character),
        tr("use --encoding gb18030 or --encoding utf-8"),
    )


def without_formulas(rows: Iterable[Sequence[Cell]]) -> Iterator[list[Cell]]:
    """Yield rows without a cell that a spreadsheet would run as a formula."""
    return ([disarmed(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)


def names_in_json(columns: Sequence[str]) -> list[str]:
    """Return a key for each column: one without a name, or with the name of another, gets its number."""
    names: dict[str, None] = {}
    for number, column in enumerate(columns, start=1):
        name = column or f"column {number}"
        while name in names:
            name += f" (column {number})"
        names[name] = None
    return list(names)


def _write(file: OutFile, target: BinaryIO, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    match file.format:
        case FileFormat.CSV:
            if not file.is_plain:
                columns, rows = list(map(disarmed, columns)), without_formulas(rows)
            lines = as_csv(columns, rows, on_terminal=False)
            target.writelines(codecs.iterencode(lines, file.encoding))
        case FileFormat.JSONL:
            names = names_in_json(columns)
            lines = (dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows)
            target.writelines(codecs.iterencode(in_parts(lines), "utf-8"))
        case FileFormat.XLSX:
            from kxsms.output.workbook import write_workbook

            write_workbook(target, columns, rows)
        case _:
            assert_never(file.format)
