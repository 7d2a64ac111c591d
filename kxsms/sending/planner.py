"""Makes the plan of a send: checks every number and text in one pass. Nothing is sent here."""

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Protocol

from kxsms.domain.content import InvalidContent, check, has_signature, plain_segments, segments, sign
from kxsms.domain.mobile import InvalidMobile, normalise, plain_mobiles
from kxsms.domain.plan import FirstRow, InvalidRow, Plan, Problem, StagedRow
from kxsms.domain.template import EmptyValue
from kxsms.errors import InputError
from kxsms.sending.identity import RecipientProduct, RepeatFinder, text_number
from kxsms.source.rows import Source

_A_NUMBER = "a mobile number has 11 digits and starts with 13 to 19"
_NAMED = 20
_LISTED = 100
_TEXTS_IN_MEMORY = 20_000


class Staging(Protocol):
    """What the planner needs of the ledger: see `kxsms.ledger.staging`."""

    def add(
        self, rows: Iterable[StagedRow], firsts: Iterable[FirstRow], invalid: Iterable[InvalidRow]
    ) -> None: ...

    def merge_texts(self, rows: Iterable[int]) -> None: ...

    def mark_duplicates(self, rows: Iterable[int]) -> Iterable[tuple[str, int]]: ...

    def skip_overlap(self, since: float, owned: Iterable[int]) -> None: ...

    def place(self) -> None: ...

    def plan(self) -> Plan: ...


@dataclass(frozen=True)
class PlanOptions:
    """How a source is to be read: what to do with invalid rows and with equal ones, and the first how many
    rows to take."""

    signature: str | None = None
    skip_invalid: bool = False
    allow_duplicates: bool = False
    limit: int | None = None


@dataclass(frozen=True)
class SourceSummary:
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
        raise InputError(str(reason), "the text is what -m or --message-file gives") from None
    return signed


