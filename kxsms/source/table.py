"""A table: the rows of a file under the header that names their columns."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from kxsms.compat import override
from kxsms.domain.words import counted
from kxsms.errors import InputError
from kxsms.language import located, tr
from kxsms.source.header import mobile_columns, mobile_in
from kxsms.source.row_file import FileRows, RowFile

_FIRST_ROWS = 20
"""Rows that are looked at where a file does not say what its columns are."""


class Rows(NamedTuple):
    """Rows that are not blank, and for each the line on which it begins, from 1.

    A line is None if the row comes from no file. A row has at least as many fields as there are columns;
    `has_long` says that some rows have more.
    """

    lines: Sequence[int | None]
    fields: Sequence[list[str]]
    has_long: bool = False


class SourceTable(AbstractContextManager["SourceTable"]):
    """The rows of an open file under its header; leaving it as a context closes the file.

    `digest` covers everything that the file holds, `read_as` the settings with which it was read. A column
    without a name is called "". `header_row` is the line of the header if the user named it: 0 for none,
    and then the columns are called 1, 2 and so on.
    """

    def __init__(
        self, file: RowFile, mobile_column: str | None = None, header_row: int | None = None
    ) -> None:
        """Read the header. Raise InputError if there is none, or if a later line seems to be it.

        `mobile_column` is the name of the column of mobile numbers, if the user named it.
        """
        self._file = file
        self._named = mobile_column
        self.name, self.digest, self.read_as = file.name, file.digest, file.read_as
        self.guessed_encoding = file.guessed_encoding
        self.hint_for_long_rows = file.hint_for_long_rows
        self.header_row = header_row
        self.header_line, fields = self._read_header()
        self.header = tuple(field.strip() for field in fields)

    @override
    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def place_of_header(self) -> str:
        """Return the place of the header for a message: `people.csv:1`, without a header `people.csv`."""
        return self.where(self.header_line) if self.header_line else self.name

    def where(self, line: int) -> str:
        """Return the place of a line for a message: `people.csv:3`."""
        return self._file.where(line)

    def first_rows(self) -> Sequence[list[str]]:
        """Return some rows from the top; this ends a reading of the rows. Raise InputError as `rows` does."""
        return [fields for rows in self.rows(_FIRST_ROWS) for fields in rows.fields]

    def rows(self, limit: int | None = None) -> Iterator[Rows]:
        """Yield the rows that are not blank, some thousand at a time, at most `limit`.

        A second call starts again at the top and ends the first one. Raise InputError for a damaged row.
        """
        left = limit
        for found in self._file.rows():
            rows = self._without_blank(self._below_header(found), left)
            left = None if left is None else left - len(rows.fields)
            yield rows
            if left == 0:
                return

    def _below_header(self, rows: FileRows) -> FileRows:
        first = bisect_right(rows.lines, self.header_line)
        return FileRows(rows.lines[first:], rows.fields[first:]) if first else rows

    def _without_blank(self, rows: FileRows, limit: int | None) -> Rows:
        """Return the rows without blank ones, at most `limit`; a short row gets empty fields."""
        width = len(self.header)
        # Most files have no row to drop; this test of all rows at once saves a loop over a million.
        if set(map(len, rows.fields)) == {width} and all(map(str.strip, map(itemgetter(0), rows.fields))):
            return Rows(rows.lines[:limit], rows.fields[:limit])
        pairs = [pair for pair in zip(*rows, strict=True) if not is_blank(pair[1])][:limit]
        fields = [found + [""] * (width - len(found)) for _, found in pairs]
        return Rows([line for line, _ in pairs], fields, any(len(found) > width for found in fields))

    def _read_header(self) -> tuple[int, Sequence[str]]:
        """Return the line of the header, or 0 for none, and the names of the columns."""
        if self.header_row:
            return self._named_row(self.header_row)
        rows = self._rows_of_file()
        first = next(rows, None)
        if first is None:
            raise InputError(
                located(self.name, tr("the file is empty")), tr("name the columns in the first line")
            )
        line, fields = first
        if self.header_row == 0:
            return 0, [str(number) for number in range(1, len(fields) + 1)]
        if not self._is_header(fields):
            self._refuse_lines_above(self._header_among(islice(rows, _FIRST_ROWS)))
        self._refuse_number(line, fields)
        return line, fields

    def _named_row(self, header_row: int) -> tuple[int, Sequence[str]]:
        for line, fields in self._rows_of_file():
            if line == header_row:
                self._refuse_number(line, fields)
                return line, fields
            if line > header_row:
                break
        raise InputError(
            located(self.where(header_row), tr("there is no header in this line")),
            tr("use --header-row with the number of the line that names the columns"),
        )

    def _rows_of_file(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows of the file that are not blank, each with its line."""
        return (row for rows in self._file.rows() for row in zip(*rows, strict=True) if not is_blank(row[1]))

    def _is_header(self, fields: Sequence[str]) -> bool:
        names = [field.strip() for field in fields]
        return bool(mobile_columns(names, self._named)) and mobile_in(fields) is None

    def _header_among(self, rows: Iterator[tuple[int, list[str]]]) -> int | None:
        """Return the line of the first row that seems to be the header, or None."""
        with suppress(InputError):  # of a damaged row, which reading up to it will report
            return next((line for line, fields in rows if self._is_header(fields)), None)
        return None

    def _refuse_lines_above(self, header_line: int | None) -> None:
        if header_line is not None:
            raise InputError(
                located(
                    self.where(header_line), tr("the header seems to be in this line, not in the first one")
                ),
                tr("use --header-row {line}, or delete the lines above", line=header_line),
            )

    def _refuse_number(self, line: int, fields: Sequence[str]) -> None:
        """Raise InputError if the row of the header holds a mobile number, and so names no columns."""
        mobile = mobile_in(fields)
        if mobile is not None:
            raise InputError(
                located(
                    self.where(line),
                    tr("this line holds a mobile number, {mobile!r}, so it is no header", mobile=mobile),
                ),
                tr("name the columns in a line above, or use --header-row 0 if the file has no header"),
            )


class LongRow(ValueError):
    """A row with more fields than there are columns; the message says how many."""


def check_width(fields: Sequence[str], columns: Sequence[str]) -> None:
    """Raise LongRow if there are more fields than columns."""
    if len(fields) > len(columns):
        raise LongRow(
            tr(
                "has {fields}, but the table has {columns}",
                fields=counted(len(fields), "field"),
                columns=counted(len(columns), "column"),
            )
        )


def is_blank(fields: Sequence[str]) -> bool:
    """Return whether a row holds nothing but blanks."""
    return not "".join(fields).strip()
