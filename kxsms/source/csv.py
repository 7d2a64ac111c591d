"""CSV files as tables: any usual encoding, delimiter and newline; errors name the line."""

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
from typing import BinaryIO, NoReturn, cast

from kxsms.compat import override
from kxsms.domain.words import counted
from kxsms.errors import InputError
from kxsms.source.detection import encoding_of, likely_delimiter, named_delimiter, text_encoding
from kxsms.source.header import column_names
from kxsms.source.table import Rows

_AT_A_TIME = 5_000
_LINE_END = re.compile(r"\r\n|\r|\n")
# Words in the csv module's message, ours, and our hint.
_DAMAGES = (
    ("end of data", "a quote opens in this row and is never closed", None),
    ("expected after", "text after a closing quote", 'write a quote inside a quoted field as ""'),
    ("field limit", "a field of this row is too long", "check for a quote that is never closed"),
)


class CsvFile(AbstractContextManager["CsvFile"]):
    """An open CSV file: a `Table`, and a context manager. `open_csv` makes it."""

    def __init__(self, name: str, file: BinaryIO, encoding: str, delimiter: str | None, digest: bytes):
        self.name, self.encoding, self.digest = name, encoding, digest
        self._file = file
        self._text: io.TextIOWrapper | None = None
        self.delimiter = delimiter or likely_delimiter(self._from_start().read(1 << 16))
        self.read_as: tuple[str, ...] = (encoding, self.delimiter)
        self.header_line, self.header = self._read_header()

    @override
    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, and delete it if it is temporary."""
        (self._text or self._file).close()

    def where(self, line: int) -> str:
        """Return the place of a line for a message: `people.csv:3`."""
        return f"{self.name}:{line}"

    def rows(self, limit: int | None = None) -> Iterator[Rows]:
        """Yield the rows that are not blank, some thousand at a time, at most `limit`.

        A second call starts again at the top and ends the first one. Raise InputError for a damaged row.
        """
        reader = csv.reader(self._from_start(), delimiter=self.delimiter, strict=True)
        left = limit
        try:
            while _is_blank(next(reader)):
                pass  # blank lines before the header, and the header itself
            while left != 0:
                line = reader.line_num + 1
                found = list(islice(reader, _AT_A_TIME if left is None else min(left, _AT_A_TIME)))
                if not found:
                    return
                rows = self._without_blank(_lines(found, line, reader.line_num), found)
                left = None if left is None else left - len(rows.lines)
                yield rows
        except (csv.Error, UnicodeError, OSError) as error:
            self._raise_first_damage(error)

    def _without_blank(self, lines: Sequence[int], rows: list[list[str]]) -> Rows:
        """Return the rows without blank ones. Raise InputError for one that is too short or too long."""
        width = len(self.header)
        # Most files have no row to drop; this test of all rows at once saves a loop over a million.
        if set(map(len, rows)) == {width} and all(map(str.strip, map(itemgetter(0), rows))):
            return Rows(lines, rows)
        kept = [(line, fields) for line, fields in zip(lines, rows, strict=True) if not _is_blank(fields)]
        for line, fields in kept:
            self._check_width(line, fields)
        return Rows([line for line, _ in kept], [fields for _, fields in kept])

    def _check_width(self, line: int, fields: Sequence[str]) -> None:
        width = len(self.header)
        if len(fields) != width:
            delimiter = "a tab" if self.delimiter == "\t" else repr(self.delimiter)
            hint = f"put a field that contains {delimiter} in quotes"
            if len(fields) < width:
                hint = "give each row as many fields as the header, empty ones too"
            found = counted(len(fields), "field")
            raise InputError(f"{self.where(line)}: {found}, but the header has {width:,}", hint)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that are not blank one by one, each with its line, starting with the header."""
        reader = csv.reader(self._from_start(), delimiter=self.delimiter, strict=True)
        line = 1
        try:
            for fields in reader:
                if not _is_blank(fields):
                    yield line, fields
                line = reader.line_num + 1
        except (csv.Error, UnicodeError, OSError) as error:
            self._raise_damage(error, line, reader.line_num)

    def _raise_first_damage(self, error: Exception) -> NoReturn:
        """Read the file again, row by row, and raise InputError for the first damaged row."""
        for line, fields in self._records():
            self._check_width(line, fields)
        raise InputError(f"{self.name}: {error}") from None

    def _from_start(self) -> io.TextIOWrapper:
        if self._text is not None:
            self._text.detach()
        self._file.seek(0)
        self._text = io.TextIOWrapper(self._file, self.encoding, newline="")
        if self._text.read(1) != "\ufeff":
            self._text.seek(0)
        return self._text

    def _read_header(self) -> tuple[int, tuple[str, ...]]:
        row = next(self._records(), None)
        if row is None:
            raise InputError(f"{self.name}: the file is empty", "name the columns in the first line")
        line, fields = row
        return line, column_names(fields, self.where(line))

    def _raise_damage(self, error: Exception, line: int, last: int) -> NoReturn:
        message = str(error.strerror if isinstance(error, OSError) else error)
        problem, hint = next(
            ((problem, hint) for words, problem, hint in _DAMAGES if words in message), (message, None)
        )
        if "expected after" in message and last != line:
            problem += f", in line {last}"
        raise InputError(f"{self.where(line)}: {problem}", hint) from None


def _is_blank(fields: Sequence[str]) -> bool:
    return not "".join(fields).strip()


def _lines(rows: Sequence[Sequence[str]], first: int, last: int) -> Sequence[int]:
    """Return the line on which each row begins; together they fill the lines from `first` to `last`."""
    if last - first + 1 == len(rows):
        return range(first, last + 1)
    heights = (1 + sum(len(_LINE_END.findall(field)) for field in fields) for fields in rows[:-1])
    return list(accumulate(heights, initial=first))


def open_csv(
    path: str, stdin: Callable[[], BinaryIO], *, encoding: str | None = None, delimiter: str | None = None
) -> CsvFile:
    """Open a CSV file; `-` is stdin.

    Raise InputError if it cannot be read or is not a CSV, UsageError for an invalid encoding or delimiter.
    """
    name = "stdin" if path == "-" else path
    codec = None if encoding is None else text_encoding(encoding)
    character = None if delimiter is None else named_delimiter(delimiter)
    with ExitStack() as stack:
        try:
            file = stack.enter_context(_open_seekable(path, stdin))
            # mypy: a BinaryIO does not promise the readinto that every file has.
            digest = hashlib.file_digest(cast("io.BufferedReader", file), "sha256").digest()
            csv_file = CsvFile(name, file, encoding_of(file, name, codec), character, digest)
        except OSError as error:
            raise InputError(
                f"{name}: {error.strerror or error}", "name a CSV file, or - for stdin"
            ) from None
        stack.pop_all()
        return csv_file


def _open_seekable(path: str, stdin: Callable[[], BinaryIO]) -> BinaryIO:
    """Open a file that can be read twice; a pipe is copied to a temporary file."""
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
