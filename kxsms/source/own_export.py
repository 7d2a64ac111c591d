"""Our own exports, read again: they have apostrophes that the file first read did not have."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from kxsms.compat import override
from kxsms.domain.cell import disarmed
from kxsms.domain.export import OWN_COLUMNS
from kxsms.domain.plan import PlannedRecipient
from kxsms.domain.words import counted
from kxsms.errors import InputError
from kxsms.language import located, tr
from kxsms.source.csv import CsvFile
from kxsms.source.row_file import FileRows, RowFile

_OUTCOME = next(iter(OWN_COLUMNS))
_LOOK_ROWS = 20
"""The header of an export stands in its first row, unless a person has put lines above it."""


def own_export(file: RowFile, note: Callable[[str], None]) -> RowFile:
    """Return a CSV file or, if it is our own export, one without the apostrophes of its export.

    An export with a formula in it was written with --plain: its apostrophes are its own. Rows that a person
    has added to an export are as they were typed.
    """
    # No workbook is disarmed: its cells are text, and no formulas.
    is_exported = _rows_of_export(file) if isinstance(file, CsvFile) else None
    if is_exported is None:
        return file
    marked, formulas = _count(file, is_exported)
    if not marked:
        return file
    cells = counted(marked, "cell begins", "cells begin")
    if formulas:
        note(
            located(
                file.name,
                tr(
                    "{cells} with an apostrophe, kept because other cells are formulas (--plain)", cells=cells
                ),
            )
        )
        return file
    note(
        located(
            file.name,
            tr(
                "took off {apostrophes} that kxsms had put before cells",
                apostrophes=counted(marked, "apostrophe"),
            ),
        )
    )
    return _Restored(file, is_exported)


class _Restored(RowFile):
    """A file without the apostrophes of its export."""

    def __init__(self, file: RowFile, is_exported: Callable[[Sequence[str]], bool]) -> None:
        self.name, self.digest, self.read_as = file.name, file.digest, file.read_as
        self.hint_for_long_rows, self.guessed_encoding = file.hint_for_long_rows, file.guessed_encoding
        self._file = file
        self._is_exported = is_exported

    @override
    def rows(self) -> Iterator[FileRows]:
        for found in self._file.rows():
            rows = (list(map(restored, row)) if self._is_exported(row) else row for row in found.fields)
            yield FileRows(found.lines, list(rows))

    @override
    def where(self, line: int) -> str:
        return self._file.where(line)

    @override
    def close(self) -> None:
        self._file.close()


def restored(cell: str) -> str:
    """Return a cell as it was before `disarmed` put an apostrophe in front."""
    return cell[1:] if _is_marked(cell) else cell


def _is_marked(cell: str) -> bool:
    return cell.startswith("'") and disarmed(cell[1:]) == cell


def _rows_of_export(file: RowFile) -> Callable[[Sequence[str]], bool] | None:
    """Return which rows an export has written, its header among them, or None if the file is no export."""
    try:
        first = next(file.rows(), FileRows([], []))
    except InputError:
        return None  # the reading of the table raises the same error
    for fields in first.fields[:_LOOK_ROWS]:
        names = [name.strip() for name in fields]
        if _OUTCOME in names:
            return partial(_has_value, names.index(_OUTCOME))
        if tuple(names) == PlannedRecipient._fields:  # of --dry-run --out
            return lambda fields: True
    return None


def _has_value(index: int, fields: Sequence[str]) -> bool:
    return len(fields) > index and bool(fields[index].strip())


def _count(file: RowFile, is_exported: Callable[[Sequence[str]], bool]) -> tuple[int, int]:
    """Return how many cells of an export have its apostrophe, and how many would be formulas."""
    marked = formulas = 0
    try:
        for found in file.rows():
            for fields in filter(is_exported, found.fields):
                suspects = [cell for cell in fields if disarmed(cell) != cell]
                marked += sum(map(_is_marked, suspects))
                formulas += sum(not cell.startswith("'") for cell in suspects)
    except InputError:
        pass  # the rows above the damage are enough
    return marked, formulas
