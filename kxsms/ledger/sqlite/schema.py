"""The tables of the ledger, and the migrations that bring an older ledger up to date."""

from pathlib import Path
from typing import TYPE_CHECKING

from kxsms.ledger.database import OriginsByProfile
from kxsms.sqlite import ForeignFile, NewerSchema, transaction

if TYPE_CHECKING:
    import sqlite3

VERSION = 17
"""How many migrations there are. They are loaded for a ledger that has had fewer, but not for a new one."""

_APPLICATION_ID = 0x6B78736D  # "kxsm"
_NEWEST_TABLES = Path(__file__).with_name("newest_tables.sql")


def migrate(connection: "sqlite3.Connection", origins: OriginsByProfile = dict) -> None:
    """Bring a ledger up to date. Raise NewerSchema or ForeignFile for a file that is not an older ledger.

    `origins` is called for an older ledger.
    """
    while (version := version_of(connection)) != VERSION:  # another process may create an older one meanwhile
        if version:
            _change(connection, origins)
        else:
            _create(connection)


def _create(connection: "sqlite3.Connection") -> None:
    """Create the tables as all migrations would leave them, in a fifth of the time."""
    statements = _NEWEST_TABLES.read_text(encoding="utf-8").split(";\n")
    with transaction(connection):
        if not version_of(connection):
            for statement in statements:
                connection.execute(statement)
            _sign(connection)


def _change(connection: "sqlite3.Connection", origins: OriginsByProfile) -> None:
    from kxsms.ledger.sqlite.migration_functions import register
    from kxsms.ledger.sqlite.migrations import MIGRATIONS

    register(connection)
    connection.execute("CREATE TEMP TABLE known_origins (profile TEXT, account TEXT, origin TEXT)")
    known = [(*key, origin) for key, origin in origins().items()]
    connection.executemany("INSERT INTO temp.known_origins VALUES (?, ?, ?)", known)
    with transaction(connection):
        for number in range(version_of(connection), VERSION):
            for statement in MIGRATIONS[number]:
                connection.execute(statement)
        _sign(connection)


def _sign(connection: "sqlite3.Connection") -> None:
    """Mark the file as a ledger that is up to date."""
    connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


# In one statement, and so as of one moment: another process may create the tables just now.
_FACTS = """
    SELECT user_version, application_id, (SELECT count(*) FROM sqlite_master)
    FROM pragma_user_version, pragma_application_id
"""


def version_of(connection: "sqlite3.Connection") -> int:
    """Return how many migrations a ledger has had. Raise NewerSchema or ForeignFile, as `migrate` does."""
    version, owner, tables = connection.execute(_FACTS).fetchone()
    if owner != _APPLICATION_ID and (owner or version or tables):
        raise ForeignFile
    if version > VERSION:
        raise NewerSchema
    return int(version)
