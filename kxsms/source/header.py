"""The header of a table: its columns, and which of them hold the mobile numbers and the texts."""

from collections.abc import Sequence

from kxsms.domain.columns import Columns, folded
from kxsms.domain.mobile import InvalidMobile, normalise
from kxsms.errors import InputError
from kxsms.language import joined, located, mark, tr

MOBILE_NAMES = frozenset(
    map(
        folded,
        (
            *("mobile", "phone", "tel", "Mobile Phone", "手机", "手机号", "手机号码", "手機"),
            *("电话", "电话号码", "联系电话", "联系方式", "移动电话"),
        ),
    )
)
"""The names of a column of mobile numbers, folded."""

_CONTENT_NAMES = frozenset(("content", "内容", "短信内容"))
_MOST_OF_LINE = 10_000
_CHOOSE = mark("choose one with --mobile-column NAME")
_RENAME = mark("give each of them a name of its own in the file")


def mobile_columns(header: Sequence[str], named: str | None = None) -> Sequence[int]:
    """Return the columns of this name, or without a name those with a usual name for mobile numbers."""
    if named is not None:
        return Columns(header).named(named.strip())
    return [index for index, name in enumerate(header) if folded(name) in MOBILE_NAMES]


def mobile_column(where: str, header: Sequence[str], named: str | None) -> int:
    """Return the column of mobile numbers. Raise InputError if it is missing or ambiguous.

    `where` is the place of the header.
    """
    found = mobile_columns(header, named)
    if len(found) == 1:
        return found[0]
    if found and named is not None:
        raise InputError(
            located(where, several_mean(repr(named), header, found)), hint_for_several(header, found)
        )
    if found:
        hint = hint_for_several(header, found, tr(_CHOOSE))
        raise InputError(
            located(where, tr("several columns of numbers: {listed}", listed=listed(header, found))),
            hint,
        )
    columns = listed(header)
    if named is not None:
        raise InputError(
            located(where, tr("there is no column {named!r}", named=named)),
            tr("use one of these columns: {columns}", columns=columns),
        )
    if any(map(_is_like_number, header)):
        raise InputError(
            located(where, tr("there is no column of mobile numbers")),
            tr("name the columns in a line above the rows, or use --header-row 0 if the file has no header"),
        )
    raise InputError(
        located(where, tr("there is no column of mobile numbers")), located(tr(_CHOOSE), columns)
    )


def content_columns(header: Sequence[str]) -> list[int]:
    """Return the columns that by their names hold texts."""
    return [index for index, name in enumerate(header) if folded(name) in _CONTENT_NAMES]


def several_mean(subject: str, header: Sequence[str], columns: Sequence[int]) -> str:
    """Return what is wrong with a name that means several columns."""
    return tr("{subject} means several columns: {listed}", subject=subject, listed=listed(header, columns))


def hint_for_several(
    header: Sequence[str],
    columns: Sequence[int],
    choose: str | None = None,
) -> str:
    """Return what tells several columns apart: `choose`, or to write the name, if their names differ."""
    if _are_different(header, columns):
        return choose or tr("write the name as it stands in the header")
    return tr(_RENAME)


def listed(header: Sequence[str], columns: Sequence[int] | None = None) -> str:
    """Return the names of columns for a message, of all that have one unless they are given.

    Say where they stand if names are equal.
    """
    chosen = [index for index, name in enumerate(header) if name] if columns is None else columns
    if columns is None or _are_different(header, chosen):
        return joined(dict.fromkeys(repr(header[index]) for index in chosen))
    return joined(tr("{name!r} (column {number})", name=header[index], number=index + 1) for index in chosen)


def mobile_in(fields: Sequence[str]) -> str | None:
    """Return the first field that is a valid mobile number, or None."""
    return next(filter(_is_mobile, fields), None)


def columns_with_mobiles(rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the columns that hold a valid mobile number in one of the rows."""
    return sorted({index for fields in rows for index, field in enumerate(fields) if _is_mobile(field)})


def is_table(lines: Sequence[str]) -> bool:
    """Return whether the first lines of a text are rows with one number each, or a header and such a row."""
    rows = [_fields(line) for line in lines]
    return bool(rows) and _is_row(rows[-1]) and all(_is_row(row) or _is_header(row) for row in rows)


def _fields(line: str) -> list[str]:
    import csv

    from kxsms.source.detection import likely_delimiter

    line = line[:_MOST_OF_LINE]
    return [field for field in next(csv.reader([line], delimiter=likely_delimiter(line))) if field.strip()]


def _is_row(fields: Sequence[str]) -> bool:
    """Return whether one field is a mobile number, and another one is something else than a number."""
    return sum(map(_is_mobile, fields)) == 1 and any(
        not _is_mobile(field) and not _is_like_number(field) for field in fields
    )


def _is_header(fields: Sequence[str]) -> bool:
    return len(fields) > 1 and not any(_is_mobile(field) or _is_like_number(field) for field in fields)


def _is_mobile(field: str) -> bool:
    try:
        normalise(field)
    except InvalidMobile:
        return False
    return True


def _is_like_number(name: str) -> bool:
    """Return whether a name looks like a damaged number, rather than like a word."""
    return sum(map(str.isdigit, name)) > len(name) / 2 and len(name) >= 7


def _are_different(header: Sequence[str], columns: Sequence[int]) -> bool:
    return len({header[index] for index in columns}) == len(columns)
