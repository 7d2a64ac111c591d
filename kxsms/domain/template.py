"""A text with placeholders: `{column}` stands for the row's value, `{{` and `}}` for braces."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Template:
    """A template, made by `compile_template`. `columns` are the placeholders in order, each once."""

    columns: tuple[str, ...]
    _format: str
    _names: tuple[str, ...]

    def bind(self, header: Sequence[str]) -> Render:
        """Return the function that renders rows of this header; it raises EmptyValue.

        Raise MissingColumn for a placeholder without a column.
        """
        indexes = find_columns(header, self._names)
        if None in indexes:
            raise MissingColumn(self._names[indexes.index(None)])
        return _renderer(self._format, self._names, [index for index in indexes if index is not None])


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
    """Return the template of a text. Raise InvalidTemplate."""
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
    return Template(tuple(dict.fromkeys(names)), "".join(pieces), tuple(names))


def _renderer(pattern: str, names: Sequence[str], indexes: Sequence[int]) -> Render:
    def render(rows: Sequence[Sequence[str]]) -> list[str]:
        columns = [[fields[index] for fields in rows] for index in indexes]
        for name, column in zip(names, columns, strict=True):
            if not all(map(str.strip, column)):
                raise EmptyValue(name)
        return [pattern % values for values in zip(*columns, strict=True)]

    return render if indexes else lambda rows: [pattern % ()] * len(rows)
