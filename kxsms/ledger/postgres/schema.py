"""The schema of a ledger: whether it is there, its version, and the migrations that lead to that of today."""

import zlib
from typing import Any

import psycopg

from kxsms.ledger.postgres.failures import ForeignSchema, NewerLedger, NoRights, WrongEncoding
from kxsms.ledger.postgres.migrations import FIRST_VERSION, MIGRATIONS

NEWEST = max(MIGRATIONS)
"""The version of a ledger that is up to date."""

_EXISTS = "SELECT to_regnamespace(quote_ident(%s)) IS NOT NULL"
# Whether the tables are those of a ledger, if there are any. In one statement, and so as of one moment:
# another process may create them just now.
_IS_LEDGER = """
    SELECT bool_or(relname = 'schema_version') FROM pg_class
    WHERE relnamespace = to_regnamespace(quote_ident(%s)) AND relkind = 'r'
"""
_VERSION = "SELECT version FROM {schema}.schema_version"
_LOCK_NUMBER = "SELECT current_schema()::regnamespace::oid::bigint"
_LOCK = "SELECT pg_advisory_xact_lock(%s, 0)"


def prepare(connection: "psycopg.Connection[Any]", schema: str, *, writable: bool) -> None:
    """Bring the tables up to date. Raise what `explained` knows: NewerLedger or ForeignSchema, for example.

    A ledger that is not there and is only read gets temporary tables: it is empty.
    """
    version = version_of(connection, schema)
    if version == NEWEST:
        return
    if version is None and not writable:
        create_temporary(connection)
        return
    if version is None:
        refuse_unfit(connection, schema)
    if not _value(connection, _EXISTS, schema):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    connection.execute("BEGIN")
    try:
        connection.execute(_LOCK, (lock_number(connection),))
        for statement in _statements(version_of(connection, schema)):
            connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        if not connection.closed:
            connection.execute("ROLLBACK")
        raise


_ENCODING = "SHOW server_encoding"

# Whether this role may create a schema, or tables in it if it is there.
_MAY_CREATE = """
    SELECT CASE WHEN to_regnamespace(quote_ident(%s)) IS NULL
        THEN has_database_privilege(current_database(), 'CREATE')
        ELSE has_schema_privilege(to_regnamespace(quote_ident(%s))::oid, 'CREATE')
    END
"""


def refuse_unfit(connection: "psycopg.Connection[Any]", schema: str) -> None:
    """Raise WrongEncoding or NoRights where the tables of a new ledger cannot be created."""
    if (encoding := str(_value(connection, _ENCODING))) != "UTF8":  # another one lacks some characters
        raise WrongEncoding(encoding)
    if not _value(connection, _MAY_CREATE, schema, schema):
        raise NoRights(schema, connection.info.user)


def create_temporary(connection: "psycopg.Connection[Any]") -> None:
    """Create the tables of an empty ledger, which go with the connection."""
    connection.execute("SELECT set_config('search_path', 'pg_temp', false)")
    for statement in _statements(None):
        connection.execute(statement)


def version_of(connection: "psycopg.Connection[Any]", schema: str) -> int | None:
    """Return the version of the ledger in a schema, or None. Raise NewerLedger or ForeignSchema."""
    is_ledger = _value(connection, _IS_LEDGER, schema)
    if is_ledger is None:
        return None
    if not is_ledger:
        raise ForeignSchema
    version = int(_value(connection, _VERSION.format(schema=schema)))
    if version > NEWEST:
        raise NewerLedger
    return version


def _statements(version: int | None) -> list[str]:
    """Return the statements that lead from a version to the one of today."""
    if version == NEWEST:
        return []
    start = [] if version is not None else ["CREATE TABLE schema_version AS SELECT 0 AS version"]
    steps = [
        statement
        for number, statements in sorted(MIGRATIONS.items())
        if number > (version or FIRST_VERSION - 1)
        for statement in statements
    ]
    return [*start, *steps, f"UPDATE schema_version SET version = {NEWEST}"]


def _value(connection: "psycopg.Connection[Any]", statement: str, *values: object) -> Any:
    row = connection.execute(statement, values).fetchone()
    assert row is not None
    return row[0]


def lock_number(connection: "psycopg.Connection[Any]") -> int:
    """Return the number of the locks of the ledger, which no other schema of the database has."""
    return _as_integer(int(_value(connection, _LOCK_NUMBER)))


def identity(connection: "psycopg.Connection[Any]") -> str:
    """Return the name that no other ledger has, wherever it is."""
    return str(_value(connection, "SELECT name FROM identity"))


def number_of(name: str) -> int:
    """Return the number of the lock for a name."""
    return _as_integer(zlib.crc32(name.encode("utf-8", "surrogatepass")) or 1)


def _as_integer(number: int) -> int:
    """Return 32 bits as PostgreSQL's `integer`, which has a sign."""
    return number - (1 << 32) if number >= 1 << 31 else number
