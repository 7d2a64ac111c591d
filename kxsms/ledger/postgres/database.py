"""The connection to a ledger in PostgreSQL."""

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from typing import Any, Self

import psycopg

from kxsms.compat import override
from kxsms.domain.ledger_place import PostgresPlace
from kxsms.errors import Failure
from kxsms.language import tr
from kxsms.ledger.database import Row, Values
from kxsms.ledger.postgres import schema
from kxsms.ledger.postgres.dialect import translated
from kxsms.ledger.postgres.failures import explained
from kxsms.ledger.postgres.messages import merged
from kxsms.ledger.postgres.schema_check import schema_differences
from kxsms.ledger.postgres.sessions import Session
from kxsms.ledger.postgres.transactions import Transactions

_ROWS_AT_A_TIME = 5_000

# An INSERT of nothing but its parameters, by position: COPY does the same for many rows at once.
_PLAIN_INSERT = re.compile(
    r"\s*INSERT( OR IGNORE)? INTO ([\w.]+)(?: \(([^()]*)\))?\s*VALUES \((?:\?(?:, )?)+\)\s*"
)


class PostgresDatabase(Transactions):
    """The connection to a schema on a server, which is filled if it is to be `writable` and is empty.

    What is not there and must not be written is read as an empty ledger. Without `prepares`, the tables are
    read as they are, of any version.
    """

    rows_at_a_time = 20_000
    """No other process waits for most of it, as these rows are hidden, and written beside other batches."""

    def __init__(
        self,
        place: PostgresPlace,
        session: Session | None = None,
        *,
        writable: bool,
        prepares: bool = True,
    ) -> None:
        super().__init__(place, session)
        self.writable = writable
        self._prepares = prepares
        self._cursors = count(1)

    @override
    def __enter__(self) -> Self:
        with explained(self.shown), ExitStack() as undo:
            self._connect()
            undo.callback(self.close)
            if self._prepares:
                schema.prepare(self._connection, self.place.schema, writable=self.writable)
                _ = self._lock, self._identity  # they are needed where the connection is lost, too
            undo.pop_all()
        return self

    @override
    def __exit__(self, *raised: object) -> None:
        self.close()

    @override
    def now(self) -> float:
        return self._clock.now()

    @property
    def _is_in_transaction(self) -> bool:
        return self._connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE

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
                self._messages.run(self._connection, "COMMIT", ())
            except BaseException:
                self._roll_back()
                raise

    # The tables that the server has not counted since they got many rows. It does so within a minute, but a
    # list of opt-outs that was imported just now would be read once for each recipient until then.
    _NOT_COUNTED = """
        SELECT quote_ident(pg_class.relname) FROM pg_stat_user_tables JOIN pg_class ON pg_class.oid = relid
        WHERE schemaname = current_schema() AND (
            n_mod_since_analyze > 1000 + 0.2 * n_live_tup
            OR (reltuples < 0 AND pg_relation_size(relid) > 100000)
        )
    """

    @override
    def refresh_statistics(self) -> None:
        for (table,) in self.rows(self._NOT_COUNTED):
            self.execute(f"ANALYZE (SKIP_LOCKED) {table}")

    def _run(self, statement: str, values: Values) -> "psycopg.Cursor[Any]":
        return self._messages.run(self._connection, statement, values)

    @override
    def execute(self, statement: str, values: Values = ()) -> int:
        with self.explained():
            return self._run(statement, values).rowcount

    @override
    def execute_later(self, statement: str, values: Values = ()) -> None:
        if self._is_in_transaction:
            self._messages.wait(self._connection, statement, values)
        else:
            self.execute(statement, values)

    @override
    def executemany(self, statement: str, values: Iterable[Values]) -> int:
        with self.explained():
            plain = _PLAIN_INSERT.fullmatch(statement)
            if plain is None:
                return self._messages.run_each(self._connection, statement, values)
            may_be_there, table, columns = plain.groups()
            return (self._copy_new if may_be_there else self._copy)(table, columns, values)

    # A table for rows that may be in another one already.
    _ARRIVING = "CREATE TEMP TABLE arriving (LIKE {table})"
    _TAKE_NEW = """
        INSERT OR IGNORE INTO {table} ({columns}) SELECT {columns} FROM temp.arriving ORDER BY arriving.ctid
    """

    def _copy_new(self, table: str, columns: str, values: Iterable[Values]) -> int:
        """Copy rows into a table, but of equal ones only the first that came, and return how many."""
        names = {"table": table, "columns": columns}
        self._run(self._ARRIVING.format(**names), ())
        self._copy("temp.arriving", columns, values)
        added = self._run(self._TAKE_NEW.format(**names), ()).rowcount
        self._run("DROP TABLE temp.arriving", ())
        return added

    def _copy(self, table: str, columns: str | None, values: Iterable[Values]) -> int:
        """Copy rows into a table, and return how many."""
        self._messages.run_waiting(self._connection)
        into = f"{table} ({columns})" if columns else table
        statement = translated(f"COPY {into} FROM STDIN")
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
            self._messages.run_waiting(self._connection)
            query = merged(self._connection, statement, values)
            name = f"kxsms_{next(self._cursors)}"
            hold = "" if self._is_in_transaction else " WITH HOLD"
            fetch = f"FETCH {_ROWS_AT_A_TIME} FROM {name}"
            found = self._connection.execute(f"DECLARE {name} NO SCROLL CURSOR{hold} FOR {query}; {fetch}")
            found.nextset()
            try:
                while some := found.fetchall():
                    yield from some
                    if len(some) < _ROWS_AT_A_TIME:
                        return
                    found = self._connection.execute(fetch)
            finally:
                with suppress(psycopg.Error):
                    self._connection.execute(f"CLOSE {name}")

    @override
    def write_blob(self, table: str, column: str, row: int, content: bytes) -> None:
        statement = f"UPDATE {table} SET {column} = %b WHERE id = %s"
        with self.explained(), psycopg.Cursor(self._connection) as cursor:
            cursor.execute(statement.encode(), (content, row))

    @override
    def schema_differences(self) -> Iterator[str]:
        with self.explained():
            yield from schema_differences(self._connection, self.place)

    def version(self) -> int | None:
        """Return the version of the ledger, or None. Raise Failure for a newer or a foreign one."""
        with self.explained():
            return schema.version_of(self._connection, self.place.schema)

    def refuse_unfit(self) -> None:
        """Raise Failure where a new ledger cannot be created."""
        with self.explained():
            schema.refuse_unfit(self._connection, self.place.schema)

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
