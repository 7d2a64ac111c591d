"""How values and rows travel to PostgreSQL and back.

A text of PostgreSQL holds neither NUL nor half of a surrogate pair, but one of the ledger may. They are
written as `_MARK` and their number, as is the mark itself: equal texts stay equal, and others different.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, SupportsIndex

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types.string import StrDumper

from kxsms.compat import override
from kxsms.sqlite import HalfCharacters

_MARK = "\x10"
_SPECIAL = re.compile("[\0\x10\ud800-\udfff]")
_MARKED = re.compile("\x10([0-9a-f]{4})")


def escaped(text: str) -> str:
    """Return a text as PostgreSQL keeps it."""
    return _SPECIAL.sub(lambda found: f"{_MARK}{ord(found[0]):04x}", text)


def unescaped(text: str) -> str:
    """Return the text that `escaped` changed."""
    return _MARKED.sub(lambda found: chr(int(found[1], 16)), text) if _MARK in text else text


class _TextDumper(StrDumper):
    @override
    def dump(self, obj: str) -> Buffer | None:
        # Most texts have nothing to escape: to find that out is much faster so than by a pattern.
        return (obj if obj.isprintable() else escaped(obj)).encode()


class _HalfCharactersDumper(StrDumper):
    """Writes a text that `storable` made into bytes for SQLite."""

    @override
    def dump(self, obj: Any) -> Buffer | None:
        return escaped(bytes(obj).decode("utf-8", "surrogatepass")).encode()


class _TextLoader(Loader):
    @override
    def load(self, data: Buffer) -> str:
        return unescaped(str(data, "utf-8"))


class _NumericLoader(Loader):
    """Reads sums of whole numbers, which PostgreSQL makes `numeric`."""

    @override
    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode("ascii")
        return int(text) if text.lstrip("-").isdigit() else float(text)


def register(connection: "psycopg.Connection[Any]") -> None:
    """Let a connection write and read values as the ledger has them."""
    connection.adapters.register_dumper(str, _TextDumper)
    connection.adapters.register_dumper(HalfCharacters, _HalfCharactersDumper)
    for kind in ("text", "varchar", "name"):
        connection.adapters.register_loader(kind, _TextLoader)
    connection.adapters.register_loader("numeric", _NumericLoader)


class PostgresRow(tuple[Any, ...]):
    """A row whose columns can be read by name, too, like one of sqlite3."""

    __slots__ = ()
    _places: dict[str, int]

    @override
    def __getitem__(self, column: SupportsIndex | slice | str) -> Any:
        place = self._places[column] if isinstance(column, str) else column
        return super().__getitem__(place)

    def keys(self) -> Sequence[str]:
        """Return the names of the columns."""
        return list(self._places)


@lru_cache(maxsize=256)
def _row_class(names: tuple[str, ...]) -> type[PostgresRow]:
    places = {name: place for place, name in enumerate(names)}
    return type("PostgresRow", (PostgresRow,), {"__slots__": (), "_places": places})


def row_factory(cursor: Any) -> Any:
    """Return the class of the rows of a cursor's result."""
    return _row_class(tuple(column.name for column in cursor.description or ()))
