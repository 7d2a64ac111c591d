"""The invalid rows of a source: counted, described, and refused unless they are skipped."""

from collections.abc import Sequence
from typing import assert_never

from kxsms.domain.content import InvalidContent
from kxsms.domain.mobile import InvalidMobile, SeveralMobiles
from kxsms.domain.placeholders import LeftoverPlaceholder
from kxsms.domain.plan import Problem, count_invalid, listed_problems
from kxsms.domain.template import DamagedValue, EmptyValue
from kxsms.errors import InputError, LimitReached
from kxsms.language import mark, plural, tr
from kxsms.sending.text_rules import NotApproved
from kxsms.source.rows import Source
from kxsms.source.table import LongRow

_LISTED = 100
_HOW_TO_APPROVE = mark(
    "correct the text, or run kxsms template add with the template that the vendor approved"
)

INVALID = (
    LongRow,
    InvalidMobile,
    InvalidContent,
    EmptyValue,
    DamagedValue,
    LeftoverPlaceholder,
    NotApproved,
)
"""The errors that make a row invalid."""

RowError = (
    LongRow | InvalidMobile | InvalidContent | EmptyValue | DamagedValue | LeftoverPlaceholder | NotApproved
)


class RowProblems:
    """The invalid rows of one source. `listed` holds the first ones, `count` is the number of all."""

    def __init__(self, source: Source) -> None:
        self.listed: list[Problem] = []
        self.count = 0
        self._source = source
        self._kinds: set[type[RowError]] = set()
        self._only_text: NotApproved | None = None

    def add(self, line: int | None, fields: Sequence[str], reason: RowError) -> str:
        """Count an invalid row, and return what is wrong with it."""
        words = _described(reason, briefly=len(self.listed) >= _LISTED)
        if isinstance(reason, NotApproved) and not self._source.is_csv:
            self._only_text = reason
            return words
        self.count += 1
        self._kinds.add(type(reason))
        if len(self.listed) < _LISTED:
            mobile = fields[self._source.mobile_column]
            self.listed.append(Problem(self._source.name, line, mobile, words))
        return words

    def refuse(self, rows: int, *, skip_invalid: bool) -> None:
        """Raise InputError if no row is valid, or if one is invalid and `skip_invalid` is not set.

        Raise LimitReached instead if all that is wrong is that texts match no approved template.
        """
        error = LimitReached if self._kinds == {NotApproved} else InputError
        valid, source = rows - self.count, self._source
        if self.count and not skip_invalid:
            if self.count == 1:
                raise error(str(self.listed[0]), self._hint(valid))
            message = count_invalid(self.count, is_csv=source.is_csv)
            raise error(message, self._hint(valid), listed_problems(self.listed, self.count))
        if self._only_text is not None:
            raise LimitReached(tr("the text {reason}", reason=self._only_text), tr(_HOW_TO_APPROVE))
        if not valid and not source.is_csv:
            raise InputError(
                tr("there is no number to send to"), tr("give a MOBILE, or a file with --to-file FILE")
            )
        if not valid:
            if self.count:
                raise error(tr("{name}: there is no valid row", name=source.name))
            raise error(tr("{name}: there is no row under the header", name=source.name))

    def _hint(self, valid: int) -> str:
        if self._kinds == {NotApproved}:
            how = tr(_HOW_TO_APPROVE)
            return tr("{how}, or use --skip-invalid to send to the others", how=how) if valid else how
        if LeftoverPlaceholder in self._kinds:
            return tr("give the text with its placeholders with -m, or use --literal to send it unchanged")
        if DamagedValue in self._kinds:
            return plural(
                "correct it in the file, use --skip-invalid to send to the others, or --trust-values"
                " to send damaged values unchanged",
                "correct them in the file, use --skip-invalid to send to the others, or --trust-values"
                " to send damaged values unchanged",
                self.count,
            )
        if SeveralMobiles in self._kinds and not self._source.is_csv:
            return tr("separate the numbers with spaces; in a file, write each on a line of its own")
        fix = (
            self._source.hint_for_long_rows
            if self._kinds == {LongRow}
            else plural("fix it", "fix them", self.count)
        )
        if valid or self._kinds == {LongRow}:
            return tr("{how}, or use --skip-invalid to send to the others", how=fix) if valid else fix
        if any(issubclass(kind, InvalidMobile) for kind in self._kinds):
            return tr("give mobile numbers of 11 digits that start with 13 to 19")
        return tr("give each row a text that can be sent")


def _described(reason: RowError, *, briefly: bool) -> str:
    """Return what is wrong with a row; `briefly` for one that no message lists."""
    match reason:
        case NotApproved():
            # To compare a text with every template takes a while; a file may hold a million such texts.
            if briefly:
                return tr("has a text that matches no approved template")
            return tr("has a text that {reason}", reason=reason)
        case EmptyValue():
            return tr("has no value in the column {column!r}", column=reason.column)
        case DamagedValue():
            return tr(
                "has a damaged value in the column {column!r}: {value!r}",
                column=reason.column,
                value=reason.value,
            )
        case LeftoverPlaceholder(column=None):
            return tr("has a text that holds {found!r}, but no column fills it", found=reason.found)
        case LeftoverPlaceholder():
            spelling = f"{{{reason.column}}}"
            return tr(
                "has a text that holds {found!r}; only -m TEXT fills {spelling} from a column",
                found=reason.found,
                spelling=spelling,
            )
        case InvalidContent():
            return tr("has an invalid text: {reason}", reason=reason)
        case InvalidMobile() | LongRow():
            return str(reason)
        case _:
            assert_never(reason)
