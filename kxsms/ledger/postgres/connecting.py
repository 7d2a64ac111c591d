"""Connections to PostgreSQL, with the settings on which a ledger relies."""

import logging
from typing import Any

import psycopg

from kxsms.domain.ledger_place import PostgresPlace
from kxsms.ledger.postgres.values import register, row_factory

# What it says of a connection that broke is said by the errors, too.
logging.getLogger("psycopg").addHandler(logging.NullHandler())

_SETTINGS = {
    # A claim is on the disk before its first byte leaves. A server that waits for a standby keeps waiting.
    "synchronous_commit": "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' "
    "WHEN 'local' THEN 'on' ELSE current_setting('synchronous_commit') END",
    # A process that is stopped in a transaction holds up all others only so long.
    "idle_in_transaction_session_timeout": "'15s'",
    "lock_timeout": "'30s'",
    # Statements name their tables in the order in which they are to be read.
    "join_collapse_limit": "'1'",
    # They look rows up by their number, mostly one after the other: SQLite, too, reads them by an index.
    "random_page_cost": "'1.1'",
    "jit": "'off'",
    "default_transaction_isolation": "'read committed'",
    "client_min_messages": "'warning'",
}
_SET = "SELECT " + ", ".join(f"set_config('{name}', {value}, false)" for name, value in _SETTINGS.items())
_SET_ALL = f"{_SET}, set_config('search_path', quote_ident(%s), false)"


_QUICK = {"connect_timeout": 5, "tcp_user_timeout": 4000}
"""Seconds to connect, and milliseconds without an answer, after which a lease can still be renewed."""


def connect(place: PostgresPlace, *, quickly: bool = False) -> "psycopg.Connection[Any]":
    """Return a connection in autocommit mode; `quickly`, or give up. Raise psycopg.Error."""
    parameters: dict[str, Any] = dict(place.parameters(psycopg.pq.version()))
    parameters["client_encoding"] = "UTF8"  # even if PGCLIENTENCODING says otherwise
    if quickly:
        parameters |= _QUICK
    connection: psycopg.Connection[Any] = psycopg.connect(
        **parameters,
        autocommit=True,
        cursor_factory=psycopg.ClientCursor,
        row_factory=row_factory,
        prepare_threshold=None,
    )
    try:
        register(connection)
        connection.execute(_SET_ALL, (place.schema,))
    except BaseException:
        connection.close()
        raise
    return connection
