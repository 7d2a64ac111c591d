"""The connection to a ledger in PostgreSQL."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from itertools import count
from typing import Any, Self

import psycopg

from kxsms.compat import override
from kxsms.domain.ledger_place import PostgresPlace
from kxsms.errors import Failure
from kxsms.language import tr
from kxsms.ledger.database import Database, Row, Values
from kxsms.ledger.postgres import schema
from kxsms.ledger.postgres.clock import ServerClock
from kxsms.ledger.postgres.connecting import connect
from kxsms.ledger.postgres.dialect import translated
from kxsms.ledger.postgres.failures import explained
from kxsms.ledger.postgres.schema_check import schema_differences
from kxsms.ledger.seal import SEALED, refuse_sealed

_ROWS_AT_A_TIME = 5_000

# An INSERT of nothing but its parameters, by position: COPY does the same for many rows at once.
_PLAIN_INSERT = re.compile(r"\s*INSERT INTO ([\w.]+)\s*(\([^()]*\))?\s*VALUES \((?:\?(?:, )?)+\)\s*")


class PostgresDatabase(Database):
    """The connection to a schema on a server, which is filled if it is to be `writable` and is empty.

    What is not there and must not be written is read as an empty ledger. Without `prepares`, the tables are
    read as they are, of any version.
    """

    rows_at_a_time = 20_000
    """No other process waits for most of it, as these rows are hidden, and written beside other batches."""

    def __init__(self, place: PostgresPlace, *, writable: bool, prepares: bool = True) -> None:
        self.place = place
        self.shown = place.shown
        self.writable = writable
        self._prepares = prepares
        self._cursors = count(1)

    @override
    def __enter__(self) -> Self:
        with self.explained(), ExitStack() as undo:
            self._connection = connect(self.place)
            undo.callback(self.close)
            if self._prepares:
                schema.prepare(self._connection, self.place.schema, writable=self.writable)
                self._lock = schema.lock_number(self._connection)
            self._clock = ServerClock(self._connection)
            undo.pop_all()
        return self

    @override
    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        with suppress(psycopg.Error):
            self._connection.close()

    @override
    def explained(self) -> AbstractContextManager[None]:
        return explained(self.shown)

    @override
    def now(self) -> float:
        return self._clock.now()

    @property
    def _is_in_transaction(self) -> bool:
        return self._connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE

    _LOCK = "SELECT pg_advisory_xact_lock(%s, 0)"
    _LOCK_SHARED = "SELECT pg_advisory_xact_lock_shared(%s, 0), pg_advisory_xact_lock(%s, %s)"

    @override
    @contextmanager
    def transaction(self, sender: str | None = None) -> Iterator[None]:
        with self.explained():
            self._connection.execute("BEGIN")
            try:
                if sender is None:
                    self._lock_by(self._LOCK, (self._lock,))
                else:
                    place = schema.number_of(sender)
                    self._lock_by(self._LOCK_SHARED, (self._lock, self._lock, place))
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _lock_by(self, statement: str, values: Values) -> None:
        """Take locks, and look at the seal as it is then: two statements, but one way to the server."""
        cursor = self._connection.execute(f"{statement}; {SEALED}", values)
        cursor.nextset()
        if not self.ignores_seal:
            refuse_sealed(self.shown, cursor.fetchone())

    def _roll_back(self) -> None:
        with suppress(psycopg.Error):
            if not self._connection.closed:
                self._connection.execute("ROLLBACK")

    # The row of a hidden batch, which cannot be removed before this transaction ends.
    _STILL_THERE = "SELECT 1 FROM batches WHERE id = ? AND NOT ready FOR SHARE"

    @override
    @contextmanager
    def aside(self, batch: int) -> Iterator[None]:
        with self.temporary():
            if self.row(self._STILL_THERE, (batch,)) is None:
                problem = tr("this process lost its lease on the ledger, and its plan was removed")
                raise Failure(problem, tr("run the same command again"))
            yield

    @override
    @contextmanager
    def temporary(self) -> Iterator[None]:
        with self.explained():
            self._connection.execute("BEGIN")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _run(self, statement: str, values: Values) -> "psycopg.Cursor[Any]":
        return self._connection.execute(translated(statement), values)

    @override
    def execute(self, statement: str, values: Values = ()) -> int:
        with self.explained():
            return self._run(statement, values).rowcount

    @override
    def executemany(self, statement: str, values: Iterable[Values]) -> int:
        with self.explained():
            plain = _PLAIN_INSERT.fullmatch(statement)
            if plain is not None:
                return self._copy(plain[1], plain[2] or "", values)
            with self._connection.cursor() as cursor:
                cursor.executemany(translated(statement), values)
                return max(0, cursor.rowcount)

    def _copy(self, table: str, columns: str, values: Iterable[Values]) -> int:
        """Copy rows into a table, and return how many."""
        statement = translated(f"COPY {table} {columns} FROM STDIN")
        with self._connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for row in values:
                    copy.write_row(row)  # type: ignore[arg-type]
            return cursor.rowcount

    @override
    def insert(self, statement: str, values: Values) -> int:
        with self.explained():
            found = self._run(f"{statement.rstrip()} RETURNING id", values).fetchone()
            assert found is not None
            return int(found[0])

    @override
    def rows(self, statement: str, values: Values = ()) -> list[Row]:
        with self.explained():
            found: list[Row] = self._run(statement, values).fetchall()
            return found

    @override
    def stream(self, statement: str, values: Values = ()) -> Iterator[Row]:
        with self.explained():
            with psycopg.ClientCursor(self._connection) as cursor:
                query = cursor.mogrify(translated(statement), values)
            name = f"kxsms_{next(self._cursors)}"
            hold = "" if self._is_in_transaction else " WITH HOLD"
            self._connection.execute(f"DECLARE {name} NO SCROLL CURSOR{hold} FOR {query}".replace("%", "%%"))
            try:
                while some := self._connection.execute(f"FETCH {_ROWS_AT_A_TIME} FROM {name}").fetchall():
                    yield from some
                    if len(some) < _ROWS_AT_A_TIME:
                        return
            finally:
                with suppress(psycopg.Error):
                    self._connection.execute(f"CLOSE {name}")

    @override
    def define(self, name: str, arguments: int, function: Callable[..., Any]) -> None:
        raise NotImplementedError(name)

    @override
    def write_blob(self, table: str, column: str, row: int, content: bytes) -> None:
        self.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (content, row))

    @override
    def schema_differences(self) -> Iterator[str]:
        with self.explained():
            yield from schema_differences(self._connection, self.place)

    def version(self) -> int | None:
        """Return the version of the ledger, or None. Raise Failure for a newer or a foreign one."""
        with self.explained():
            return schema.version_of(self._connection, self.place.schema)

    @property
    def server_version(self) -> str:
        """Return the version of the server, such as 17.4."""
        return self._connection.info.parameter_status("server_version") or ""

    _SIZE = """
        SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
    """

    @override
    def size(self) -> int:
        return int(self.value(self._SIZE))
