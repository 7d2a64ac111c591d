"""The sandbox's SQLite file: how it is made, opened and emptied, and what its errors mean to a user."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kxsms.errors import Failure

if TYPE_CHECKING:
    import sqlite3

FILE_NAME = "sandbox.sqlite3"
START_BALANCE = 100_000
"""Billed messages that each product has at the start."""

_VERSION = 1
_SCHEMA = (
    "CREATE TABLE account (product TEXT PRIMARY KEY, spent INTEGER NOT NULL)",
    "CREATE TABLE message (task_id INTEGER PRIMARY KEY AUTOINCREMENT, product TEXT NOT NULL,"
    " content TEXT NOT NULL, extno TEXT NOT NULL, time REAL NOT NULL)",
    # `due` is when the report may be handed out; NULL: it has been, or never will be.
    "CREATE TABLE recipient (id INTEGER PRIMARY KEY, task_id INTEGER NOT NULL, product TEXT NOT NULL,"
    " mobile TEXT NOT NULL, status TEXT, due REAL)",
    "CREATE INDEX recipient_due ON recipient (product, due) WHERE due IS NOT NULL",
    "CREATE INDEX recipient_mobile ON recipient (mobile)",
    "CREATE TABLE reply (id INTEGER PRIMARY KEY, product TEXT NOT NULL, mobile TEXT NOT NULL,"
    " content TEXT NOT NULL, extno TEXT NOT NULL, task_id TEXT NOT NULL, time REAL NOT NULL)",
    "CREATE INDEX reply_product ON reply (product)",
)
_BUSY_SECONDS = 10.0
_AFRESH = "run `kxsms sandbox reset` to start with an empty one"
_READONLY = "make the file writable, or run `kxsms sandbox reset` to start with an empty one"


class _NewerSchema(Exception):
    """The file was made by a version of kxsms that knows more than this one."""


def open_database(path: Path) -> "sqlite3.Connection":
    """A connection in autocommit mode that any thread may use, to a file that is made if there is none.

    Call it inside `explained`, which turns its errors into Failure.
    """
    _create(path)
    connection = _connect(path)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: "sqlite3.Connection") -> Iterator[None]:
    """Write alone: commits at the end, rolls back on any exception."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise Failure, with a hint, for whatever goes wrong with the file inside the `with`."""
    import sqlite3

    try:
        yield
    except _NewerSchema:
        raise Failure(f"the sandbox's state {path} is of a newer version of kxsms", _AFRESH) from None
    except sqlite3.Error as error:
        raise _failure(path, error) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Failure(
            f"the sandbox's state {path} cannot be used: {reason}",
            f"check {path.parent}, or set KXSMS_STATE_DIR to a directory of yours",
        ) from error


def empty_database(path: Path) -> None:
    """Forget everything, while others may have the file open; one that is no database is removed.

    A sound file is emptied and not removed: a server that has it open would go on with the removed one.
    Raises Failure where neither can be done.
    """
    import sqlite3

    with explained(path):
        try:
            if path.exists():
                with closing(_connect(path)) as connection:
                    _recreate(connection)
                return
        except sqlite3.Error as error:
            if _primary_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
        for suffix in ("-wal", "-shm", ""):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def _create(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True)
        path.parent.chmod(0o700)  # mkdir obeys the umask
    except FileExistsError:
        pass
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        path.chmod(0o600)  # SQLite gives -wal and -shm the same mode


def _connect(path: Path) -> "sqlite3.Connection":
    import sqlite3

    return sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _prepare(connection: "sqlite3.Connection") -> None:
    import sqlite3

    # Nobody's messages are at stake: a power cut may cost the file, and no call waits for the disk.
    connection.execute("PRAGMA synchronous = OFF")
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        with suppress(sqlite3.OperationalError):  # busy: another process is switching it at this moment
            connection.execute("PRAGMA journal_mode = WAL")
    with transaction(connection):
        version = _version(connection)
        if version == 0:
            _create_tables(connection)
        elif version != _VERSION:
            raise _NewerSchema
        else:
            _mark(connection)  # a file that cannot be written is found out here and now


def _recreate(connection: "sqlite3.Connection") -> None:
    connection.execute("PRAGMA secure_delete = ON")
    with transaction(connection):
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
        for (name,) in tables:
            connection.execute('DROP TABLE "{}"'.format(name.replace('"', '""')))
        _create_tables(connection)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the texts leave the log as well


def _create_tables(connection: "sqlite3.Connection") -> None:
    for statement in _SCHEMA:
        connection.execute(statement)
    _mark(connection)


def _mark(connection: "sqlite3.Connection") -> None:
    connection.execute(f"PRAGMA user_version = {_VERSION}")


def _version(connection: "sqlite3.Connection") -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _primary_code(error: "sqlite3.Error") -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _failure(path: Path, error: "sqlite3.Error") -> Failure:
    import sqlite3

    known = {
        sqlite3.SQLITE_NOTADB: ("is not a database", _AFRESH),
        sqlite3.SQLITE_CORRUPT: ("is damaged", _AFRESH),
        sqlite3.SQLITE_READONLY: ("cannot be written", _READONLY),
        sqlite3.SQLITE_FULL: ("cannot grow: the disk is full", f"free some space, or {_AFRESH}"),
        sqlite3.SQLITE_BUSY: ("is held by another process", "end it, then try again"),
    }
    what, hint = known.get(_primary_code(error), (f"cannot be used: {error}", _AFRESH))
    return Failure(f"the sandbox's state {path} {what}", hint)
