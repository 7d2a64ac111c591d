"""The SQLite file of the sandbox: creates, opens and empties it, and explains its errors."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kxsms.language import mark, tr
from kxsms.sqlite import NewerSchema, connect, create, is_busy, refuse_untrusted, transaction, use_wal
from kxsms.sqlite import explained as explained_by

if TYPE_CHECKING:
    import sqlite3

FILE_NAME = "sandbox.sqlite3"
START_BALANCE = 100_000
"""The balance of each product at the start, in billed messages."""

_VERSION = 1
_SCHEMA = (
    "CREATE TABLE account (product TEXT PRIMARY KEY, spent INTEGER NOT NULL)",
    "CREATE TABLE message (task_id INTEGER PRIMARY KEY AUTOINCREMENT, product TEXT NOT NULL,"
    " content TEXT NOT NULL, extno TEXT NOT NULL, time REAL NOT NULL)",
    # `due` is the time from which the report is handed out; NULL if it has been, or never will be.
    "CREATE TABLE recipient (id INTEGER PRIMARY KEY, task_id INTEGER NOT NULL, product TEXT NOT NULL,"
    " mobile TEXT NOT NULL, status TEXT, due REAL)",
    "CREATE INDEX recipient_due ON recipient (product, due) WHERE due IS NOT NULL",
    "CREATE INDEX recipient_mobile ON recipient (mobile)",
    "CREATE TABLE reply (id INTEGER PRIMARY KEY, product TEXT NOT NULL, mobile TEXT NOT NULL,"
    " content TEXT NOT NULL, extno TEXT NOT NULL, task_id TEXT NOT NULL, time REAL NOT NULL)",
    "CREATE INDEX reply_product ON reply (product)",
)
_SUBJECT = mark("the sandbox's state")
_START_EMPTY = mark("run kxsms sandbox reset to start with an empty one")


def open_database(path: Path) -> "sqlite3.Connection":
    """Open the file, or create it, and return a connection in autocommit mode that any thread may use.

    Call it inside `explained`, which turns its errors into Failure.
    """
    refuse_untrusted(_SUBJECT, path)
    create(path)
    connection = connect(path)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise Failure, with a hint, for every error of the file inside the `with`."""
    start_empty = tr(_START_EMPTY)
    hints = {
        "OS": tr("check {directory}, or set KXSMS_STATE_DIR to your own directory", directory=path.parent),
        "SQLITE_READONLY": tr("make the file writable, or {start_empty}", start_empty=start_empty),
        "SQLITE_FULL": tr("free some space, or {start_empty}", start_empty=start_empty),
        "SQLITE_BUSY": tr("stop that process, then run the command again"),
    }
    with explained_by(tr(_SUBJECT), path, hints, start_empty):
        yield


def empty_database(path: Path) -> None:
    """Delete everything in the file. Other processes may have it open.

    A valid database is emptied rather than removed: a server that has it open would keep using the removed
    file. Any other file is removed. Raises Failure if neither is possible.
    """
    import sqlite3

    with explained(path):
        refuse_untrusted(_SUBJECT, path)
        try:
            if path.exists():
                with closing(connect(path)) as connection:
                    _recreate(connection)
                return
        except sqlite3.Error as error:
            if is_busy(error):
                raise
        for suffix in ("-wal", "-shm", ""):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def _prepare(connection: "sqlite3.Connection") -> None:
    # The file holds no real messages: a power failure may destroy it, and no call waits for the disk.
    connection.execute("PRAGMA synchronous = OFF")
    use_wal(connection)
    with transaction(connection):
        version = _version(connection)
        if version == 0:
            _create_tables(connection)
        elif version != _VERSION:
            raise NewerSchema
        else:
            _mark(connection)  # fails now if the file is read-only


def _recreate(connection: "sqlite3.Connection") -> None:
    connection.execute("PRAGMA secure_delete = ON")
    with transaction(connection):
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
        for (name,) in tables:
            connection.execute('DROP TABLE "{}"'.format(name.replace('"', '""')))
        _create_tables(connection)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # removes the texts from the log as well


def _create_tables(connection: "sqlite3.Connection") -> None:
    for statement in _SCHEMA:
        connection.execute(statement)
    _mark(connection)


def _mark(connection: "sqlite3.Connection") -> None:
    connection.execute(f"PRAGMA user_version = {_VERSION}")


def _version(connection: "sqlite3.Connection") -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
