"""The rows of a ledger as they are copied into another one, and the sums by which both are compared.

A row is the same in both engines: numbers, texts (with half characters and NUL as they are), and bytes.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from kxsms.ledger.database import Database
from kxsms.ledger.inspection import CopiedColumn
from kxsms.sqlite import storable, stored

_LONG = 1_000
_DIGEST_BYTES = 16
_MODULUS = 1 << (8 * _DIGEST_BYTES)


class TableSum(NamedTuple):
    """The number of rows of a table, and the sum of their digests, which does not depend on their order."""

    rows: int
    digests: int


class CopiedTable:
    """A table that both ledgers have, with the columns that are copied."""

    def __init__(self, name: str, columns: Sequence[CopiedColumn]) -> None:
        self.name = name
        names = [column.name for column in columns]
        self._texts = [place for place, column in enumerate(columns) if column.is_text]
        # Where a table has no key, the order of equal rows does not matter.
        order = [column.name for column in columns if column.is_key] or names
        self.select = f"SELECT {', '.join(names)} FROM {name} ORDER BY {', '.join(order)}"
        self.insert = f"INSERT INTO {name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"

    def rows(self, database: Database) -> Iterator[list[Any]]:
        """Yield the rows of a ledger in an order that stays the same."""
        for found in database.stream(self.select):
            row: list[Any] = [int(one) if one is True or one is False else one for one in found]
            for place in self._texts:
                if isinstance(row[place], bytes):
                    row[place] = stored(row[place])
            yield row

    def writable(self, row: list[Any]) -> list[Any]:
        """Return a row as `executemany` takes it."""
        for place in self._texts:
            row[place] = storable(row[place])
        return row

    def count(self, database: Database) -> int:
        """Return how many rows a ledger has."""
        return int(database.value(f"SELECT count(*) FROM {self.name}"))

    def sum_of(self, database: Database) -> TableSum:
        """Return the sum of the rows of a ledger."""
        count = total = 0
        for row in self.rows(database):
            count += 1
            total += int.from_bytes(_digest(row), "big")
        return TableSum(count, total % _MODULUS)


def _digest(row: Sequence[Any]) -> bytes:
    """Return the digest of a row. Long bytes count by their own, so that no text of them is made."""
    short = [
        hashlib.blake2b(value).digest() if isinstance(value, bytes) and len(value) > _LONG else value
        for value in row
    ]
    return hashlib.blake2b(repr(short).encode("ascii", "backslashreplace"), digest_size=16).digest()
