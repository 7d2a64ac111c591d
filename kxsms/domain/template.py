"""A text with placeholders: `{column}` stands for the row's value, `{{` and `}}` for braces."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kxsms.domain.columns import Columns
from kxsms.domain.values import clean_text, clean_values, first_damaged
from kxsms.language import tr

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

    def bind(self, header: Sequence[str], *, trusts_values: bool = False) -> Render:
        """Return the function that renders rows of this header.

        It raises EmptyValue, and DamagedValue unless it trusts the values. Raise as `indexes` does.
        """
        return _renderer(self._format, self._names, self.indexes(header), trusts_values)


def compile_template(text: str) -> Template:
    """Return the template of a text, clean as the texts that it makes. Raise InvalidTemplate."""
    text = clean_text(text)
    pieces, names, end = [], [], 0
    for token in _TOKEN.finditer(text):
        found, name = token[0], token[1]
        where = tr("the {found} at character {place}", found=found, place=token.start() + 1)
        if found in ("{", "}"):
            twice = found * 2
            if found == "{":
                raise InvalidTemplate(
                    tr(
                        "{where} is never closed; write {twice} for the character itself",
                        where=where,
                        twice=twice,
                    )
                )
            raise InvalidTemplate(
                tr("{where} closes nothing; write {twice} for the character itself", where=where, twice=twice)
            )
        if name is not None and not name.strip():
            raise InvalidTemplate(tr("{where} names no column", where=where))
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
