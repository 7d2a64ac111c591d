"""CSV files: their rows in any usual encoding, delimiter and newline; errors name the line."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice
from typing import TYPE_CHECKING, BinaryIO

from kxsms.errors import InputError
from kxsms.language import located, mark, reason_of, tr
from kxsms.source.detection import FoundEncoding, announced_delimiter, likely_delimiter
from kxsms.source.row_file import FileRows

if TYPE_CHECKING:
    import _csv

_AT_A_TIME = 5_000
_LINE_END = re.compile(r"\r\n|\r|\n")
# Words in the csv module's message, ours, and our hint.
_DAMAGES = (
    ("end of data", mark("a quote opens in this row and is never closed"), None),
    (
        "expected after",
        mark("text after a closing quote"),
        mark('write a quote inside a quoted field as ""'),
    ),
    (
        "field limit",
        mark("a field of this row is too long"),
        mark("check for a quote that is never closed"),
    ),
)


class CsvFile:
    """An open CSV file: a `RowFile`. `digest` is the SHA-256 of its bytes.

    Lines above `header_row` are skipped unread: quotes and delimiters in them mean nothing. So is a first
    line that names the delimiter, such as `sep=;`.
    """

    def __init__(
        self,
        name: str,
        file: BinaryIO,
        found: FoundEncoding,
        delimiter: str | None,
        digest: bytes,
        header_row: int | None = None,
    ) -> None:
        self.name, self.encoding, self.digest = name, found.name, digest
        self.guessed_encoding = found.guess
        self._file = file
        self._text: io.TextIOWrapper | None = None
        self._above = 0
        announced = announced_delimiter(self._from_start().read(1 << 16))
        self._above = max((header_row or 1) - 1, int(announced is not None))
        self.delimiter = delimiter or announced or likely_delimiter(self._from_start().read(1 << 16))
        self.read_as: tuple[str, ...] = (self.encoding, self.delimiter)
        separator = "a tab" if self.delimiter == "\t" else repr(self.delimiter)
        self.hint_for_long_rows = tr("put a field that contains {separator} in quotes", separator=separator)

    def close(self) -> None:
        """Close the file, and delete it if it is temporary."""
        (self._text or self._file).close()

    def where(self, line: int) -> str:
        """Return the place of a line for a message: `people.csv:3`."""
        return f"{self.name}:{line}"

    def rows(self) -> Iterator[FileRows]:
        """Yield every row, blank ones too, some thousand at a time.

        A second call starts again at the top and ends the first one. Raise InputError for a damaged row,
        after the rows above it.
        """
        reader = self._reader()
        line, read = 1 + self._above, 0
        while True:
            try:
                found = list(islice(reader, _AT_A_TIME))
            except (csv.Error, UnicodeError, OSError):
                yield from self._up_to_damage(read)
                return
            if not found:
                return
            last = reader.line_num + self._above
            yield FileRows(_lines(found, line, last), found)
            line, read = last + 1, read + len(found)

    def _up_to_damage(self, read: int) -> Iterator[FileRows]:
        """Read the file again, row by row; yield the rows after the first `read`, and raise InputError."""
        reader = self._reader()
        lines, rows, line = list[int](), list[list[str]](), 1 + self._above
        try:
            for number, fields in enumerate(reader):
                if number >= read:
                    lines.append(line)
                    rows.append(fields)
                line = reader.line_num + self._above + 1
        except (csv.Error, UnicodeError, OSError) as error:
            yield FileRows(lines, rows)
            raise self._damage(error, line, reader.line_num + self._above) from None

    def _reader(self) -> "_csv.Reader":
        # With blanks as the delimiter, it would drop empty fields.
        skips_blank = self.delimiter != " "
        return csv.reader(
            self._from_start(), delimiter=self.delimiter, strict=True, skipinitialspace=skips_blank
        )

    def _from_start(self) -> io.TextIOWrapper:
        if self._text is not None:
            self._text.detach()
        self._file.seek(0)
        self._text = io.TextIOWrapper(self._file, self.encoding, newline="")
        if self._text.read(1) != "\ufeff":
            self._text.seek(0)
        for _ in range(self._above):
            if not self._text.readline():
                break
        return self._text

    def _damage(self, error: Exception, line: int, last: int) -> InputError:
        message = reason_of(error) if isinstance(error, OSError) else str(error)
        problem, hint = next(
            ((tr(problem), hint) for words, problem, hint in _DAMAGES if words in message), (message, None)
        )
        if "expected after" in message and last != line:
            problem = tr("{problem}, in line {last}", problem=problem, last=last)
        return InputError(located(self.where(line), problem), hint and tr(hint))


def _lines(rows: Sequence[Sequence[str]], first: int, last: int) -> Sequence[int]:
    """Return the line on which each row begins; together they fill the lines from `first` to `last`."""
    if last - first + 1 == len(rows):
        return range(first, last + 1)
    heights = (1 + sum(len(_LINE_END.findall(field)) for field in fields) for fields in rows[:-1])
    return list(accumulate(heights, initial=first))
