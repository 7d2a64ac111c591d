"""A text with placeholders: `{column}` stands for the row's value, `{{` and `}}` for braces."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kxsms.domain.values import clean_text, clean_values, first_damaged

Render = Callable[[Sequence[Sequence[str]]], list[str]]
"""A function from the fields of rows to their texts."""

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


class InvalidTemplate(ValueError):
    """An invalid template; the message says what is wrong and at which character, counted from 1."""


class _ColumnError(ValueError):
    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


class MissingColumn(_ColumnError):
    """A placeholder for a `column` that does not exist."""


class EmptyValue(_ColumnError):
    """A row that is empty or blank in a `column` that its text needs."""


class DamagedValue(_ColumnError):
    """A row whose `value`, in a `column` that its text needs, was damaged before it came into the file."""

    def __init__(self, column: str, value: str) -> None:
        super().__init__(column)
        self.value = value


@dataclass(frozen=True)
class Template:
    """A template, made by `compile_template`. `columns` are the placeholders in order, each once."""

    text: str
    columns: tuple[str, ...]
    _format: str
    _names: tuple[str, ...]

    @property
    def is_one_value(self) -> bool:
        """Return whether the text is the value of one column and nothing else."""
        return self._format == "%s"

    def bind(self, header: Sequence[str], *, trusts_values: bool = False) -> Render:
        """Return the function that renders rows of this header.

        It raises EmptyValue, and DamagedValue unless it trusts the values. Raise MissingColumn for a
        placeholder without a column.
        """
        indexes = find_columns(header, self._names)
        if None in indexes:
            raise MissingColumn(self._names[indexes.index(None)])
        return _renderer(
            self._format, self._names, [index for index in indexes if index is not None], trusts_values
        )


def find_columns(header: Sequence[str], names: Sequence[str]) -> list[int | None]:
    """Return the index of each named column; None for one that does not exist or is ambiguous.

    A column of exactly that name comes first, then the only one that differs from it in case alone.
    """
    exact = {column: index for index, column in reversed(list(enumerate(header)))}
    folded: dict[str, int | None] = {}
    for index, column in enumerate(header):
        key = column.casefold()
        folded[key] = None if key in folded else index
    return [exact.get(name, folded.get(name.casefold())) for name in names]


def compile_template(text: str) -> Template:
    """Return the template of a text, clean as the texts that it makes. Raise InvalidTemplate."""
    text = clean_text(text)
    pieces, names, end = [], [], 0
    for token in _TOKEN.finditer(text):
        found, name = token[0], token[1]
        where = f"the {found} at character {token.start() + 1}"
        if found in ("{", "}"):
            problem = "is never closed" if found == "{" else "closes nothing"
            raise InvalidTemplate(f"{where} {problem}; write {found * 2} for the character itself")
        if name is not None and not name.strip():
            raise InvalidTemplate(f"{where} names no column")
        if name is not None:
            names.append(name.strip())
        pieces += [text[end : token.start()].replace("%", "%%"), "%s" if name else found[0]]
        end = token.end()
    pieces.append(text[end:].replace("%", "%%"))
    return Template(text, tuple(dict.fromkeys(names)), "".join(pieces), tuple(names))


def _renderer(pattern: str, names: Sequence[str], indexes: Sequence[int], trusts_values: bool) -> Render:
    def render(rows: Sequence[Sequence[str]]) -> list[str]:
        columns = []
        for name, index in zip(names, indexes, strict=True):
            columns.append(usable_values(name, [fields[index] for fields in rows], trusts_values))
        return [pattern % values for values in zip(*columns, strict=True)]

    return render if indexes else lambda rows: [pattern % ()] * len(rows)


def usable_values(column: str, values: Sequence[str], trusts_values: bool) -> list[str]:
    """Return the clean values of a column.

    Raise EmptyValue, and DamagedValue unless the values are trusted.
    """
    clean = clean_values(values)
    if not all(clean):
        raise EmptyValue(column)
    damaged = None if trusts_values else first_damaged(clean)
    if damaged is not None:
        raise DamagedValue(column, damaged)
    return clean
