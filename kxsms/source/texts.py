"""How the rows of a table become texts, and the check that no placeholder is left in one."""

from collections.abc import Sequence
from dataclasses import dataclass

from kxsms.domain.columns import Columns
from kxsms.domain.content import InvalidContent, has_signature, sign, signed_and_checked
from kxsms.domain.placeholders import (
    ColumnNames,
    LeftoverPlaceholder,
    may_hold_placeholder,
    refuse_braces,
    refuse_in_value,
    refuse_other_styles,
)
from kxsms.domain.template import (
    AmbiguousColumn,
    InvalidTemplate,
    MissingColumn,
    Render,
    Template,
    compile_template,
    usable_values,
)
from kxsms.domain.values import broken_characters, without_start
from kxsms.errors import InputError
from kxsms.language import located, tr
from kxsms.source.header import hint_for_several, listed, several_mean
from kxsms.source.table import SourceTable


@dataclass(frozen=True)
class TextOptions:
    """How texts are made.

    `literal`: what looks like a placeholder in another style is a part of the text. `trusts_values`: values
    that look damaged are sent as they are.
    """

    signature: str | None = None
    literal: bool = False
    trusts_values: bool = False


def own_texts(table: SourceTable, column: int, options: TextOptions) -> Render:
    """Return the function that takes each row's text from one of its columns.

    It raises EmptyValue, DamagedValue and LeftoverPlaceholder, as the options have it.
    """
    name, columns = table.header[column], ColumnNames(table.header)

    def render(rows: Sequence[Sequence[str]]) -> list[str]:
        texts = usable_values(name, [fields[column] for fields in rows], options.trusts_values)
        if not options.literal:
            _refuse_in_texts(texts, columns)
        return texts

    return render


def signed_template(text: str, signature: str | None) -> str:
    """Return a template with its own signature, else with the given one in front.

    So the value of a row never counts as a signature. Raise InvalidContent for an invalid signature.
    """
    if has_signature(without_start(text)):
        return without_start(text)
    return sign("", signature).replace("{", "{{").replace("}", "}}") + text


def rendered(table: SourceTable, text: str, options: TextOptions) -> tuple[Template, Render]:
    """Return a template and the function that fills it from rows of the table.

    Raise InputError if the template is invalid, or holds a placeholder that nothing fills.
    """
    columns = ColumnNames(table.header)
    try:
        if not options.literal:
            refuse_other_styles(text, columns)
        template = compile_template(text)
        if not template.is_one_value:
            template = compile_template(signed_template(text, options.signature))
        _refuse_broken(text, options)
        return template, _without_leftovers(table, template, options)
    except LeftoverPlaceholder as left:
        raise InputError(
            _nothing_fills(left),
            _right_spelling(left),
        ) from None
    except InvalidTemplate as reason:
        raise InputError(tr("the text is not a valid template: {reason}", reason=reason)) from None
    except InvalidContent as reason:
        raise InputError(str(reason)) from None
    except MissingColumn as missing:
        raise InputError(
            located(
                table.place_of_header,
                tr("there is no column {column!r} for {{{column}}} in the text", column=missing.column),
            ),
            tr(
                "use one of these columns: {listed}; write {{{{ and }}}} for braces",
                listed=listed(table.header),
            ),
        ) from None
    except AmbiguousColumn as name:
        found = Columns(table.header).named(name.column)
        problem = several_mean(f"{{{name.column}}}", table.header, found)
        raise InputError(
            located(table.place_of_header, problem), hint_for_several(table.header, found)
        ) from None


def sign_and_check(text: str, options: TextOptions) -> str:
    """Return one text for all recipients as it is sent. Raise InputError if it cannot be sent."""
    try:
        if not options.literal:
            refuse_other_styles(text, ColumnNames())
            refuse_braces(text, ColumnNames())
        _refuse_broken(text, options)
        return signed_and_checked(text, options.signature)
    except LeftoverPlaceholder as left:
        raise InputError(
            tr("the text holds {found}, but only the columns of --csv fill placeholders", found=left.found),
            tr("replace it with its value, or use --literal to send it unchanged"),
        ) from None
    except InvalidContent as reason:
        raise InputError(str(reason), tr("change the text that -m or --message-file gives")) from None


def _without_leftovers(table: SourceTable, template: Template, options: TextOptions) -> Render:
    """Return the function that fills a template, and raises LeftoverPlaceholder for one in a row's value."""
    render = template.bind(table.header, trusts_values=options.trusts_values)
    if options.literal:
        return render
    columns, indexes = ColumnNames(table.header), set(template.indexes(table.header))

    def checked(rows: Sequence[Sequence[str]]) -> list[str]:
        for index in indexes:
            values = [fields[index] for fields in rows]
            if template.is_one_value:
                _refuse_in_texts(values, columns)
            elif may_hold_placeholder(values, columns):
                for value in values:
                    refuse_in_value(value, columns)
        return render(rows)

    return checked if indexes else render


def _refuse_in_texts(texts: Sequence[str], columns: ColumnNames) -> None:
    """Raise LeftoverPlaceholder for a placeholder in a text that nothing fills."""
    if may_hold_placeholder(texts, columns):
        for text in texts:
            refuse_other_styles(text, columns)
            refuse_braces(text, columns)


def _refuse_broken(text: str, options: TextOptions) -> None:
    """Raise InputError for a text or a signature with characters that a wrong encoding made."""
    broken = broken_characters(text) or broken_characters(options.signature or "")
    if broken is not None and not options.literal:
        raise InputError(
            tr("the text or its signature holds {broken!r}, which a wrong encoding made", broken=broken),
            tr("write what was meant in its place, or use --literal to send it as it stands"),
        )


def _nothing_fills(left: LeftoverPlaceholder) -> str:
    if left.column is None:
        return tr(
            "the text holds {found}, which looks like a placeholder, but no column fills it", found=left.found
        )
    return tr(
        "the text holds {found}, but the column {column!r} is only filled in as {{{column}}}",
        found=left.found,
        column=left.column,
    )


def _right_spelling(left: LeftoverPlaceholder) -> str:
    spelling = f"{{{left.column or left.name.strip()}}}"
    if left.column:
        return tr("write {spelling} in its place, or use --literal to send it unchanged", spelling=spelling)
    return tr(
        "write {spelling} in its place if the file has that column, or use --literal to send it unchanged",
        spelling=spelling,
    )
