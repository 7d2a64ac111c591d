"""Statements that travel to the server together: each message costs the time of a way there and back."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

import psycopg

from kxsms.ledger.database import Values
from kxsms.ledger.postgres.dialect import translated

_AT_A_TIME = 500


class Messages:
    """The statements of one transaction that wait for the next one, and the messages that carry them."""

    def __init__(self) -> None:
        self._waiting: list[str] = []

    def wait(self, connection: "psycopg.Connection[Any]", statement: str, values: Values) -> None:
        """Let a statement travel with the next one."""
        self._waiting.append(merged(connection, statement, values))

    def forget(self) -> None:
        """Drop what waits: its transaction has ended."""
        self._waiting.clear()

    def run(
        self, connection: "psycopg.Connection[Any]", statement: str, values: Values
    ) -> "psycopg.Cursor[Any]":
        """Run what waits and then a statement, and return the result of that."""
        if not self._waiting:
            return connection.execute(translated(statement), values)
        cursor = self._send(connection, merged(connection, statement, values))
        while cursor.nextset():
            pass
        return cursor

    def run_waiting(self, connection: "psycopg.Connection[Any]") -> None:
        """Run what waits, if anything does."""
        if self._waiting:
            self._send(connection)

    def run_each(
        self, connection: "psycopg.Connection[Any]", statement: str, values: Iterable[Values]
    ) -> int:
        """Run a statement once for each of the values, and return how many rows that changed."""
        self.run_waiting(connection)
        rest, changed = iter(values), 0
        while some := [merged(connection, statement, each) for each in islice(rest, _AT_A_TIME)]:
            cursor = self._send(connection, *some)
            changed += cursor.rowcount
            while cursor.nextset():
                changed += cursor.rowcount
        return changed

    def _send(self, connection: "psycopg.Connection[Any]", *statements: str) -> "psycopg.Cursor[Any]":
        message, self._waiting = ";".join([*self._waiting, *statements]), []
        return connection.execute(message)


def merged(connection: "psycopg.Connection[Any]", statement: str, values: Values) -> str:
    """Return a statement with its values in it."""
    with psycopg.ClientCursor(connection) as cursor:
        return cursor.mogrify(translated(statement), values)
