"""The plan of a send: every number and text is checked in one pass, before anything is sent."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from operator import add
from typing import Protocol

from kxsms.compat import override
from kxsms.domain.content import has_signature, plain_texts, segments, signed_and_checked
from kxsms.domain.mobile import normalise, plain_mobiles
from kxsms.domain.plan import (
    FirstRow,
    InvalidRow,
    Plan,
    Problem,
    StagedRow,
)
from kxsms.domain.profile import Profile
from kxsms.sending.identity import SeenRows
from kxsms.sending.problems import INVALID, RowProblems
from kxsms.sending.text_rules import TextRules
from kxsms.source.rows import Source
from kxsms.source.table import check_width


class OptOutStaging(Protocol):
    """The rows that may have opted out: see `kxsms.ledger.opt_out_filter`."""

    def ask(self) -> None: ...

    def look_at(self, rows: Sequence[int], mobiles: Sequence[int]) -> None: ...

    def leave_out(self, profile: Profile) -> int: ...


class Staging(Protocol):
    """The part of the ledger that the planner fills: see `kxsms.ledger.staging`."""

    @property
    def opt_outs(self) -> OptOutStaging: ...

    def add(
        self, rows: Iterable[StagedRow], firsts: Iterable[FirstRow], invalid: Iterable[InvalidRow]
    ) -> None: ...

    def merge_texts(self, rows: Iterable[int]) -> None: ...

    def mark_duplicates(self, rows: Iterable[int]) -> Iterable[tuple[str, int]]: ...

    def place(self) -> None: ...

    def plan(self) -> Plan: ...


@dataclass(frozen=True)
class PlanOptions:
    """How to read a source: what to do with invalid and repeated rows, and how many rows to take."""

    signature: str | None = None
    skip_invalid: bool = False
    allow_duplicates: bool = False
    limit: int | None = None

    @override
    def __repr__(self) -> str:
        """Return the form that the ledger's source keys are made of, so that no release may change it."""
        return (
            f"Terms(signature={self.signature!r}, skip_invalid={self.skip_invalid!r},"
            f" allow_duplicates={self.allow_duplicates!r}, limit={self.limit!r})"
        )


@dataclass(frozen=True)
class SourceSummary:
    """The digest of a source, its first problems, and how many rows are invalid.

    `unsigned` is the first text as it is sent that has no signature, `first` the first text before signing.
    """

    digest: bytes
    problems: tuple[Problem, ...]
    invalid: int
    unsigned: str | None
    first: str | None


