"""The targets `csv` and `numbers`: files as kxsms reads them, and as the standard library does."""

import csv
import io
from collections.abc import Iterator

from kxsms.errors import InputError, KxsmsError
from kxsms.source import csv as csvfile
from kxsms.source.file_options import FileOptions
from kxsms.source.numbers import from_lines, text_of
from kxsms.source.opening import open_table
from kxsms.source.table import SourceTable
from tests.planning import rows_of
from tests.soak.mutation import Target
from tests.soak.targets.inputs import Choices, check_error, words

_ENCODINGS = (None, "utf-8", "gb18030", "utf-16", "gbk", "big5", "latin-1", "utf-7")
_DELIMITERS = (None, ",", ";", "\t", "|", "tab")
_AT_A_TIME = (1, 2, 3, 7, 5_000)
_MOST = (None, 0, 1, 4)
_NAME = "stdin"


def check_csv(data: bytes) -> None:
    """Check that a CSV file has the rows and lines that the csv module finds, however it is read in chunks.

    A file that the csv module cannot read must be refused at the same line.
    """
    choices = Choices(data)
    encoding, delimiter = choices.one(_ENCODINGS), choices.one(_DELIMITERS)
    at_a_time, most = choices.one(_AT_A_TIME), choices.one(_MOST)
    body = choices.rest()
    before, csvfile._AT_A_TIME = csvfile._AT_A_TIME, at_a_time
    try:
        with _opened(body, encoding, delimiter) as file:
            _compare(file, body, most)
    except KxsmsError as error:
        check_error(error, f"{_NAME}:", given=len(body))
    finally:
        csvfile._AT_A_TIME = before


def _opened(body: bytes, encoding: str | None, delimiter: str | None) -> SourceTable:
    return open_table("-", lambda: io.BytesIO(body), FileOptions(encoding=encoding, delimiter=delimiter))


def _compare(file: SourceTable, body: bytes, most: int | None) -> None:
    encoding, delimiter = file.read_as
    wanted: list[tuple[int | None, list[str]]] = []
    damage = None
    for line, fields in _one_by_one(body.decode(encoding).removeprefix("\ufeff"), delimiter):
        if fields is None:
            damage = line
            break
        wanted.append((line, fields + [""] * (len(file.header) - len(fields))))
    assert wanted, "kxsms found a header, the csv module did not"
    assert tuple(field.strip() for field in wanted[0][1]) == file.header
    rows = wanted[1:] if most is None else wanted[1 : 1 + most]
    if damage is not None and (most is None or len(rows) < most):
        try:
            rows_of(file, most)
        except InputError as error:
            check_error(error, f"{_NAME}:{damage}: ")
        else:
            raise AssertionError(f"the damage in line {damage} was not noticed")
    elif damage is None:
        assert [tuple(row) for row in rows_of(file, most)] == rows
        for _, fields in rows:
            "".join(fields).encode()  # the ledger stores only valid UTF-8


def _one_by_one(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Yield the rows that are not blank, each with its line; None in place of a damaged row."""
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=delimiter != " "
    )
    line = 1
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, None
            return
        if any(field.strip() for field in fields):
            yield line, fields
        line = reader.line_num + 1


def check_numbers(data: bytes) -> None:
    """Check that a file of numbers has the lines that Python finds in it."""
    try:
        found = list(from_lines(text_of(data, "numbers.txt").text))
    except InputError as error:
        check_error(error, "numbers.txt:", hint=True)
        return
    decoded = _decoded(data)
    assert decoded is not None, "kxsms found lines in data that is not text"
    lines = list(io.StringIO(decoded, newline=None))
    wanted = [(place, line.strip()) for place, line in enumerate(lines, 1)]
    assert found == [(place, line) for place, line in wanted if line]


def _decoded(data: bytes) -> str | None:
    """Return the text of a file in one of the encodings that kxsms recognises."""
    marked = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}.get(data[:2])
    for encoding in (marked,) if marked else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


_ROWS = "mobile,姓名,code\n13812345678,王,1\n+86 139-1234-5678,李,2\n"
_SEEDS = (
    b"\0\0\0\0" + _ROWS.encode(),
    b"\0\0\1\0" + _ROWS.replace("\n", "\r\n").encode("utf-8-sig"),
    b"\2\0\0\1" + _ROWS.encode("gb18030"),
    b"\3\0\2\0" + _ROWS.encode("utf-16"),
    b"\0\2\4\0" + b'mobile;text\r13812345678;"a ""b"";\r\nc"\r\r13912345678;"d\n\n"\r',
    b"\0\3\1\2" + b'\n"mobile"\t"a\nb"\n\n1\t2\n"3\n\r\n4"\t""\n5\t6',
    b'\0\0\4\0mobile,a\n1,"2\n3,4\n5,6\n',
    b'\0\0\4\0mobile,a\n1,"2"3\n4,5\n',
)
_TOKENS = (
    *words('" "" ," , ; | 好 13812345678, 1.38E+10 +2D0-'),
    *(b"\n", b"\r", b"\r\n", b"\n\n", b'"\n', b"\t", b" ", b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"),
    *(b"\x81", b"\xff", "\u2028\x85\x0c".encode(), "好".encode("gb18030"), "😀".encode("utf-16-le")),
    b"13812345678,a,1\n",
)

TARGETS = {
    "csv": Target(check_csv, _SEEDS, _TOKENS),
    "numbers": Target(check_numbers, tuple(seed[4:] for seed in _SEEDS), _TOKENS),
}
