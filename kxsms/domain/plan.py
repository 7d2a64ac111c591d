"""What a send will do, before it does it."""

from dataclasses import dataclass
from typing import NamedTuple

from kxsms.compat import override

MAX_NUMBERS = 2_500
"""Numbers in one Send request. Source: the vendor's API page."""

_SHOWN = 40


StagedRow = tuple[int, int | None, int, int, str]
"""Its place, its line, its mobile number, the place of the row that is the first to have its text, and its
fields joined by NUL."""

FirstRow = tuple[int, int | None, int, int, str, str, int, int]
"""A row that is itself the first to have its text: as a `StagedRow`, and then the text, its segments, and how
many recipients one request may name."""

InvalidRow = tuple[int, int | None, str, str]
"""Its place, its line, what is wrong with it, and its fields joined by NUL."""


@dataclass(frozen=True)
class Problem:
    """A row that cannot be sent to, and why."""

    source: str | None
    line: int | None
    mobile: str
    problem: str

    @property
    def where(self) -> str:
        """`people.csv:3: `, or nothing for an argument, which names itself."""
        return f"{self.source}:{self.line}: " if self.line is not None else ""

    @override
    def __str__(self) -> str:
        text = self.mobile
        shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
        return f"{self.where}{shown!r} {self.problem}"


class Text(NamedTuple):
    """A text of a plan, and as how many messages it is billed to each recipient."""

    content: str
    segments: int


class Sample(NamedTuple):
    """One recipient of a plan, and the text for it."""

    mobile: str
    content: str


@dataclass(frozen=True)
class Plan:
    """The figures of a plan. `problems` are the first of the invalid rows, `segments` the billed messages.

    `skipped` recipients have got the text before.
    """

    recipients: int
    duplicates: int
    invalid: int
    skipped: int
    segments: int
    requests: int
    texts: int
    longest: tuple[Text, ...] = ()
    sample: tuple[Sample, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def rows(self) -> int:
        """All rows of the input, whatever became of them."""
        return self.recipients + self.duplicates + self.invalid + self.skipped
