"""A table: a file that gives rows under a header, whatever its format."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol


class Rows(NamedTuple):
    """Rows that are not blank, and for each the line on which it begins, from 1.

    A line is None if the row comes from no file.
    """

    lines: Sequence[int | None]
    fields: Sequence[list[str]]


class Table(Protocol):
    """An open file of rows.

    `digest` is the SHA-256 of its bytes, `read_as` holds the settings with which these were read.
    """

    name: str
    header: tuple[str, ...]
    header_line: int
    digest: bytes
    read_as: tuple[str, ...]

    def rows(self, limit: int | None = None) -> Iterator[Rows]:
        """Yield the rows, some thousand at a time, at most `limit`. Raise InputError for a damaged one."""
        ...

    def where(self, line: int) -> str:
        """Return the place of a line for a message: `people.csv:3`."""
        ...
