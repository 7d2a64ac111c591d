"""Lists of mobile numbers: a file with one per line, or a table or a workbook with a column of them."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import BinaryIO, NamedTuple

from kxsms.compat import override
from kxsms.domain.mobile import InvalidMobile, normalise, plain_mobiles
from kxsms.domain.plan import Problem, count_invalid, listed_problems
from kxsms.errors import InputError
from kxsms.language import located, mark, tr
from kxsms.source.file_options import FileOptions
from kxsms.source.header import columns_with_mobiles, listed, mobile_column, mobile_columns, mobile_in
from kxsms.source.numbers import escaped
from kxsms.source.opening import open_rows
from kxsms.source.own_export import own_export
from kxsms.source.row_file import RowFile
from kxsms.source.table import LongRow, check_width, is_blank

_FIRST_ROWS = 20
_LISTED = 100
_HINT = mark("write one number per line, or name the column of numbers mobile in the first line")


class ListedNumbers(NamedTuple):
    """Some thousand numbers of a list, and the fields of the row of each."""

    mobiles: list[int]
    fields: Sequence[list[str]]


class NumberList(AbstractContextManager["NumberList"]):
    """An open list of numbers; leaving it as a context closes the file.

    A header is a first row that names a column of mobile numbers. Without one, the numbers are in the only
    column that holds any. `problems` are the first invalid lines, `invalid` is the number of all; both are
    known when the numbers have been read.
    """

    def __init__(self, file: RowFile) -> None:
        """Find the column of numbers. Raise InputError if it is missing or ambiguous."""
        self._file = file
        self.name, self.guessed_encoding = escaped(file.name), file.guessed_encoding
        self.problems: list[Problem] = []
        self.invalid = 0
        self.header: tuple[str, ...] = ()
        self._header_line, self._column, self._columns = 0, 0, [""]
        first = [row for rows in islice(file.rows(), 1) for row in zip(*rows, strict=True)]
        found = [(line, fields) for line, fields in first if not is_blank(fields)][:_FIRST_ROWS]
        if found:
            self._find_column(found)

    @override
    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _find_column(self, rows: Sequence[tuple[int, list[str]]]) -> None:
        line, fields = next((row for row in rows if _is_header(row[1])), rows[0])
        where = escaped(self._file.where(line))
        self._columns = fields
        if _is_header(fields):
            if line != rows[0][0]:
                raise InputError(
                    located(where, tr("the header seems to be in this line, not in the first one")),
                    tr("delete the lines above"),
                )
            self.header = tuple(field.strip() for field in fields)
            self._header_line = line
            self._column = mobile_column(where, self.header, None)
            return
        found = columns_with_mobiles([fields for _, fields in rows])
        if len(found) > 1:
            names = [str(number) for number in range(1, found[-1] + 2)]
            columns = listed(names, found)
            raise InputError(
                located(self.name, tr("mobile numbers are in several columns: {columns}", columns=columns)),
                tr(_HINT),
            )
        if not found and len(fields) > 1:
            raise InputError(
                located(self.name, tr("no column of the first rows holds a mobile number")), tr(_HINT)
            )
        self._column = found[0] if found else 0

    def numbers(self) -> Iterator[ListedNumbers]:
        """Yield the valid numbers, some thousand at a time. Raise InputError for a damaged row."""
        for found in self._file.rows():
            first = bisect_right(found.lines, self._header_line)
            lines, rows = found.lines[first:], found.fields[first:]
            mobiles = None  # a loop over rows takes three times as long
            if set(map(len, rows)) == {len(self._columns)}:
                mobiles = plain_mobiles([fields[self._column] for fields in rows])
            yield self._one_by_one(lines, rows) if mobiles is None else ListedNumbers(mobiles, rows)

    def _one_by_one(self, lines: Sequence[int], rows: Sequence[list[str]]) -> ListedNumbers:
        mobiles, valid = list[int](), list[list[str]]()
        for line, fields in zip(lines, rows, strict=True):
            if is_blank(fields):
                continue
            widened = fields + [""] * (len(self._columns) - len(fields))
            try:
                check_width(widened, self._columns)
                mobiles.append(int(normalise(widened[self._column])))
                valid.append(widened)
            except (InvalidMobile, LongRow) as reason:
                self.invalid += 1
                if len(self.problems) < _LISTED:
                    self.problems.append(Problem(self.name, line, widened[self._column], str(reason)))
        return ListedNumbers(mobiles, valid)

    def refuse_invalid(self, others: str = "") -> None:
        """Raise InputError if a line is invalid. `others` says in the hint what may be done instead."""
        if self.invalid == 1:
            raise InputError(str(self.problems[0]), tr("correct it{others}", others=others))
        if self.invalid:
            message = count_invalid(self.invalid, is_csv=False)
            lines = listed_problems(self.problems, self.invalid)
            raise InputError(located(self.name, message), tr("correct them{others}", others=others), lines)

    def warn_of_invalid(self, warn: Callable[[str, str | None, Sequence[str]], None]) -> None:
        """Warn of the lines that were skipped because they are invalid."""
        if self.invalid:
            skipped = count_invalid(self.invalid, is_csv=False)
            warn(
                located(self.name, tr("skipped {invalid}", invalid=skipped)),
                None,
                listed_problems(self.problems, self.invalid),
            )


def open_numbers(path: str, stdin: Callable[[], BinaryIO], note: Callable[[str], None]) -> NumberList:
    """Open a list of numbers; `-` is stdin. Call `note` with what a person should know of the file.

    The hidden rows of a workbook are in the list. Raise InputError if the file cannot be read.
    """
    options = FileOptions(hidden_rows="include")

    def make(file: RowFile) -> NumberList:
        return NumberList(own_export(file, note))

    try:
        found = open_rows(path, stdin, options, note, make, mark("a list of numbers"), takes_json=True)
    except InputError as error:
        if error.hint and "--" in error.hint:  # of options that only other commands have
            raise InputError(error.message, tr(_HINT), error.details) from None
        raise
    if found.guessed_encoding is not None:
        note(tr("read {name} as {encoding}", name=found.name, encoding=found.guessed_encoding))
    return found


def _is_header(fields: Sequence[str]) -> bool:
    return bool(mobile_columns(fields)) and mobile_in(fields) is None
