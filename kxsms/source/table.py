"""A table: the rows of a file under the header that names their columns."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from operator import itemgetter
from typing import NamedTuple

from kxsms.compat import override
from kxsms.domain.words import counted
from kxsms.errors import InputError
from kxsms.source.header import column_names
from kxsms.source.row_file import FileRows, RowFile


class Rows(NamedTuple):
    """Rows that are not blank, and for each the line on which it begins, from 1.

    A line is None if the row comes from no file.
    """

    lines: Sequence[int | None]
    fields: Sequence[list[str]]


class SourceTable(AbstractContextManager["SourceTable"]):
    """The rows of an open file under its header; leaving it as a context closes the file.

    `digest` covers everything that the file holds, `read_as` the settings with which it was read.
    """

    def __init__(self, file: RowFile) -> None:
        """Read the header. Raise InputError if there is none or it is invalid."""
        self._file = file
        self.name, self.digest, self.read_as = file.name, file.digest, file.read_as
        self.header_line, self.header = self._read_header()

    @override
    def __exit__(self, *_: object) -> None:
        self._file.close()

    def where(self, line: int) -> str:
        """Return the place of a line for a message: `people.csv:3`."""
        return self._file.where(line)

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
        """Return the rows without blank ones, at most `limit`.

        Raise InputError for one that is too short or too long.
        """
        width = len(self.header)
        kept = rows
        # Most files have no row to drop; this test of all rows at once saves a loop over a million.
        if set(map(len, rows.fields)) != {width} or not all(map(str.strip, map(itemgetter(0), rows.fields))):
            pairs = [pair for pair in zip(*rows, strict=True) if not is_blank(pair[1])][:limit]
            for line, fields in pairs:
                self._check_width(line, fields)
            kept = FileRows([line for line, _ in pairs], [fields for _, fields in pairs])
        return Rows(kept.lines[:limit], kept.fields[:limit])

    def _check_width(self, line: int, fields: Sequence[str]) -> None:
        width = len(self.header)
        if len(fields) != width:
            hint = self._file.hint_for_long_rows
            if len(fields) < width:
                hint = "give each row as many fields as the header, empty ones too"
            found = counted(len(fields), "field")
            raise InputError(f"{self.where(line)}: {found}, but the header has {width:,}", hint)

    def _read_header(self) -> tuple[int, tuple[str, ...]]:
        for rows in self._file.rows():
            for line, fields in zip(*rows, strict=True):
                if not is_blank(fields):
                    return line, column_names(fields, self.where(line))
        raise InputError(f"{self.name}: the file is empty", "name the columns in the first line")


def is_blank(fields: Sequence[str]) -> bool:
    """Return whether a row holds nothing but blanks."""
    return not "".join(fields).strip()
