"""What a send will do, before it does it."""

from dataclasses import dataclass

MAX_NUMBERS = 2_500
"""Numbers in one Send request. Source: the vendor's API page."""

_SHOWN = 40


@dataclass(frozen=True)
class Entry:
    """One number as it was given: in line `line` of file `source`, or, without one, as argument."""

    text: str
    source: str | None = None
    line: int | None = None

    @property
    def where(self) -> str:
        """`numbers.txt:3`, or nothing for an argument, which names itself."""
        return f"{self.source}:{self.line}: " if self.source else ""


@dataclass(frozen=True)
class Problem:
    """An entry that cannot be sent to, and why."""

    entry: Entry
    problem: str

    def __str__(self) -> str:
        text = self.entry.text
        shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
        return f"{self.entry.where}{shown!r} {self.problem}"


@dataclass(frozen=True)
class Plan:
    """One text to some numbers, in requests that the gateway takes.

    `segments` are the billed messages of the whole plan.
    """

    text: str
    extno: str | None
    requests: tuple[tuple[str, ...], ...]
    duplicates: int
    problems: tuple[Problem, ...]
    segments: int

    @property
    def recipients(self) -> int:
        return sum(len(numbers) for numbers in self.requests)
