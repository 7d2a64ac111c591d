"""The ledgers of the benchmarks: each is a file, or a schema of its own on the server in KXSMS_LEDGER."""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

SERVER = os.environ.get("KXSMS_LEDGER") or None
"""The URL of a database on a server, without a schema."""


def ledger_url(server: str | None, number: int) -> str:
    """Return what KXSMS_LEDGER is for a ledger of its own; nothing for a file."""
    if server is None:
        return ""
    return f"{server}{'&' if '?' in server else '?'}schema=bench_{os.getpid()}_{number}"


def _split(url: str) -> tuple[str, str]:
    """Return the URL for libpq, and the schema."""
    server, _, schema = url.rpartition("schema=")
    return server[:-1], schema


def ledger_file(env: Mapping[str, str]) -> Path:
    """Return the file that is a user's ledger. Raise RuntimeError if it is on a server."""
    if env["KXSMS_LEDGER"]:
        raise RuntimeError("this benchmark is about a ledger in a file: unset KXSMS_LEDGER")
    return Path(env["KXSMS_STATE_DIR"], "ledger.sqlite3")


def only_row(env: Mapping[str, str], query: str) -> tuple[Any, ...]:
    """Return the one row of a query to a user's ledger."""
    if env["KXSMS_LEDGER"]:
        import psycopg

        server, schema = _split(env["KXSMS_LEDGER"])
        with psycopg.connect(server, options=f"-c search_path={schema}") as ledger:
            found = ledger.execute(query).fetchall()
    else:
        with closing(sqlite3.connect(ledger_file(env))) as file:
            found = file.execute(query).fetchall()
    (row,) = found
    return tuple(row)


def drop_ledger(env: Mapping[str, str]) -> None:
    """Remove a user's ledger from its server, if it is on one."""
    if env["KXSMS_LEDGER"]:
        import psycopg

        server, schema = _split(env["KXSMS_LEDGER"])
        with psycopg.connect(server, options="-c client_min_messages=warning") as connection:
            connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
