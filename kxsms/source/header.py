"""The header of a table: its columns, and which of them holds the mobile numbers or the texts."""

from collections.abc import Sequence

from kxsms.domain.template import find_columns
from kxsms.errors import InputError

MOBILE_NAMES = ("mobile", "phone", "tel", "手机", "手机号", "手机号码")
CONTENT_NAMES = ("content", "内容", "短信内容")


def column_names(fields: Sequence[str], where: str) -> tuple[str, ...]:
    """Return the names of the columns, stripped. Raise InputError for an empty or repeated one."""
    names = tuple(field.strip() for field in fields)
    seen: set[str] = set()
    for number, name in enumerate(names, start=1):
        if not name or name in seen:
            problem = f"the header names {name!r} twice" if name else f"column {number} has no name"
            raise InputError(f"{where}: {problem}", "give each column a name of its own")
        seen.add(name)
    return names


def mobile_columns(header: Sequence[str], named: str | None = None) -> Sequence[int]:
    """Return the columns of this name, or without a name those with a usual name for mobile numbers."""
    names = MOBILE_NAMES if named is None else (named.strip().casefold(),)
    return [index for index, column in enumerate(header) if column.strip().casefold() in names]


def mobile_column(name: str, header: Sequence[str], named: str | None) -> int:
    """Return the index of the column of mobile numbers. Raise InputError if it is missing or ambiguous."""
    if named is not None:
        (index,) = find_columns(header, [named.strip()])
        problem, hint = f"there is no column {named!r}", "use one of these columns"
    else:
        index = _only_column(name, header, MOBILE_NAMES, "numbers", "choose one with --mobile-column NAME")
        problem, hint = "there is no column of mobile numbers", "choose one with --mobile-column NAME"
    if index is None:
        raise InputError(f"{name}: {problem}", f"{hint}: {', '.join(map(repr, header))}")
    return index


def content_column(name: str, header: Sequence[str]) -> int | None:
    """Return the index of the column of texts, if there is one. Raise InputError for several."""
    return _only_column(name, header, CONTENT_NAMES, "texts", "rename all but one")


def _only_column(
    name: str, header: Sequence[str], names: Sequence[str], content: str, hint: str
) -> int | None:
    found = [index for index, column in enumerate(header) if column.casefold() in names]
    if len(found) > 1:
        columns = ", ".join(repr(header[index]) for index in found)
        raise InputError(f"{name}: several columns of {content}: {columns}", hint)
    return found[0] if found else None
