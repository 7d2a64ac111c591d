"""The one place that writes JSON, long documents in parts. The keys come from the views."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from kxsms.output.visible import json_visible

AT_A_TIME = 500
"""Rows or records in one part."""


def dumps(value: object, *, indent: int | None = None) -> str:
    """Return a value as JSON, Chinese characters as they are, on one line unless indented."""
    return json_visible(json.dumps(value, ensure_ascii=False, indent=indent, default=str))


def in_parts(texts: Iterable[str]) -> Iterator[str]:
    """Join short texts into parts of some hundred each: a write per text would take longer than the text."""
    source = iter(texts)
    while part := "".join(islice(source, AT_A_TIME)):
        yield part


class Items:
    """A JSON array whose items are written as they come, each on `indent`ed lines or on one line."""

    def __init__(self, values: Iterable[object], *, indent: int | None = 2) -> None:
        self._values = values
        self._indent = indent

    def changed(self, change: Callable[[object], object]) -> "Items":
        """Return an array of these items, each changed."""
        return Items(map(change, self._values), indent=self._indent)

    def array(self) -> Iterator[str]:
        """Return the array in parts."""
        return in_parts(self._array())

    def lines(self) -> Iterator[str]:
        """Return the items in parts, one item per line."""
        return in_parts(dumps(value) + "\n" for value in self._values)

    def _array(self) -> Iterator[str]:
        opening = "["
        for value in self._values:
            # The only line ends in a JSON text are those of its indentation.
            yield f"{opening}\n  " + dumps(value, indent=self._indent).replace("\n", "\n  ")
            opening = ","
        yield "[]\n" if opening == "[" else "\n]\n"


Document = Mapping[str, object] | Items | None
"""A result as JSON; None for one that has nothing to write."""


def as_json(document: Document) -> Iterator[str]:
    """Return one indented JSON text in parts."""
    if isinstance(document, Items):
        yield from document.array()
    elif document is not None:
        yield dumps(document, indent=2) + "\n"


def as_json_lines(document: Document) -> Iterator[str]:
    """Return JSON lines in parts: one line per item, or one for a single document."""
    if isinstance(document, Items):
        yield from document.lines()
    elif document is not None:
        yield dumps(document) + "\n"
