"""A text with placeholders: `{column}` stands for the row's value, `{{` and `}}` for braces."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kxsms.domain.columns import Columns

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


class AmbiguousColumn(_ColumnError):
    """A placeholder that means several columns."""


class EmptyValue(_ColumnError):
    """A row that is empty or blank in a `column` that its text needs."""


@dataclass(frozen=True)
class Template:
    """A template, made by `compile_template`. `columns` are the placeholders in order, each once."""

    columns: tuple[str, ...]
    _format: str
    _names: tuple[str, ...]

    def indexes(self, header: Sequence[str]) -> list[int]:
        """Return the column of each placeholder, repeated ones too.

        Raise MissingColumn for a placeholder without a column, AmbiguousColumn for one with several.
        """
        columns, indexes = Columns(header), []
        for name in self._names:
            found = columns.named(name)
            if not found:
                raise MissingColumn(name)
            if len(found) > 1:
                raise AmbiguousColumn(name)
            indexes.append(found[0])
        return indexes

    def bind(self, header: Sequence[str]) -> Render:
        """Return the function that renders rows of this header; it raises EmptyValue.

        Raise as `indexes` does.
        """
        return _renderer(self._format, self._names, self.indexes(header))


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
