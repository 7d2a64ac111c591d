"""SQLite files of kxsms' own: made private, changed in transactions, their errors told in words."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kxsms.errors import Failure
from kxsms.private_files import distrust, make_directory

if TYPE_CHECKING:
    import sqlite3

_BUSY_SECONDS = 30.0

_PROBLEMS = {
    "SQLITE_NOTADB": "is not a database",
    "SQLITE_CORRUPT": "is damaged",
    "SQLITE_READONLY": "cannot be written",
    "SQLITE_FULL": "cannot grow: the disk is full",
    "SQLITE_BUSY": "is held by another process",
    "SQLITE_CANTOPEN": "cannot be opened",
    "SQLITE_IOERR": "cannot be read or written",
}


class NewerSchema(Exception):
    """The file was made by a version of kxsms that knows more than this one."""


class ForeignFile(Exception):
    """The file is a database, but not one of kxsms'."""


def create(path: Path) -> None:
    """Make an empty file for its owner alone, in a directory like that, if there is none."""
    make_directory(path.parent)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        path.chmod(0o600)  # SQLite gives -wal and -shm the same mode


def refuse_untrusted(subject: str, path: Path) -> None:
    """Raise Failure where others can change a file, or what SQLite keeps beside it. `subject` as of
    `explained`, inside which this belongs."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        part = path.with_name(path.name + suffix)
        found = distrust(part)
        if found is not None:
            raise Failure(f"{subject} {part} {found.why}", found.hint)


def connect(path: Path | str, *, busy_seconds: float = _BUSY_SECONDS) -> "sqlite3.Connection":
    """A connection in autocommit mode that any thread may use."""
    import sqlite3

    return sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)


def use_wal(connection: "sqlite3.Connection") -> None:
    """Let readers and a writer work side by side."""
    import sqlite3

    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        with suppress(sqlite3.OperationalError):  # busy: another process is switching it at this moment
            connection.execute("PRAGMA journal_mode = WAL")


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


def storable(text: str | None) -> str | bytes | None:
    """A text for a column: one with half a character in it, which is no UTF-8, as bytes. See `stored`."""
    if text is None:
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def stored(value: str | bytes | None) -> str | None:
    """The text that `storable` made ready."""
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value


def is_busy(error: "sqlite3.Error") -> bool:
    """Whether an error only says that somebody else is at the file."""
    return _name(error) in ("SQLITE_BUSY", "SQLITE_LOCKED")


@contextmanager
def explained(subject: str, path: Path, hints: Mapping[str, str], default_hint: str) -> Iterator[None]:
    """Raise Failure for whatever goes wrong with a file inside the `with`.

    `subject` is what the file is to a user, `hints` say by SQLite's name of an error, or `NEWER` or
    `FOREIGN`, what to do about it.
    """
    import sqlite3

    def failure(name: str, what: str) -> Failure:
        return Failure(f"{subject} {path} {what}", hints.get(name, default_hint))

    try:
        yield
    except NewerSchema:
        raise failure("NEWER", "is of a newer version of kxsms") from None
    except ForeignFile:
        raise failure("FOREIGN", "is a database, but not one of kxsms") from None
    except sqlite3.Error as error:
        name = _name(error)
        raise failure(name, _PROBLEMS.get(name, f"cannot be used: {error}")) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise failure("OS", f"cannot be used: {reason}") from error


def _name(error: "sqlite3.Error") -> str:
    """SQLite's name of an error, without its extension."""
    return "_".join(str(getattr(error, "sqlite_errorname", "")).split("_")[:2])