class Planner:
    """A reader that checks the rows of a source and stages them.

    Rows are numbered from 1. Two rows have the same text if their texts are equal after signing.
    """

    def __init__(
        self,
        source: Source,
        options: PlanOptions,
        staging: Staging,
        capacity: Callable[[str], int],
        rules: TextRules | None = None,
    ) -> None:
        self._source = source
        self._options = options
        self._staging = staging
        self._capacity = capacity
        self._rules = rules or TextRules(Profile())
        self._rows = 0
        self._seen = SeenRows()
        self._problems = RowProblems(source)
        self._first: str | None = None
        self._unsigned: str | None = None

    def read(self) -> SourceSummary:
        """Check and stage every row.

        Raise InputError or LimitReached as `RowProblems.refuse` does.
        """
        for lines, rows, has_long in self._source.rows(self._options.limit):
            self._seen.forget_old_texts()
            if has_long or not self._take_columns(lines, rows):
                self._take_rows(lines, rows)
            self._rows += len(rows)
        self._problems.refuse(self._rows, skip_invalid=self._options.skip_invalid)
        return SourceSummary(
            self._digest(), tuple(self._problems.listed), self._problems.count, self._unsigned, self._first
        )

    def _take_columns(self, lines: Sequence[int | None], rows: Sequence[Sequence[str]]) -> bool:
        """Stage rows column by column; return False, with nothing staged, if one needs a closer look.

        A loop over rows takes three times as long; the benchmarks are `plan` and `plan-own` of tests.bench.
        """
        mobiles = plain_mobiles([fields[self._source.mobile_column] for fields in rows])
        if mobiles is None:
            return False
        try:
            raws = self._source.render(rows)
            distinct = dict.fromkeys(raws)
            plain = plain_texts(distinct, self._options.signature)
            if plain is None:
                return False
            billed = zip(plain.texts, plain.segments, strict=True)
            new = {text: parts for text, parts in billed if text not in self._seen.texts}
            capacities = list(map(self._capacity, new))
            if not self._rules.allow(new):
                return False
        except INVALID:
            return False
        self._first = self._first or raws[0]
        self._unsigned = self._unsigned or plain.unsigned
        texts = plain.texts
        if len(texts) < len(raws):
            signed = dict(zip(distinct, plain.texts, strict=True))
            texts = [signed[raw] for raw in raws]
        row_numbers = range(self._rows + 1, self._rows + len(rows) + 1)
        first_rows = _first_rows(new, texts, row_numbers)
        text_numbers = self._seen.add_texts(new, first_rows)
        if len(new) < len(rows):
            seen = [self._seen.texts[text] for text in texts]
            first_rows, text_numbers = [row for row, _ in seen], [number for _, number in seen]
        self._seen.add_recipients(list(map(add, text_numbers, mobiles)))
        self._staging.opt_outs.look_at(row_numbers, mobiles)
        columns = (row_numbers, lines, mobiles, first_rows, map("\0".join, rows))
        columns_of_new = (new, new.values(), capacities)
        if len(new) == len(rows):
            self._staging.add([], zip(*columns, *columns_of_new, strict=True), [])
        elif not new:
            self._staging.add(zip(*columns, strict=True), [], [])
        else:
            staged = list(zip(*columns, strict=True))
            firsts = [row for row in staged if row[0] == row[3]]
            others = [row for row in staged if row[0] != row[3]]
            self._staging.add(others, map(add, firsts, zip(*columns_of_new, strict=True)), [])
        return True

    def _take_rows(self, lines: Sequence[int | None], rows: Sequence[Sequence[str]]) -> None:
        """Stage rows one by one."""
        staged: list[StagedRow] = []
        firsts: list[FirstRow] = []
        invalid: list[InvalidRow] = []
        for row, (line, fields) in enumerate(zip(lines, rows, strict=True), start=self._rows + 1):
            joined = "\0".join(fields)
            try:
                check_width(fields, self._source.columns)
                mobile = int(normalise(fields[self._source.mobile_column]))
                (raw,) = self._source.render([fields])
                new = None if raw in self._seen.texts else self._new_text(raw, row)
            except INVALID as reason:
                self._seen.add_invalid(row)
                invalid.append((row, line, self._problems.add(line, fields, reason), joined))
                continue
            self._first = self._first or raw
            first, number = self._seen.texts[raw]
            self._seen.add_recipients([number + mobile])
            self._staging.opt_outs.look_at([row], [mobile])
            if new is not None:
                firsts.append((row, line, mobile, row, joined, *new))
            else:
                staged.append((row, line, mobile, first, joined))
        self._staging.add(staged, firsts, invalid)

    def _new_text(self, raw: str, row: int) -> tuple[str, int, int] | None:
        """Remember the text of a row, and return it with its segments and its capacity.

        Return None if the text is known after signing. Raise InvalidContent or NotApproved.
        """
        text, new = signed_and_checked(raw, self._options.signature), None
        if text not in self._seen.texts:
            self._rules.check(text)
        if self._unsigned is None and not has_signature(text):
            self._unsigned = text
        if text not in self._seen.texts:
            new = text, segments(text), self._capacity(text)
            self._seen.add_texts([text], [row])
        self._seen.texts[raw] = self._seen.texts[text]
        return new

    def _digest(self) -> bytes:
        """Merge equal texts, mark repeated rows unless they are allowed, and digest the others."""
        self._staging.merge_texts(self._seen.repeated_texts())
        if self._options.allow_duplicates:
            return self._seen.digest(())
        return self._seen.digest(self._staging.mark_duplicates(self._seen.repeated_rows()))


def _first_rows(new: Collection[str], texts: Sequence[str], rows: range) -> Sequence[int]:
    """Return the first of the rows that has each new text, given the texts of these rows."""
    if len(new) == len(texts):
        return rows
    firsts = dict(zip(reversed(texts), reversed(rows), strict=True)) if new else {}
    return [firsts[text] for text in new]


def place_plan(staging: Staging, summary: SourceSummary) -> Plan:
    """Assign the valid rows to requests, and return the figures of the plan."""
    staging.place()
    return replace(staging.plan(), problems=summary.problems)
