"""A text with placeholders: `{column}` stands for the row's value, `{{` and `}}` for braces."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Render = Callable[[Sequence[Sequence[str]]], list[str]]

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


class InvalidTemplate(ValueError):
    """Not a template; the text says what is wrong and at which character, counted from 1."""


class _ColumnError(ValueError):
    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


class MissingColumn(_ColumnError):
    """A placeholder names a `column` that is not there."""


class EmptyValue(_ColumnError):
    """A row has nothing, or only blanks, in a `column` that the text needs."""


@dataclass(frozen=True)
class Template:
    """Made by `compile_template`. `columns` are the placeholders in order, each once."""

    columns: tuple[str, ...]
    _format: str
    _places: tuple[str, ...]

    def bind(self, header: Sequence[str]) -> Render:
        """A function from the fields of rows to their texts, which raises EmptyValue. Raises
        MissingColumn."""
        indexes = [find_column(header, place) for place in self._places]
        if None in indexes:
            raise MissingColumn(self._places[indexes.index(None)])
        return _renderer(self._format, self._places, [index for index in indexes if index is not None])


def find_column(header: Sequence[str], name: str) -> int | None:
    """Where a column stands: the name as it is, else the one that differs from it in nothing but case."""
    if name in header:
        return header.index(name)
    alike = [index for index, column in enumerate(header) if column.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else None


def compile_template(text: str) -> Template:
    """Read a template. Raises InvalidTemplate."""
    prepared, places, end = "", [], 0
    for token in _TOKEN.finditer(text):
        found, name = token[0], token[1]
        what = f"the {found} at character {token.start() + 1}"
        if found in ("{", "}"):
            trouble = "is never closed" if found == "{" else "closes nothing"
            raise InvalidTemplate(f"{what} {trouble}; for the character itself write {found * 2}")
        if name is not None and not name.strip():
            raise InvalidTemplate(f"{what} names no column")
        if name is not None:
            places.append(name.strip())
        prepared += text[end : token.start()].replace("%", "%%") + ("%s" if name else found[0])
        end = token.end()
    prepared += text[end:].replace("%", "%%")
    return Template(tuple(dict.fromkeys(places)), prepared, tuple(places))


def _renderer(prepared: str, places: Sequence[str], indexes: Sequence[int]) -> Render:
    def render(rows: Sequence[Sequence[str]]) -> list[str]:
        columns = [[fields[index] for fields in rows] for index in indexes]
        for place, column in zip(places, columns, strict=True):
            if not all(map(str.strip, column)):
                raise EmptyValue(place)
        return [prepared % values for values in zip(*columns, strict=True)]

    return render if indexes else lambda rows: [prepared % ()] * len(rows)
