"""The sessions of a ledger: the processes that use it, each with a lease that it renews.

A session is dead when its lease is over by the server's clock, or when its process was one of this machine
and has ended. A process that could not renew its lease in time has lost it for ever: what it had in flight
is unknown, and it claims nothing more.
"""

import threading
from contextlib import suppress
from typing import Any

import psycopg

from kxsms.domain.ledger_place import PostgresPlace
from kxsms.ledger.database import Database, Row
from kxsms.ledger.postgres.clock import steady
from kxsms.ledger.postgres.connecting import connect
from kxsms.ledger.postgres.dialect import translated
from kxsms.ledger.postgres.failures import explained
from kxsms.ledger.processes import Process, this_process

LEASE_SECONDS = 15.0
_RENEWAL_SECONDS = 4.0
_MARGIN_SECONDS = 1.0
"""Seconds by which a process stops before others may take it for dead."""

_RETRY_SECONDS = 0.5


# Remove a session with all that it has.
_REMOVE = """
    DELETE FROM owners WHERE session = :number; DELETE FROM fetching WHERE session = :number;
    DELETE FROM commits WHERE session = :number; DELETE FROM sessions WHERE number = :number
"""


class Session:
    """The session of this process, which begins when it is first asked for its number."""

    def __init__(self, place: PostgresPlace) -> None:
        self._place = place
        self._number: int | None = None
        self._held_until = 0.0
        self._is_lost = False
        self._end = threading.Event()
        self._connection: psycopg.Connection[Any] | None = None

    _BEGIN = """
        INSERT INTO sessions (host, boot, pid_namespace, pid, started, lease_until)
        VALUES (
            %(host)s, %(boot)s, %(pid_namespace)s, %(pid)s, %(started)s,
            clock_timestamp() + make_interval(secs => %(seconds)s)
        ) RETURNING number
    """

    @property
    def number(self) -> int:
        """Return the number of this session. Raise Failure where it cannot begin."""
        if self._number is None:
            with explained(self._place.shown):
                started = steady()
                self._connection = connect(self._place, quickly=True)
                values = {**this_process()._asdict(), "seconds": LEASE_SECONDS}
                row = self._connection.execute(self._BEGIN, values).fetchone()
                assert row is not None
                self._held_until = started + LEASE_SECONDS - _MARGIN_SECONDS
                self._number = int(row[0])
            renewing = (self._number, self._end)
            threading.Thread(target=self._renew, args=renewing, name="kxsms-lease", daemon=True).start()
        return self._number

    @property
    def has_begun(self) -> bool:
        """Return whether this process has needed a session."""
        return self._number is not None

    def is_held(self) -> bool:
        """Return whether this process still has its lease, for all that it can know."""
        return not self._is_lost and steady() < self._held_until

    _RENEW = """
        UPDATE sessions SET lease_until = clock_timestamp() + make_interval(secs => %s)
        WHERE number = %s AND lease_until > clock_timestamp()
    """

    def _renew(self, number: int, end: threading.Event) -> None:
        wait = _RENEWAL_SECONDS
        while not end.wait(wait) and not self._is_lost:
            started = steady()
            try:
                connection = self._connected(end)
                renewed = connection.execute(self._RENEW, (LEASE_SECONDS, number)).rowcount
            except psycopg.Error:
                wait = _RETRY_SECONDS
                continue
            wait = _RENEWAL_SECONDS
            if not end.is_set():
                self._is_lost = not renewed
            if renewed:
                self._held_until = started + LEASE_SECONDS - _MARGIN_SECONDS

    def _connected(self, end: threading.Event) -> "psycopg.Connection[Any]":
        """Return the connection, a new one if it is broken. Raise psycopg.Error at the end of the session."""
        connection = self._connection
        if connection is None or connection.closed:
            connection = connect(self._place, quickly=True)
            if end.is_set():
                connection.close()
            else:
                self._connection = connection
        return connection

    def close(self) -> None:
        """End the session: others need not wait for the end of its lease."""
        self._end.set()
        number, connection = self._number, self._connection
        self._number, self._connection, self._end = None, None, threading.Event()
        if number is None or connection is None:
            return
        with suppress(psycopg.Error):
            connection.execute(translated(_REMOVE), {"number": number})
        with suppress(psycopg.Error):
            connection.close()


_FIND = "SELECT *, lease_until > clock_timestamp() AS is_leased FROM sessions WHERE number = ?"


def is_alive(database: Database, number: int | None) -> bool:
    """Return whether the session with a number lives; None is no session."""
    row = None if number is None else database.row(_FIND, (number,))
    return row is not None and is_living(row)


def is_living(row: Row) -> bool:
    """Return whether a session lives, by its row and whether it `is_leased`."""
    return row["is_leased"] and process_of(row).is_alive() is not False


def process_of(row: Row) -> Process:
    """Return the process of a session, by its row."""
    return Process(*(row[name] for name in Process._fields))


def bury(database: Database, number: int) -> None:
    """Remove a dead session: it cannot claim anything again, even if its process still runs.

    Call it inside a transaction.
    """
    database.execute(_REMOVE, {"number": number})
