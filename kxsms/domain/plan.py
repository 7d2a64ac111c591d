"""The plan of a send: what it will do, before it does it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from kxsms.compat import override
from kxsms.domain.batch import LeftOut, Remainder
from kxsms.domain.words import counted
from kxsms.language import tr

if TYPE_CHECKING:
    from decimal import Decimal

MAX_NUMBERS = 2_500
"""Numbers in one Send request. Source: the vendor's API page."""

_SHOWN = 40
_LISTED = 20


StagedRow = tuple[int, int | None, int, int, str]
"""A valid row: its number, its line, its mobile number, the number of the first row with the same text, and
its fields joined by NUL."""

FirstRow = tuple[int, int | None, int, int, str, str, int, int]
"""A row that is the first with its text: a `StagedRow`, and the text, its segments, and how many recipients
one request may name."""

InvalidRow = tuple[int, int | None, str, str]
"""An invalid row: its number, its line, the problem, and its fields joined by NUL."""


@dataclass(frozen=True)
class Problem:
    """An invalid row, and what is wrong with it."""

    source: str | None
    line: int | None
    mobile: str
    problem: str

    @property
    def where(self) -> str:
        """Return `people.csv:3: `, or nothing for an argument, which has no line."""
        return f"{self.source}:{self.line}: " if self.line is not None else ""

    @override
    def __str__(self) -> str:
        text = self.mobile
        shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
        return f"{self.where}{shown!r} {self.problem}"


class Text(NamedTuple):
    """A text of a plan, and how many messages it is billed as for each recipient."""

    text: str
    segments: int


class Sample(NamedTuple):
    """One recipient of a plan, and its text."""

    mobile: str
    text: str


class PlannedRecipient(NamedTuple):
    """A recipient of a plan: its text, the messages that this is billed as, and the line of its row."""

    mobile: str
    text: str
    segments: int
    line: int | None


@dataclass(frozen=True)
class Plan:
    """The figures of a plan. `problems` are the first invalid rows, `segments` the billed messages.

    `skipped` recipients were sent the same text earlier, except for the `excluded` ones among them, who are
    in a file that excludes them. `capped` ones have had as many texts as they may get. `encoding` is that of
    the file if it was guessed, `seconds` the time that the requests take at the rate of the send, if it has
    one. `cost` is what the billed messages cost, `balance` how many the account has left, both as far as it
    is known.
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
    encoding: str | None = None
    seconds: float | None = None
    opted_out: int = 0
    capped: int = 0
    excluded: int = 0
    cost: "Decimal | None" = None
    balance: "Decimal | None" = None

    @property
    def left_out(self) -> LeftOut:
        """Return who is not sent to, by the reason."""
        return LeftOut(self.opted_out, self.capped, self.skipped - self.excluded, self.excluded)

    @property
    def remainder(self) -> Remainder:
        """Return what there is to be sent."""
        return Remainder(self.recipients, self.requests, self.segments, self.cost)

    @property
    def rows(self) -> int:
        """Return the number of rows in the input."""
        left_out = self.skipped + self.opted_out + self.capped
        return self.recipients + self.duplicates + self.invalid + left_out


def count_invalid(invalid: int, *, is_csv: bool) -> str:
    """Return how many rows or numbers are invalid, in words."""
    return counted(invalid, "invalid row" if is_csv else "invalid number")


def listed_problems(problems: Sequence[Problem], invalid: int) -> list[str]:
    """Return a line for each of the first problems, and one that counts the rest."""
    lines = [str(problem) for problem in problems[:_LISTED]]
    if invalid > len(lines):
        lines.append(tr("… and {more:,} more", more=invalid - len(lines)))
    return lines
