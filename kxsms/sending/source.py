"""Where recipients and their texts come from: arguments, a list of numbers, or a CSV file."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kxsms.domain.template import InvalidTemplate, MissingColumn, compile_template
from kxsms.errors import InputError, UsageError
from kxsms.sending.csvfile import CsvFile, content_column, mobile_column
from kxsms.sending.numbers import escaped, from_arguments, from_lines

Row = tuple[int | None, Sequence[str]]
"""One recipient as it was given: the line and its fields, or an argument, which has no line."""


@dataclass(frozen=True)
class Source:
    """Rows, the column that has the number, and what makes a row's text.

    `digest` is one of all that the rows and their texts are made of, where that can be had before they are
    read.
    """

    name: str
    is_csv: bool
    columns: tuple[str, ...]
    mobile_column: int
    rows: Callable[[], Iterator[Row]]
    text_of: Callable[[Sequence[str]], str]
    digest: bytes | None = None


def numbers_source(arguments: Sequence[str], lines: bytes | None, name: str | None, text: str) -> Source:
    """One text to the numbers of the command line and those in the lines of a file, `name`."""

    def rows() -> Iterator[Row]:
        for argument in from_arguments(arguments):
            yield None, (argument,)
        if lines is not None and name is not None:
            for line, number in from_lines(lines, name):
                yield line, (number,)

    return Source(escaped(name or "arguments"), False, ("mobile",), 0, rows, lambda fields: text)


def csv_source(file: CsvFile, template: str | None, column: str | None) -> Source:
    """The rows of a CSV file, each with its own text or with one that the template makes of it.

    Raises InputError or UsageError where it is not clear which column is which or what the text is.
    """
    mobile = mobile_column(file, column)
    content = content_column(file)
    text_of = _own_text(content) if content is not None else None
    if template is not None:
        text_of = _rendered(file, template, content)
    if text_of is None:
        raise UsageError(
            "there is no text to send", "-m TEMPLATE, --message-file FILE, or a column named content"
        )
    digest = hashlib.sha256(file.digest)
    digest.update(repr((file.encoding, file.delimiter, mobile, template)).encode("utf-8", "surrogatepass"))
    return Source(escaped(file.name), True, file.header, mobile, file.rows, text_of, digest.digest())


def _own_text(column: int) -> Callable[[Sequence[str]], str]:
    return lambda fields: fields[column]


def _rendered(file: CsvFile, text: str, content: int | None) -> Callable[[Sequence[str]], str]:
    try:
        template = compile_template(text)
        render = template.bind(file.header)
    except InvalidTemplate as reason:
        raise InputError(f"the text is no template: {reason}") from None
    except MissingColumn as missing:
        columns = ", ".join(repr(name) for name in file.header)
        raise InputError(
            f"{file.name}:1: there is no column {missing.column!r} for the text's {{{missing.column}}}",
            f"the columns are {columns}; {{{{ and }}}} stand for braces",
        ) from None
    if content is not None and file.header[content] not in template.columns:
        raise UsageError(
            f"there are two texts to send: the one given, and the column {file.header[content]!r}",
            f"leave the text out, or put {{{file.header[content]}}} into it",
        )
    return render
