"""A file of any format that gives rows: what a table is made of."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol


class FileRows(NamedTuple):
    """Rows of a file, and for each the line on which it begins, from 1."""

    lines: Sequence[int]
    fields: Sequence[list[str]]


class RowFile(Protocol):
    """An open file of rows as they stand in it: the header, blank rows and lines above the header too.

    `digest` covers everything that the file holds, `read_as` the settings with which it was read.
    `hint_for_long_rows` helps where a row has more fields than the header.
    """

    name: str
    digest: bytes
    read_as: tuple[str, ...]
    hint_for_long_rows: str

    def rows(self) -> Iterator[FileRows]:
        """Yield every row, some thousand at a time. Each call starts at the top and ends the earlier one.

        Raise InputError for a damaged row, after the rows above it.
        """
        ...

    def where(self, line: int) -> str:
        """Return the place of a line for a message: `people.csv:3`."""
        ...

    def close(self) -> None:
        """Close the file, and delete it if it is temporary."""
        ...
