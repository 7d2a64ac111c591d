"""Workbooks: the rows of one of their sheets, as a person sees them; errors name the sheet and its row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from kxsms.domain.words import counted
from kxsms.errors import InputError, UsageError
from kxsms.language import joined, located, tr
from kxsms.source.header import mobile_columns
from kxsms.source.row_file import FileRows
from kxsms.source.workbook_child import answers

_HEADER_ROWS = 20
"""Rows of a sheet, from the first one that is not blank, among which its header is looked for."""

_COLUMNS_NAMED = 4
"""Columns that a note names, if it cannot name all."""

HiddenRows = Literal["send", "skip", "include"]


@dataclass(frozen=True)
class WorkbookOptions:
    """Options that say which rows of a workbook are meant; `sheet` is a name or a number from 1."""

    mobile_column: str | None = None
    sheet: str | None = None
    hidden_rows: HiddenRows | None = None


@dataclass(frozen=True)
class _Sheet:
    """A sheet: its first rows, whether these are all, and counts of what a table cannot show."""

    index: int
    name: str
    is_visible: bool
    head: Sequence[tuple[int, bool, list[str]]]
    is_complete: bool
    counts: dict[str, Any]

    def has_column(self, named: str | None) -> bool:
        """Return whether a row that may be the header names a column of mobile numbers."""
        rows = [fields for _, _, fields in self.head if fields][:_HEADER_ROWS]
        return any(mobile_columns(fields, named) for fields in rows)


class WorkbookFile:
    """The rows of one sheet of an open workbook: a `RowFile`. `digest` is the SHA-256 of its bytes."""

    def __init__(self, name: str, file: BinaryIO, options: WorkbookOptions, digest: bytes) -> None:
        """Choose the sheet.

        Raise InputError if the workbook cannot be read, no sheet or several are meant, or rows are hidden;
        UsageError if the kind of workbook does not say which rows are hidden.
        """
        self.digest = digest
        self._file, self._path = file, name
        self._skips_hidden = options.hidden_rows == "skip"
        (survey,) = answers(name, file, "survey")
        sheets = [_Sheet(index, **sheet) for index, sheet in enumerate(survey["sheets"])]
        self._sheet = _chosen(name, sheets, options)
        self.name = f"{name}[{self._sheet.name}]"
        self.read_as: tuple[str, ...] = ("workbook", self._sheet.name, options.hidden_rows or "")
        self.guessed_encoding: str | None = None
        self.hint_for_long_rows = tr("name the column of each value in the header")
        if options.hidden_rows in ("send", "skip") and not survey["knows_hidden"]:
            raise UsageError(
                located(
                    name, tr("--hidden-rows needs an .xlsx file: others do not say which rows are hidden")
                ),
                tr("save it as .xlsx"),
            )
        hidden = self._sheet.counts["hidden"]
        if hidden and options.hidden_rows is None:
            rows = counted(hidden, "row is", "rows are")
            raise InputError(
                located(self.name, tr("{rows} hidden or filtered out", rows=rows)),
                tr("use --hidden-rows skip, or --hidden-rows send to send to hidden rows too"),
            )
        self.notes = tuple(_notes(self.name, self._sheet.counts, options.hidden_rows))
        self._width = max((len(fields) for _, _, fields in self._sheet.head), default=0)

    def close(self) -> None:
        """Close the file, and delete it if it is temporary."""
        self._file.close()

    def where(self, line: int) -> str:
        """Return the place of a row for a message: `people.xlsx[Sheet1]:3`."""
        return f"{self.name}:{line}"

    def rows(self) -> Iterator[FileRows]:
        """Yield the rows, as wide as the first ones, some thousand at a time.

        Rows that the file does not mention are blank, and are not among them. Raise InputError for a damaged
        workbook, after the rows that could be read.
        """
        head = self._sheet.head
        kept = [(line, fields) for line, is_hidden, fields in head if not (is_hidden and self._skips_hidden)]
        yield FileRows([line for line, _ in kept], self._widened([fields for _, fields in kept]))
        if not self._sheet.is_complete:
            which = "skip" if self._skips_hidden else "send"
            command = ("rows", str(self._sheet.index), str(head[-1][0]), which)
            for lines, fields in answers(self._path, self._file, *command):
                yield FileRows(lines, self._widened(fields))

    def _widened(self, rows: list[list[str]]) -> list[list[str]]:
        """Return the rows with empty cells at their ends, which a workbook leaves out."""
        width = self._width
        if set(map(len, rows)) == {width}:
            return rows
        return [fields + [""] * (width - len(fields)) for fields in rows]


def _chosen(name: str, sheets: Sequence[_Sheet], options: WorkbookOptions) -> _Sheet:
    """Return the sheet that is named, or else the only visible one that has a column of mobile numbers."""
    visible = [sheet for sheet in sheets if sheet.is_visible]
    if options.sheet is not None:
        return _named(name, sheets, visible, options.sheet)
    found = [sheet for sheet in visible if sheet.has_column(options.mobile_column)]
    if len(found) > 1:
        names = joined(repr(sheet.name) for sheet in found)
        raise InputError(
            located(name, tr("several sheets have a column of mobile numbers: {names}", names=names)),
            tr("choose one with --sheet NAME"),
        )
    found = found or [sheet for sheet in visible if any(fields for _, _, fields in sheet.head)] or visible
    if not found:
        raise InputError(
            located(name, tr("the workbook has no visible sheet")), tr("choose one with --sheet NAME")
        )
    if len(found) > 1:
        names = joined(repr(sheet.name) for sheet in found)
        raise InputError(
            located(name, tr("no sheet has a column of mobile numbers: {names}", names=names)),
            tr("choose a sheet with --sheet NAME, and its column with --mobile-column NAME"),
        )
    return found[0]


def _named(name: str, sheets: Sequence[_Sheet], visible: Sequence[_Sheet], named: str) -> _Sheet:
    """Return the sheet with this name, or with this number among the visible ones.

    Of several names that differ in case or blanks alone, only the exact one is meant.
    """
    meant = [sheet for sheet in sheets if sheet.name == named] or [
        sheet for sheet in sheets if sheet.name.strip().casefold() == named.strip().casefold()
    ]
    if len(meant) == 1:
        return meant[0]
    if meant:
        names = joined(repr(sheet.name) for sheet in meant)
        raise InputError(
            located(name, tr("several sheets are called {named!r}: {names}", named=named, names=names)),
            tr("rename all but one of them"),
        )
    if named.isascii() and named.isdigit() and len(named) < 6 and 1 <= int(named) <= len(visible):
        return visible[int(named) - 1]
    names = joined(repr(sheet.name) for sheet in sheets)
    raise InputError(
        located(name, tr("there is no sheet {named!r}", named=named)),
        tr("use one of these sheets: {names}", names=names),
    )


def _notes(name: str, counts: dict[str, Any], hidden_rows: HiddenRows | None) -> Iterator[str]:
    """Yield what a user should know of the sheet."""
    if counts["hidden"] and hidden_rows is not None:
        rows = counted(counts["hidden"], "hidden row")
        if hidden_rows == "skip":
            yield located(name, tr("skipped {rows}", rows=rows))
        else:
            yield located(name, tr("included {rows}", rows=rows))
    if counts["merged"]:
        areas = counted(counts["merged"], "area of merged cells", "areas of merged cells")
        yield located(name, tr("found {areas}: only the first cell of each has a value", areas=areas))
    if counts["formulas"]:
        formulas = counted(counts["formulas"], "formula")
        yield located(
            name,
            tr(
                "found {formulas} without a result: open the workbook in a spreadsheet, and save it",
                formulas=formulas,
            ),
        )
    if counts["decimals"]:
        columns = _lettered(counts["decimal_columns"])
        decimals = tr(
            "{decimals} in {columns}", decimals=counted(counts["decimals"], "decimal"), columns=columns
        )
        yield located(
            name,
            tr(
                "found {decimals}: only .xlsx says which are percentages, so check the sample texts",
                decimals=decimals,
            ),
        )
    if counts["gaps"]:
        gaps = counted(counts["gaps"], "empty row")
        yield located(
            name, tr("found {gaps} between others: cells with errors are empty in such a file", gaps=gaps)
        )


def _lettered(columns: Sequence[int]) -> str:
    """Return the columns as a spreadsheet calls them: `column D`, `columns C and AB`."""
    most = len(columns) if len(columns) <= _COLUMNS_NAMED + 1 else _COLUMNS_NAMED
    *names, last = map(_letters, columns[:most])
    if most < len(columns):
        names, last = [*names, last], tr("{count:,} others", count=len(columns) - most)
    if names:
        return tr("columns {names} and {last}", names=joined(names), last=last)
    return tr("column {last}", last=last)


def _letters(column: int) -> str:
    before, last = divmod(column, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)
