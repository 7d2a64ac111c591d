"""Reads the CSV files that people have: any usual encoding, delimiter and newline, damage named by line."""

import csv
import hashlib
import io
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from itertools import accumulate, islice
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, NamedTuple, NoReturn, cast

from kxsms.compat import override
from kxsms.domain.template import find_column
from kxsms.errors import InputError
from kxsms.source.detection import encoding_of, likely_delimiter, named_delimiter, text_encoding

MOBILE_NAMES = ("mobile", "phone", "tel", "手机", "手机号", "手机号码")
CONTENT_NAMES = ("content", "内容", "短信内容")

_AT_A_TIME = 5_000
_LINE_END = re.compile(r"\r\n|\r|\n")
# What the csv module says, what we say, and a hint.
_DAMAGES = (
    ("end of data", "a quote opens in this row and is never closed", None),
    ("expected after", "text after a closing quote", 'a quote inside a quoted field is written ""'),
    ("field limit", "a field of this row is too long", "probably a quote that is never closed"),
)


class Rows(NamedTuple):
    """Some rows that are not blank: the fields of each, and the file's line on which it begins, from 1, or
    None for what comes from no file."""

    lines: Sequence[int | None]
    fields: Sequence[list[str]]


class CsvFile(AbstractContextManager["CsvFile"]):
    """An open CSV file, made by `open_csv`; a context manager. `digest` is the SHA-256 of its bytes."""

    def __init__(self, name: str, file: BinaryIO, encoding: str, delimiter: str | None, digest: bytes):
        self.name, self.encoding, self.digest = name, encoding, digest
        self._file = file
        self._text: io.TextIOWrapper | None = None
        self.delimiter = delimiter or likely_delimiter(self._from_the_top().read(1 << 16))
        self.header = self._read_header()

    @override
    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a temporary one is gone then."""
        (self._text or self._file).close()

    def column(self, name: str) -> int | None:
        """The index of a column: by its exact name, else without regard to case."""
        return find_column(self.header, name.strip())

    def rows(self, most: int | None = None) -> Iterator[Rows]:
        """The rows that are not blank, or so many of them, from the top, some thousand at a time; a second
        call ends the first. Raises InputError."""
        reader = csv.reader(self._from_the_top(), delimiter=self.delimiter, strict=True)
        left = most
        try:
            while _is_blank(next(reader)):
                pass  # up to the header, which has been read
            while left != 0:
                line = reader.line_num + 1
                found = list(islice(reader, _AT_A_TIME if left is None else min(left, _AT_A_TIME)))
                if not found:
                    return
                rows = self._checked(Rows(_lines(found, line, reader.line_num), found))
                left = None if left is None else left - len(rows.lines)
                yield rows
        except (csv.Error, UnicodeError, OSError) as error:
            self._damaged_somewhere(error)

    def _checked(self, rows: Rows) -> Rows:
        """The rows without blank ones. Raises InputError for one that is too short or too long."""
        width = len(self.header)
        # A million rows pay for whatever stands here, but most files have nothing to be dropped.
        if set(map(len, rows.fields)) == {width} and all(map(str.strip, map(itemgetter(0), rows.fields))):
            return rows
        kept = [row for row in zip(*rows, strict=True) if not _is_blank(row[1])]
        for line, fields in kept:
            self._check_width(line, fields)
        return Rows([line for line, _ in kept], [fields for _, fields in kept])

    def _check_width(self, line: int | None, fields: Sequence[str]) -> None:
        width = len(self.header)
        if len(fields) != width:
            found = f"{len(fields):,} field{'s' if len(fields) > 1 else ''}"
            delimiter = "a tab" if self.delimiter == "\t" else repr(self.delimiter)
            hint = f"a field that holds {delimiter} has to stand in quotes"
            if len(fields) < width:
                hint = "give each row as many fields as the header, empty ones too"
            raise InputError(f"{self.name}:{line}: {found}, but the header has {width:,}", hint)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """The rows that are not blank, the header among them, one by one, each with its line."""
        reader = csv.reader(self._from_the_top(), delimiter=self.delimiter, strict=True)
        line = 1
        try:
            for fields in reader:
                if not _is_blank(fields):
                    yield line, fields
                line = reader.line_num + 1
        except (csv.Error, UnicodeError, OSError) as error:
            self._damaged(error, line, reader.line_num)

    def _damaged_somewhere(self, error: Exception) -> NoReturn:
        """Find the row in which an error came, or whatever is wrong before it, and raise InputError."""
        for line, fields in self._records():
            self._check_width(line, fields)
        raise InputError(f"{self.name}: {error}") from None

    def _from_the_top(self) -> io.TextIOWrapper:
        if self._text is not None:
            self._text.detach()
        self._file.seek(0)
        self._text = io.TextIOWrapper(self._file, self.encoding, newline="")
        if self._text.read(1) != "\ufeff":
            self._text.seek(0)
        return self._text

    def _read_header(self) -> tuple[str, ...]:
        row = next(self._records(), None)
        if row is None:
            raise InputError(f"{self.name}: is empty", "the first line has to name the columns")
        line, fields = row
        header = tuple(field.strip() for field in fields)
        for index, column in enumerate(header):
            if not column or column in header[:index]:
                what = f"the header names {column!r} twice" if column else f"column {index + 1} has no name"
                raise InputError(f"{self.name}:{line}: {what}", "give each column a name of its own")
        return header

    def _damaged(self, error: Exception, line: int, last: int) -> NoReturn:
        said = str(error.strerror if isinstance(error, OSError) else error)
        what, hint = next(((what, hint) for sign, what, hint in _DAMAGES if sign in said), (said, None))
        if "expected after" in said and last != line:
            what += f", in line {last}"
        raise InputError(f"{self.name}:{line}: {what}", hint) from None


def _is_blank(fields: Sequence[str]) -> bool:
    return not "".join(fields).strip()


def _lines(rows: Sequence[Sequence[str]], first: int, last: int) -> Sequence[int]:
    """The lines on which rows begin that take up the lines from the first to the last."""
    if last - first + 1 == len(rows):
        return range(first, last + 1)
    heights = (1 + sum(len(_LINE_END.findall(field)) for field in fields) for fields in rows[:-1])
    return list(accumulate(heights, initial=first))


def open_csv(
    path: str, stdin: Callable[[], BinaryIO], *, encoding: str | None = None, delimiter: str | None = None
) -> CsvFile:
    """Open a CSV file; `-` is stdin. Raises InputError for what it holds, UsageError for the options."""
    name = "stdin" if path == "-" else path
    codec = None if encoding is None else text_encoding(encoding)
    character = None if delimiter is None else named_delimiter(delimiter)
    with ExitStack() as stack:
        try:
            file = stack.enter_context(_opened(path, stdin))
            # mypy: a BinaryIO does not promise the readinto that every file has.
            digest = hashlib.file_digest(cast("io.BufferedReader", file), "sha256").digest()
            csv_file = CsvFile(name, file, encoding_of(file, name, codec), character, digest)
        except OSError as error:
            raise InputError(
                f"{name}: {error.strerror or error}", "name a CSV file, or - for stdin"
            ) from None
        stack.pop_all()
        return csv_file


def mobile_column(file: CsvFile, named: str | None) -> int:
    """The index of the column of numbers. Raises InputError if it is not clear which that is."""
    columns = "the columns are " + ", ".join(map(repr, file.header))
    if named is not None:
        index, what, hint = file.column(named), f"there is no column {named!r}", columns
    else:
        index = _only(file, MOBILE_NAMES, "numbers", "choose one with --mobile-column NAME")
        what, hint = "there is no column of mobile numbers", f"name it with --mobile-column NAME; {columns}"
    if index is None:
        raise InputError(f"{file.name}: {what}", hint)
    return index


def content_column(file: CsvFile) -> int | None:
    """The index of the column of texts, if there is one. Raises InputError for several."""
    return _only(file, CONTENT_NAMES, "texts", "rename all but one")


def _only(file: CsvFile, aliases: Sequence[str], what: str, hint: str) -> int | None:
    found = [column for column in file.header if column.casefold() in aliases]
    if len(found) > 1:
        raise InputError(f"{file.name}: several columns of {what}: {', '.join(map(repr, found))}", hint)
    return file.header.index(found[0]) if found else None


def _opened(path: str, stdin: Callable[[], BinaryIO]) -> BinaryIO:
    """A file that can be read twice: a pipe is copied to a temporary one."""
    with ExitStack() as on_error:
        source = stdin() if path == "-" else on_error.enter_context(Path(path).open("rb"))
        file = source
        if path == "-" or not Path(path).is_file():
            file = cast("BinaryIO", on_error.enter_context(tempfile.TemporaryFile()))
            shutil.copyfileobj(source, file, 1 << 20)
            file.seek(0)
            if path != "-":
                source.close()
        on_error.pop_all()
        return file
