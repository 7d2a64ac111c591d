"""The ledger as its tables have it, read past kxsms and past every proxy."""

import time
from collections.abc import Sequence
from typing import Any

import psycopg

from tests.soak.hosts.host import Process

_PATIENCE = 30.0
_POLL_SECONDS = 0.005


class Ledger:
    """A connection of the tests to a ledger, made again after each restart of the server."""

    def __init__(self, url: str, schema: str) -> None:
        self._url = url
        self._schema = schema
        self._connection: psycopg.Connection[Any] | None = None

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run one statement. A second time if the server was restarted, so it must only read."""
        try:
            return self._rows(statement, values)
        except psycopg.OperationalError:
            return self._rows(statement, values)

    def _rows(self, statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._url, autocommit=True)
            self._connection.execute(f"SET search_path = {self._schema}".encode())
        cursor = self._connection.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    _BATCH = """
        SELECT name, finished IS NOT NULL AND sending = 0 AND not_sent = 0
            AND accepted + rejected + unknown = recipients
        FROM batches WHERE ready
    """

    def batch(self) -> tuple[str, bool] | None:
        """Return the name of the batch and whether it is over, or None while it is not there."""
        if not self.rows("SELECT to_regclass('batches') IS NOT NULL")[0][0]:
            return None
        found = self.rows(self._BATCH)
        return (found[0][0], found[0][1]) if found else None

    _SESSION = "SELECT number FROM sessions WHERE host LIKE %s AND pid = %s"

    def session(self, process: Process) -> int | None:
        """Return the number of the session of a process, or None while it has none."""
        if process.session is None:
            host = process.name.partition(".")[0]
            found = self.rows(self._SESSION, (f"{host}/%", process.process.pid))
            process.session = found[0][0] if found else None
        return process.session

    # A backend that waits for a lock does not see that its client has gone; it will claim nothing.
    _BUSY = """
        SELECT 1 FROM pg_stat_activity
        WHERE application_name = %s AND wait_event_type IS DISTINCT FROM 'Lock'
            AND (state = 'active' OR %s)
    """
    _IN_FLIGHT = "SELECT count(*) FROM requests WHERE state = 'sending' AND runner = %s"

    def in_flight(self, process: Process, *, is_gone: bool) -> int:
        """Return how many requests a process has in flight that was killed or stopped.

        First wait until the server has dealt with everything that the process said.
        """
        end = time.monotonic() + _PATIENCE
        while self.rows(self._BUSY, (process.name, is_gone)) and time.monotonic() < end:
            time.sleep(_POLL_SECONDS)
        session = self.session(process)
        return 0 if session is None else int(self.rows(self._IN_FLIGHT, (session,))[0][0])

    _LEASE = "SELECT lease_until > clock_timestamp() FROM sessions WHERE number = %s"

    def has_lease(self, session: int) -> bool:
        """Return whether the lease of a session is not over."""
        return self.rows(self._LEASE, (session,)) == [(True,)]
