"""Makes the plan of a send: checks every number and text in one pass. Nothing is sent here."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from kxsms.domain.content import InvalidContent, check, has_signature, segments, sign
from kxsms.domain.mobile import InvalidMobile, normalise
from kxsms.domain.plan import Plan, Problem, StagedRow, StagedText
from kxsms.domain.template import EmptyValue
from kxsms.errors import InputError
from kxsms.sending.source import Source

_NAMED = 20
_LISTED = 100
_AT_A_TIME = 5_000
_TEXTS_IN_MEMORY = 20_000


class Draft(Protocol):
    """What the planner needs of the ledger: see `kxsms.ledger.draft`."""

    def add(self, rows: Sequence[StagedRow], texts: Sequence[StagedText]) -> None: ...

    def finish(self, *, allow_duplicates: bool, texts_are_distinct: bool) -> bytes: ...

    def skip_overlap(self, since: float, held: Iterable[int]) -> None: ...

    def place(self) -> None: ...

    def plan(self) -> Plan: ...


@dataclass(frozen=True)
class Terms:
    """How a source is to be read: what to do with invalid rows and with equal ones, and the first how many
    rows to take."""

    signature: str | None = None
    skip_invalid: bool = False
    allow_duplicates: bool = False
    limit: int | None = None


@dataclass(frozen=True)
class Draught:
    """What is known of a source when all of it has been read."""

    digest: bytes
    problems: tuple[Problem, ...]
    invalid: int
    unsigned: str | None


def sign_and_check(text: str, signature: str | None) -> str:
    """A text as it will go out. Raises InputError for one that cannot."""
    try:
        check(text)
        signed = sign(text, signature)
        check(signed)
    except InvalidContent as reason:
        raise InputError(str(reason)) from None
    return signed


class Planner:
    """Reads a source into a draft."""

    def __init__(self, source: Source, terms: Terms, draft: Draft, capacity: Callable[[str], int]) -> None:
        self._source = source
        self._terms = terms
        self._draft = draft
        self._capacity = capacity
        self._texts: dict[str, int] = {}
        self._numbered = 0
        self._texts_are_distinct = True
        self._new_texts: list[StagedText] = []
        self._rows: list[StagedRow] = []
        self._problems: list[Problem] = []
        self._invalid = 0
        self._valid = 0
        self._unsigned: str | None = None

    def read(self) -> Draught:
        """Check every row and put it into the draft.

        Raises InputError if there is no row to send to, or an invalid one that is not to be skipped.
        """
        column, text_of = self._source.mobile_column, self._source.text_of
        texts, rows = self._texts, self._rows
        for number, (line, fields) in enumerate(islice(self._source.rows(), self._terms.limit), start=1):
            try:
                mobile = int(normalise(fields[column]))
                raw = text_of(fields)
                text = texts.get(raw) or self._new_text(raw)
                rows.append((number, line, mobile, text, None, None, "\0".join(fields)))
            except (InvalidMobile, InvalidContent, EmptyValue) as reason:
                self._leave_out(number, line, fields, reason)
            if len(rows) >= _AT_A_TIME:
                self._flush()
        self._flush()
        self._refuse_bad_input()
        digest = self._draft.finish(
            allow_duplicates=self._terms.allow_duplicates, texts_are_distinct=self._texts_are_distinct
        )
        return Draught(digest, tuple(self._problems), self._invalid, self._unsigned)

    def _new_text(self, raw: str) -> int:
        """The number of a text that has not been seen lately. Raises InvalidContent if it cannot be sent."""
        check(raw)
        text = sign(raw, self._terms.signature)
        known = self._texts.get(text)
        if known is None:
            if text != raw:
                check(text)
            self._numbered += 1
            known = self._numbered
            self._new_texts.append((known, hash(text), text, segments(text), self._capacity(text)))
            if self._unsigned is None and not has_signature(text):
                self._unsigned = text
        if len(self._texts) >= _TEXTS_IN_MEMORY:
            self._texts.clear()
            self._texts_are_distinct = False
        self._texts[raw] = self._texts[text] = known
        return known

    def _leave_out(self, number: int, line: int | None, fields: Sequence[str], reason: Exception) -> None:
        if isinstance(reason, EmptyValue):
            words = f"has nothing in the column {reason.column!r}"
        elif isinstance(reason, InvalidContent):
            words = f"cannot be sent to: {reason}"
        else:
            words = str(reason)
        self._invalid += 1
        self._rows.append((number, line, None, None, "invalid", words, "\0".join(fields)))
        if len(self._problems) < _LISTED:
            mobile = fields[self._source.mobile_column]
            self._problems.append(Problem(self._source.name, line, mobile, words))

    def _flush(self) -> None:
        self._draft.add(self._rows, self._new_texts)
        self._valid += sum(row[4] is None for row in self._rows)
        self._rows.clear()
        self._new_texts.clear()

    def _refuse_bad_input(self) -> None:
        if self._invalid and not self._terms.skip_invalid:
            hint = "mend them, or --skip-invalid sends to the others" if self._valid else None
            if self._invalid == 1:
                raise InputError(str(self._problems[0]), hint)
            what = summary(self._invalid, is_csv=self._source.is_csv)
            raise InputError(what, hint, named(self._problems, self._invalid))
        if not self._valid and not self._source.is_csv:
            raise InputError("there is no number to send to", "kxsms send MOBILE… or --to-file FILE")
        if not self._valid:
            what = "no valid row" if self._invalid else "no row under the header"
            raise InputError(f"{self._source.name}: there is {what}")


def settled_plan(draft: Draft, draught: Draught) -> Plan:
    """Put what is to be sent into requests, and count it all."""
    draft.place()
    return replace(draft.plan(), problems=draught.problems)


def fingerprint(digest: bytes, *identity: object) -> bytes:
    """One of a digest and of what else makes a send the same: account, product, extension number."""
    return hashlib.sha256(digest + repr(identity).encode("utf-8", "surrogatepass")).digest()


def summary(invalid: int, *, is_csv: bool) -> str:
    """How many rows are invalid."""
    what = "row" if is_csv else "number"
    return f"{invalid:,} invalid {what}{'' if invalid == 1 else 's'}"


def named(problems: Sequence[Problem], invalid: int) -> list[str]:
    """The first problems in full, the rest counted."""
    lines = [str(problem) for problem in problems[:_NAMED]]
    if invalid > len(lines):
        lines.append(f"… and {invalid - len(lines):,} more")
    return lines
