"""An empty ledger in PostgreSQL for one test after another: to create its tables takes too long."""

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.postgres.places import Places, make_url

if TYPE_CHECKING:  # psycopg takes a tenth of a second to import
    from psycopg import Connection

    from kxsms.domain.ledger_place import PostgresPlace

END_SESSIONS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s
"""
"""End the sessions that use the ledgers, and wait for that: they may hold locks."""

TABLES = """
SELECT quote_ident(relname), attname, pg_get_serial_sequence(attrelid::regclass::text, attname)
FROM pg_class LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attidentity != ''
WHERE relnamespace = %s::regnamespace AND relkind = 'r'
    AND relname NOT IN ('schema_version', 'identity')
"""
"""The tables of a schema but for its version and its name; the column that numbers their rows, and how."""

COUNTERS = {"turns": "turn", "last_record": "id"}
"""The tables with one row, a number that begins at 0."""


Content = dict[str, bytes]
"""The rows of tables, as COPY writes them."""


class PostgresLedgers:
    """The ledger of a test and that of its sandbox, each in a schema of its own."""

    def __init__(self, places: Places) -> None:
        self.name = f"kxtest_{secrets.token_hex(6)}"
        parameters = {**places.parameters, "application_name": self.name}
        self._password = parameters.pop("password", None)
        self.url = f"{make_url(parameters)}&schema={self.name}"
        self._admin = places.connect()
        self._users: dict[bool, Connection[Any]] = {}
        """Those of `query`: to connect takes as long as ten statements."""
        self._emptying = self._created()

    @property
    def environ(self) -> Mapping[str, str]:
        """Return the variables that lead kxsms to the ledger. The password is not in the URL."""
        return {"KXSMS_LEDGER": self.url, **({"PGPASSWORD": self._password} if self._password else {})}

    @property
    def place(self) -> "PostgresPlace":
        """Return the place of the ledger, as kxsms reads the URL."""
        from kxsms.domain.ledger_place import postgres_place

        return postgres_place(self.url, os.environ)

    def query(self, statement: str, values: Sequence[object] = (), sandbox: bool = False) -> list[Any]:
        """Return the rows of a statement in the SQL of `kxsms.ledger`. It may also change the ledger."""
        from kxsms.ledger.postgres.connecting import connect
        from kxsms.ledger.postgres.dialect import translated

        if sandbox not in self._users:
            self._users[sandbox] = connect(self.place.of_sandbox() if sandbox else self.place)
        cursor = self._users[sandbox].execute(translated(statement), values)
        return cursor.fetchall() if cursor.description else []

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let no other process write the ledger inside the `with`."""
        from kxsms.ledger.postgres.connecting import connect
        from kxsms.ledger.postgres.schema import lock_number

        with connect(self.place) as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s, 0)", (lock_number(connection),))
            yield

    def save(self) -> Content:
        """Return what is in the ledger now."""
        content: Content = {}
        for table, *_ in self._admin.execute(TABLES, (self.name,)).fetchall():
            with self._admin.cursor().copy(f"COPY {self.name}.{table} TO STDOUT".encode()) as rows:
                content[table] = b"".join(rows)
        return content

    def restore(self, content: Content) -> None:
        """Let the ledger have what it had when it was saved."""
        self.empty()
        for table, column, sequence in self._admin.execute(TABLES, (self.name,)).fetchall():
            name = f"{self.name}.{table}"
            if content[table]:
                self._admin.execute(f"DELETE FROM {name}".encode())
                with self._admin.cursor().copy(f"COPY {name} FROM STDIN".encode()) as copy:
                    copy.write(content[table])
            if sequence is not None:
                last = f"SELECT setval('{sequence}', max({column})) FROM {name}"
                self._admin.execute(last.encode())

    def empty(self) -> None:
        """Leave the ledgers as they were created."""
        import psycopg

        self._end_sessions()
        try:
            self._admin.execute(self._emptying)
        except psycopg.Error:  # a test has changed the tables
            self._drop()
            self._emptying = self._created()

    def close(self) -> None:
        """Drop the ledgers."""
        self._drop()
        self._admin.close()

    def _drop(self) -> None:
        self._end_sessions()
        for place in (self.place, self.place.of_sandbox()):
            self._admin.execute(f"DROP SCHEMA {place.schema} CASCADE".encode())

    def _end_sessions(self) -> None:
        for connection in self._users.values():
            connection.close()
        self._users.clear()
        self._admin.execute(END_SESSIONS, (self.name,))

    def _created(self) -> bytes:
        """Create the tables, and return the statements that empty them."""
        from kxsms.ledger.postgres.connecting import connect
        from kxsms.ledger.postgres.schema import prepare

        statements: list[str] = []
        for place in (self.place, self.place.of_sandbox()):
            with connect(place) as connection:
                prepare(connection, place.schema, writable=True)
                for table, _, sequence in connection.execute(TABLES, (place.schema,)).fetchall():
                    name = f"{place.schema}.{table}"
                    column = COUNTERS.get(table)
                    statements.append(f"UPDATE {name} SET {column} = 0" if column else f"DELETE FROM {name}")
                    if sequence is not None:
                        statements.append(f"SELECT setval('{sequence}', 1, false)")
        return "; ".join(statements).encode()
