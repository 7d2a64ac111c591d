"""Sources of a send: where its rows come from, and what the rows mean."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kxsms.domain.template import Render
from kxsms.errors import InputError, UsageError
from kxsms.source.detection import unusual_delimiter
from kxsms.source.header import content_column, mobile_column
from kxsms.source.numbers import escaped, from_lines, text_of
from kxsms.source.table import Rows, SourceTable
from kxsms.source.texts import TextOptions, own_texts, rendered

MOST_SINGLE_NUMBERS = 10
"""Numbers on a command line that are sent to at once, without a question."""


@dataclass(frozen=True)
class Source:
    """Rows to send to: the column that holds their mobile numbers, and how they become texts.

    `is_batch`: it is a file, or more than a few numbers, and so is confirmed before it is sent, and is not
    sent twice. `rows` takes the greatest number of rows to give. `digest` covers everything that the rows and
    their texts are made of; it is None where that is not known before the rows are read. `given` is the text
    or template as the user gave it, `template` the template with its signature; None where a row has its own.
    `guessed_encoding` is the encoding of the file if neither the file nor the user names it and it is not
    UTF-8.
    """

    name: str
    is_csv: bool
    columns: tuple[str, ...]
    mobile_column: int
    rows: Callable[[int | None], Iterator[Rows]]
    render: Render
    digest: bytes | None = None
    is_batch: bool = False
    given: str | None = None
    template: str | None = None
    guessed_encoding: str | None = None


def numbers_source(
    arguments: Sequence[str], lines: bytes | None, name: str | None, text: str, given: str | None = None
) -> Source:
    """Return a source of one text to the numbers of the command line and of the file `name`.

    `text` is ready to be sent, `given` is what the user wrote. Raise InputError if the encoding of the file
    is unknown or in doubt.
    """
    listed = None if lines is None or name is None else text_of(lines, name)

    def rows(limit: int | None) -> Iterator[Rows]:
        numbers: list[tuple[int | None, str]] = [(None, escaped(argument)) for argument in arguments]
        if listed is not None:
            numbers += from_lines(listed.text)
        numbers = numbers[:limit]
        yield Rows([line for line, _ in numbers], [[number] for _, number in numbers])

    is_batch = lines is not None or len(arguments) > MOST_SINGLE_NUMBERS
    return Source(
        escaped(name or "arguments"),
        is_csv=False,
        columns=("mobile",),
        mobile_column=0,
        rows=rows,
        render=lambda rows: [text] * len(rows),
        is_batch=is_batch,
        given=given,
        guessed_encoding=None if listed is None else listed.guessed_encoding,
    )


def table_source(table: SourceTable, text: str | None, named: str | None, options: TextOptions) -> Source:
    """Return the rows of a table as a source: each with its own text, or with one made from a template.

    `named` is the column of mobile numbers, if the user named it. Raise InputError or UsageError if the
    column of numbers or the text is missing or ambiguous.
    """
    try:
        mobile = mobile_column(table.name, table.header, named)
    except InputError:
        separator = unusual_delimiter(table.header)
        if separator is None:
            raise
        problem = f"the header is one column, {table.header[0]!r}"
        hint = f"if {separator!r} separates the columns, use --delimiter {separator!r}"
        raise InputError(f"{table.where(table.header_line)}: {problem}", hint) from None
    content = content_column(table.name, table.header)
    template = None
    if text is not None:
        template, render = rendered(table, text, options)
        if content is not None and table.header[content] not in template.columns:
            name = table.header[content]
            raise UsageError(
                f"there are two texts to send: the one given, and the column {name!r}",
                f"omit the text, or put {{{name}}} into it",
            )
    elif content is not None:
        render = own_texts(table, content, options)
    else:
        raise UsageError(
            "there is no text to send", "give -m TEMPLATE, --message-file FILE, or a column named content"
        )
    digest = hashlib.sha256(table.digest)
    # Options that are not given leave no trace, so that a digest of an earlier release stays the same.
    given = [name for name in ("literal", "trusts_values") if getattr(options, name)]
    digest.update(repr((*table.read_as, mobile, text, *given)).encode("utf-8", "surrogatepass"))
    return Source(
        escaped(table.name),
        is_csv=True,
        columns=table.header,
        mobile_column=mobile,
        rows=table.rows,
        render=render,
        digest=digest.digest(),
        is_batch=True,
        given=text,
        template=None if template is None or template.is_one_value else template.text,
        guessed_encoding=table.guessed_encoding,
    )