class Planner:
    """Reads a source into a draft."""

    def __init__(
        self, source: Source, terms: PlanOptions, draft: Staging, capacity: Callable[[str], int]
    ) -> None:
        self._source = source
        self._terms = terms
        self._draft = draft
        self._capacity = capacity
        self._rows = 0
        self._known: dict[str, tuple[int, int]] = {}  # the place where a text comes first, and its number
        self._knows_all = True
        self._text_places = array("q")
        self._text_keys = RepeatFinder()
        self._recipients = RecipientProduct()
        self._recipient_keys = RepeatFinder()
        self._problems: list[Problem] = []
        self._invalid = 0
        self._has_bad_number = False
        self._unsigned: str | None = None

    def read(self) -> SourceSummary:
        """Check every row and put it into the draft.

        Raises InputError if there is no row to send to, or an invalid one that is not to be skipped.
        """
        for lines, rows in self._source.rows(self._terms.limit):
            if len(self._known) >= _TEXTS_IN_MEMORY:
                self._known.clear()
                self._knows_all = False
            if not self._take_plain(lines, rows):
                self._take_each(lines, rows)
            self._rows += len(rows)
        self._refuse_bad_input()
        return SourceSummary(self._digest(), tuple(self._problems), self._invalid, self._unsigned)

    def _take_plain(self, lines: Sequence[int | None], rows: Sequence[Sequence[str]]) -> bool:
        """Take rows that are all as they should be, by columns: a million rows pay for whatever stands here.
        Whether they are; if not, nothing has been taken."""
        mobiles = plain_mobiles([fields[self._source.mobile_column] for fields in rows])
        places = range(self._rows + 1, self._rows + len(rows) + 1)
        try:
            contents = self._source.render(rows)
            fresh = [content for content in dict.fromkeys(contents) if content not in self._known]
            billed = plain_segments(fresh)
            capacities = list(map(self._capacity, fresh))
        except (EmptyValue, InvalidContent):
            return False
        if mobiles is None or billed is None:
            return False
        self._know(fresh, _first_places(fresh, contents, places))
        known = [self._known[content] for content in contents]
        self._remember([number + mobile for (_, number), mobile in zip(known, mobiles, strict=True)])
        text_places = [place for place, _ in known]
        staged = list(zip(places, lines, mobiles, text_places, map("\0".join, rows), strict=True))
        if not fresh:
            self._draft.add(staged, [], [])
            return True
        firsts = [row for row in staged if row[0] == row[3]]
        news = zip(fresh, billed, capacities, strict=True)
        self._draft.add(
            [row for row in staged if row[0] != row[3]],
            [(*row, *new) for row, new in zip(firsts, news, strict=True)],
            [],
        )
        return True

    def _know(self, texts: Sequence[str], places: Sequence[int]) -> None:
        """Remember texts that rows in these places are the first to have."""
        numbers = list(map(text_number, texts))
        self._known.update(zip(texts, zip(places, numbers, strict=True), strict=True))
        self._text_places.extend(places)
        self._text_keys.add(numbers)

    def _remember(self, recipients: Sequence[int]) -> None:
        self._recipients.add(recipients)
        self._recipient_keys.add(recipients)

    def _take_each(self, lines: Sequence[int | None], rows: Sequence[Sequence[str]]) -> None:
        """Take rows one by one."""
        staged: list[StagedRow] = []
        firsts: list[FirstRow] = []
        invalid: list[InvalidRow] = []
        for place, (line, fields) in enumerate(zip(lines, rows, strict=True), start=self._rows + 1):
            joined = "\0".join(fields)
            try:
                mobile = int(normalise(fields[self._source.mobile_column]))
                (raw,) = self._source.render([fields])
                new = None if raw in self._known else self._new_text(raw, place)
            except (InvalidMobile, InvalidContent, EmptyValue) as reason:
                self._recipient_keys.add([-place])
                invalid.append((place, line, self._problem(line, fields, reason), joined))
                continue
            first, number = self._known[raw]
            self._remember([number + mobile])
            if new is not None:
                firsts.append((place, line, mobile, place, joined, *new))
            else:
                staged.append((place, line, mobile, first, joined))
        self._draft.add(staged, firsts, invalid)

    def _new_text(self, raw: str, place: int) -> tuple[str, int, int] | None:
        """Get to know the text of a row: it, its segments and its capacity; None if it is known once it is
        signed. Raises InvalidContent."""
        text, new = self._checked(raw), None
        if text not in self._known:
            new = text, segments(text), self._capacity(text)
            self._know([text], [place])
        self._known[raw] = self._known[text]
        return new

    def _checked(self, raw: str) -> str:
        """A text as it goes out. Raises InvalidContent for one that cannot."""
        check(raw)
        text = sign(raw, self._terms.signature)
        if text != raw:
            check(text)
        if self._unsigned is None and not has_signature(text):
            self._unsigned = text
        return text

    def _problem(self, line: int | None, fields: Sequence[str], reason: Exception) -> str:
        """Count a row that cannot be sent to; what is wrong with it."""
        if isinstance(reason, EmptyValue):
            words = f"has nothing in the column {reason.column!r}"
        elif isinstance(reason, InvalidContent):
            words = f"cannot be sent to: {reason}"
        else:
            words = str(reason)
            self._has_bad_number = True
        self._invalid += 1
        if len(self._problems) < _LISTED:
            mobile = fields[self._source.mobile_column]
            self._problems.append(Problem(self._source.name, line, mobile, words))
        return words

    def _digest(self) -> bytes:
        """Mark all but the first of equal rows, unless they are allowed; the digest of what is left."""
        if not self._knows_all:
            self._draft.merge_texts(self._text_places[place] for place in self._text_keys.repeated())
        if not self._terms.allow_duplicates:
            duplicates = RecipientProduct()
            places = (place + 1 for place in self._recipient_keys.repeated())
            for content, rows in groupby(self._draft.mark_duplicates(places), key=itemgetter(0)):
                number = text_number(content)
                duplicates.add(number + mobile for _, mobile in rows)
            self._recipients.remove(duplicates)
        return self._recipients.digest()

    def _refuse_bad_input(self) -> None:
        valid = self._rows - self._invalid
        if self._invalid and not self._terms.skip_invalid:
            hint = "mend them, or --skip-invalid sends to the others"
            if not valid:
                hint = _A_NUMBER if self._has_bad_number else "each needs a text that can be sent"
            if self._invalid == 1:
                raise InputError(str(self._problems[0]), hint)
            what = summary(self._invalid, is_csv=self._source.is_csv)
            raise InputError(what, hint, named(self._problems, self._invalid))
        if not valid and not self._source.is_csv:
            raise InputError("there is no number to send to", "kxsms send MOBILE… or --to-file FILE")
        if not valid:
            what = "no valid row" if self._invalid else "no row under the header"
            raise InputError(f"{self._source.name}: there is {what}")


def _first_places(fresh: Sequence[str], contents: Sequence[str], places: range) -> Sequence[int]:
    """Where each of the fresh texts comes first among those of the rows in these places."""
    if len(fresh) == len(contents):
        return places
    firsts = dict(zip(reversed(contents), reversed(places), strict=True))
    return [firsts[content] for content in fresh]


def settled_plan(draft: Staging, draught: SourceSummary) -> Plan:
    """Put what is to be sent into requests, and count it all."""
    draft.place()
    return replace(draft.plan(), problems=draught.problems)


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
