"""Any table that is written can be read; any bytes are a table or an error that a user understands."""

import csv
import io
import re
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from kxsms.domain.template import compile_template
from kxsms.domain.values import clean_text, clean_value
from kxsms.errors import KxsmsError
from kxsms.source.file_options import FileOptions
from kxsms.source.header import mobile_in
from kxsms.source.opening import open_table
from tests.planning import Row, rows_of

# Without U+FEFF: at the start of a file it is a mark.
_CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=9) | st.text(
    "a好\",;\t\r\n '😀{}", max_size=6
)
_NAME = _CELLS.map(str.strip).filter(lambda name: bool(name) and mobile_in([name]) is None)
_NAMES = st.lists(_NAME, min_size=1, max_size=4, unique=True)
_ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"])
_BRACES = st.text(st.characters(codec="utf-8") | st.sampled_from("{}%"), max_size=30)
_PIECES = [
    b'"',
    b'""',
    b",",
    b";",
    b"\t",
    b"\n",
    b"\r",
    b"\r\n",
    b"\xff",
    b"\x81",
    b"\0",
    b"a",
    b"mobile,b\n1,2\n",
]
_BYTES = st.binary(max_size=60) | st.lists(
    st.sampled_from(
        [*_PIECES, "好".encode(), "好".encode("gb18030"), b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"]
    ),
    max_size=30,
).map(b"".join)


class _Quoting(csv.excel):
    quoting = csv.QUOTE_ALL


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """Return a header and rows of its width."""
    header = draw(_NAMES)
    row = st.lists(_CELLS, min_size=len(header), max_size=len(header))
    return header, draw(st.lists(row, max_size=6))


def written(rows: Sequence[Sequence[str]], delimiter: str, newline: str) -> tuple[str, list[int]]:
    """Return a CSV, and the line on which each of its rows begins."""
    text, lines = io.StringIO(newline=""), []
    # Until Python 3.13, csv.writer quotes only the newlines that end its own lines.
    is_plain = newline == "\r\n" and not any(cell.startswith(" ") for row in rows for cell in row)
    dialect: type[csv.Dialect] = csv.excel if is_plain else _Quoting
    writer = csv.writer(text, dialect, delimiter=delimiter, lineterminator=newline)
    for row in rows:
        lines.append(1 + len(re.findall(r"\r\n|\r|\n", text.getvalue())))
        writer.writerow(row)
    return text.getvalue(), lines


@settings(deadline=None, max_examples=150)
@given(tables(), _ENCODINGS, st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_table_reads_back_the_same_with_its_line_numbers(
    table: tuple[list[str], list[list[str]]], encoding: str, delimiter: str, newline: str
) -> None:
    header, rows = table
    text, lines = written([header, *rows], delimiter, newline)
    # A few bytes may be text in both of these.
    named = encoding if encoding in ("utf-8", "gb18030") else None
    data = io.BytesIO(text.encode(encoding))
    with open_table("-", lambda: data, FileOptions(None, named, delimiter, header_row=1)) as file:
        assert file.header == tuple(header)
        kept = [Row(line, row) for line, row in zip(lines[1:], rows, strict=True) if "".join(row).strip()]
        assert rows_of(file) == kept
        assert rows_of(file) == kept


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.text('ab好\n\r,;\t"', min_size=1, max_size=5), min_size=2, max_size=4),
    st.sampled_from(",;\t"),
)
def test_the_delimiter_is_found_with_any_text_in_quotes(names: list[str], delimiter: str) -> None:
    header = [f"{index}{name}x" for index, name in enumerate(names)]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerow(header)
    data = io.BytesIO(text.getvalue().encode())
    with open_table("-", lambda: data, FileOptions()) as file:
        assert file.read_as[1] == delimiter
        assert file.header == tuple(header)


@settings(deadline=None, max_examples=300)
@given(_BYTES, st.sampled_from([None, "utf-8", "gbk", "utf-16", "big5", "utf-7", "hz"]))
def test_any_bytes_are_rows_or_an_error_for_a_user(data: bytes, encoding: str | None) -> None:
    try:
        with open_table("-", lambda: io.BytesIO(data), FileOptions(encoding=encoding)) as file:
            for row in rows_of(file):
                assert len(row.fields) >= len(file.header)
                assert row.line is not None
                assert row.line > 1
    except KxsmsError as error:
        assert error.message.startswith("stdin:")  # noqa: PT017


@settings(deadline=None, max_examples=100)
@given(_BRACES)
def test_a_text_with_its_braces_doubled_renders_to_itself(text: str) -> None:
    template = compile_template(text.replace("{", "{{").replace("}", "}}"))
    assert template.columns == ()
    assert template.bind(())([[]]) == [clean_text(text)]


@settings(deadline=None, max_examples=100)
@given(st.lists(_BRACES, min_size=1, max_size=4), _BRACES.filter(clean_value), _BRACES.filter(clean_value))
def test_values_are_inserted_as_they_are(texts: list[str], one: str, two: str) -> None:
    doubled = [text.replace("{", "{{").replace("}", "}}") for text in texts]
    assert compile_template("{a}".join(doubled)).bind(("a",), trusts_values=True)([[one]]) == [
        clean_text(clean_value(one).join(texts))
    ]
    both = compile_template("{b}{a}".join(doubled)).bind(("a", "b"), trusts_values=True)
    assert both([[one, two]]) == [clean_text((clean_value(two) + clean_value(one)).join(texts))]
