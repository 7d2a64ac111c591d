"""Sources of a send: where its rows come from, and what the rows mean."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from kxsms.domain.template import Render
from kxsms.domain.words import counted
from kxsms.errors import InputError, UsageError
from kxsms.language import joined, located, tr
from kxsms.source.header import (
    columns_with_mobiles,
    content_columns,
    hint_for_several,
    is_table,
    listed,
    mobile_column,
)
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
    `kept` is the text or template with its signature, as the ledger keeps it.
    `guessed_encoding` is the encoding of the file if neither the file nor the user names it and it is not
    UTF-8. `notes` say what of the file is not used. `hint_for_long_rows` helps where a row has more fields
    than there are columns.
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
    kept: str | None = None
    guessed_encoding: str | None = None
    notes: tuple[str, ...] = ()
    hint_for_long_rows: str = ""


def numbers_source(
    arguments: Sequence[str], lines: bytes | None, name: str | None, text: str, given: str | None = None
) -> Source:
    """Return a source of one text to the numbers of the command line and of the file `name`.

    `text` is ready to be sent, `given` is what the user wrote. Raise InputError if the encoding of the file
    is unknown or in doubt, and if it is a table.
    """
    listed = None if lines is None or name is None else text_of(lines, name)
    if listed is not None and is_table([line for _, line in islice(from_lines(listed.text), 2)]):
        raise InputError(
            tr("{name} is a table with several columns, not a list of numbers", name=name),
            tr("send to its rows with --csv FILE"),
        )

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
        kept=text,
        guessed_encoding=None if listed is None else listed.guessed_encoding,
    )


def table_source(table: SourceTable, text: str | None, named: str | None, options: TextOptions) -> Source:
    """Return the rows of a table as a source: each with its own text, or with one made from a template.

    `named` is the column of mobile numbers, if the user named it. Raise InputError or UsageError if the
    column of numbers or the text is missing or ambiguous.
    """
    mobile = _mobile_column(table, named)
    contents = () if table.header_row == 0 else content_columns(table.header)
    notes, template = _notes_on_unnamed(table), None
    if text is not None:
        template, render = rendered(table, text, options)
        used = template.indexes(table.header)
        unused = [table.header[index] for index in contents if index not in used]
        notes += [
            tr("ignored the column {name!r}: the text comes from -m or --message-file", name=name)
            for name in unused
        ]
    else:
        render = own_texts(table, _content_column(table, contents), options)
    return Source(
        escaped(table.name),
        is_csv=True,
        columns=table.header,
        mobile_column=mobile,
        rows=table.rows,
        render=render,
        digest=_digest(table, mobile, text, options),
        is_batch=True,
        given=text,
        template=None if template is None or template.is_one_value else template.text,
        kept=None if template is None else template.text,
        guessed_encoding=table.guessed_encoding,
        notes=tuple(notes),
        hint_for_long_rows=table.hint_for_long_rows,
    )


def _digest(table: SourceTable, mobile: int, text: str | None, options: TextOptions) -> bytes:
    """Return the digest of a source. It never changes for options that an earlier release knew."""
    later: list[object] = [] if table.header_row is None else ["header_row", table.header_row]
    later += [name for name in ("literal", "trusts_values") if getattr(options, name)]
    digest = hashlib.sha256(table.digest)
    digest.update(repr((*table.read_as, mobile, text, *later)).encode("utf-8", "surrogatepass"))
    return digest.digest()


def _mobile_column(table: SourceTable, named: str | None) -> int:
    """Return the column of mobile numbers. Raise InputError if it is missing or ambiguous."""
    if table.header_row != 0 or named is not None:
        try:
            return mobile_column(table.place_of_header, table.header, named)
        except InputError:
            from kxsms.source.detection import unusual_delimiter

            separator = unusual_delimiter(table.header)
            if separator is None:
                raise
            problem = tr("the header is one column, {header!r}", header=table.header[0])
            hint = tr(
                "if {separator!r} separates the columns, use --delimiter {separator!r}", separator=separator
            )
            raise InputError(located(table.place_of_header, problem), hint) from None
    found = [index for index in columns_with_mobiles(table.first_rows()) if index < len(table.header)]
    if len(found) == 1:
        return found[0]
    problem = tr("mobile numbers are in several columns: {listed}", listed=listed(table.header, found))
    if not found:
        problem = tr("no column of the first rows holds a mobile number")
    raise InputError(located(table.name, problem), tr("choose one with --mobile-column N, from 1"))


def _content_column(table: SourceTable, contents: Sequence[int]) -> int:
    """Return the column of texts. Raise InputError or UsageError if it is missing or ambiguous."""
    if len(contents) == 1:
        return contents[0]
    if contents:
        raise InputError(
            located(
                table.place_of_header,
                tr("several columns of texts: {columns}", columns=listed(table.header, contents)),
            ),
            hint_for_several(table.header, contents, tr("choose one with -m '{NAME}'")),
        )
    column = (
        tr("a column named content") if table.header_row != 0 else tr("-m '{N}' for the text in column N")
    )
    raise UsageError(
        tr("there is no text to send"), tr("give -m TEXT, --message-file FILE, or {column}", column=column)
    )


def _notes_on_unnamed(table: SourceTable) -> list[str]:
    """Return a note if columns without a name have values in the first rows."""
    unnamed = [index for index, name in enumerate(table.header) if not name]
    rows = table.first_rows() if unnamed else ()
    filled = [
        tr("column {number}", number=index + 1)
        for index in unnamed
        if any(fields[index].strip() for fields in rows)
    ]
    if not filled:
        return []
    return [
        tr(
            "ignored {columns} without a name: {filled}",
            columns=counted(len(filled), "column"),
            filled=joined(filled),
        )
    ]
