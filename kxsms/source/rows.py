"""Where recipients and their texts come from: arguments, a list of numbers, or a CSV file."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kxsms.domain.template import InvalidTemplate, MissingColumn, Render, compile_template
from kxsms.errors import InputError, UsageError
from kxsms.source.csv import CsvFile, Rows, content_column, mobile_column
from kxsms.source.numbers import escaped, from_arguments, from_lines


@dataclass(frozen=True)
class Source:
    """What gives rows, at most so many; the column that has the number; and what makes the rows' texts.

    `digest` is one of all that the rows and their texts are made of, where that can be had before they are
    read.
    """

    name: str
    is_csv: bool
    columns: tuple[str, ...]
    mobile_column: int
    rows: Callable[[int | None], Iterator[Rows]]
    render: Render
    digest: bytes | None = None


def numbers_source(arguments: Sequence[str], lines: bytes | None, name: str | None, text: str) -> Source:
    """One text to the numbers of the command line and those in the lines of a file, `name`."""

    def rows(most: int | None) -> Iterator[Rows]:
        given: list[tuple[int | None, str]] = [(None, argument) for argument in from_arguments(arguments)]
        if lines is not None and name is not None:
            given += from_lines(lines, name)
        given = given[:most]
        yield Rows([line for line, _ in given], [[number] for _, number in given])

    return Source(escaped(name or "arguments"), False, ("mobile",), 0, rows, lambda rows: [text] * len(rows))


def csv_source(file: CsvFile, template: str | None, column: str | None) -> Source:
    """The rows of a CSV file, each with its own text or with one that the template makes of it.

    Raises InputError or UsageError where it is not clear which column is which or what the text is.
    """
    mobile = mobile_column(file, column)
    content = content_column(file)
    render = _own_text(content) if content is not None else None
    if template is not None:
        render = _rendered(file, template, content)
    if render is None:
        raise UsageError(
            "there is no text to send", "-m TEMPLATE, --message-file FILE, or a column named content"
        )
    digest = hashlib.sha256(file.digest)
    digest.update(repr((file.encoding, file.delimiter, mobile, template)).encode("utf-8", "surrogatepass"))
    return Source(escaped(file.name), True, file.header, mobile, file.rows, render, digest.digest())


def _own_text(column: int) -> Render:
    return lambda rows: [fields[column] for fields in rows]


def _rendered(file: CsvFile, text: str, content: int | None) -> Render:
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
