"""The parts of a view: all that users see of a result, and its exit status."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from kxsms.compat import override
from kxsms.exit_status import ExitStatus
from kxsms.output.json import Document

if TYPE_CHECKING:
    from kxsms.domain.health import Check
    from kxsms.domain.results import Result
    from kxsms.errors import KxsmsError

R = TypeVar("R", bound="Result")
Cell = object


class Table(NamedTuple):
    """Columns and rows. A `sideways` table has one row, drawn on a terminal as one line per column.

    A narrow terminal may hide the columns `hidden_first`, in this order.
    """

    columns: tuple[str, ...]
    rows: Iterable[Sequence[Cell]]
    sideways: bool = False
    empty: str = ""
    hidden_first: tuple[str, ...] = ()


class Bar(NamedTuple):
    """The parts of a bar: delivered, failed, without a final report, and not accepted recipients."""

    parts: tuple[int, int, int, int]

    @property
    def total(self) -> int:
        return sum(self.parts)


class Chart(NamedTuple):
    """A table for people with a bar in each row, or None in a row without one.

    The first column is the key. `legend` names the parts of the bars, or is None where the keys name them. A
    narrow terminal may hide the columns `hidden_first`, in this order.
    """

    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    bars: Sequence[Bar | None]
    legend: tuple[str, str, str, str] | None
    hidden_first: tuple[str, ...]


class Shares(NamedTuple):
    """The parts of a whole, by name, in a cell of a `sideways` table for people: a bar and its legend."""

    parts: tuple[tuple[str, int], ...]


class Spreadsheet(NamedTuple):
    """Columns and rows for a spreadsheet, written as CSV wherever another result is a table."""

    columns: tuple[str, ...]
    rows: Iterable[Sequence[Cell]]
    encoding: str


class Checklist(NamedTuple):
    """Checks for people, a line each with a mark, and below it the hint."""

    checks: "Sequence[Check]"


class Bare(NamedTuple):
    """One value, printed alone."""

    value: Cell
    name: str = ""


class Sections(NamedTuple):
    """Texts, charts and tables for people, with an empty line between them."""

    parts: "Sequence[Bare | Chart | Table]"


class Page(NamedTuple):
    """A text to read: Markdown, drawn on a terminal, or plain text."""

    text: str
    is_markdown: bool


Tabular = Table | Chart | Spreadsheet | Checklist | Bare | Sections | Page | None
"""A result for people and spreadsheets; None for one that has nothing to write."""


class Note(NamedTuple):
    """A message that is no error, and the command to run next."""

    text: str
    hint: str | None = None


class Explanation(NamedTuple):
    """Messages on stderr about a result. With JSON the errors become one object, and notes are dropped."""

    errors: Sequence["KxsmsError"] = ()
    notes: Sequence[Note] = ()


@dataclass(frozen=True)
class View(ABC, Generic[R]):
    """All that users see of a result, and its exit status."""

    result: R

    @abstractmethod
    def document(self) -> Document:
        """Return the result as JSON. Its keys are a contract with scripts."""

    @abstractmethod
    def table(self, *, for_people: bool) -> Tabular:
        """Return the result as a table, `for_people` at a terminal or for programs, with all columns."""

    @abstractmethod
    def explanation(self) -> Explanation:
        """Return the errors and notes that go with the result."""

    @abstractmethod
    def exit_status(self) -> ExitStatus:
        """Return the exit status."""

    def answers(self) -> Iterable[bytes]:
        """Return the gateway's answers for the raw formats, where they have not been shown before."""
        return ()

    def written(self) -> None:
        """Note that the whole result has been written out."""
        return

    def summary(self) -> str:
        """Return the outcome in a few words, for an error message when the result cannot be written."""
        return ""


class PlainView(View[R]):
    """A view of a result that needs no explanation, with exit status 0."""

    @override
    def explanation(self) -> Explanation:
        return Explanation()

    @override
    def exit_status(self) -> ExitStatus:
        return ExitStatus.OK


def with_numbers(document: Mapping[str, object], counts: Iterable[str]) -> dict[str, object]:
    """Return a JSON document with the texts of these counts as numbers.

    A text that is no number becomes null, and a further key, such as `count_text`, keeps it.
    """
    from kxsms.domain.count import json_number

    found = dict(document)
    for key in counts:
        text = found[key]
        if isinstance(text, str):
            found[key] = json_number(text)
            if found[key] is None:
                found[f"{key}_text"] = text
    return found


def table_of(documents: Iterable[Mapping[str, Cell]], columns: tuple[str, ...], empty: str) -> Table:
    """Return a table with a row for each document."""
    return Table(columns, ([document[column] for column in columns] for document in documents), empty=empty)
