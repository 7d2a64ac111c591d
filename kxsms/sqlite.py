"""SQLite files: created private, changed in transactions, their errors explained."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kxsms.errors import Failure
from kxsms.language import mark, reason_of, tr
from kxsms.private_files import distrust, make_directory

if TYPE_CHECKING:
    import sqlite3

_BUSY_SECONDS = 30.0

_PROBLEMS = {
    "SQLITE_NOTADB": mark("is not a database"),
    "SQLITE_CORRUPT": mark("is damaged"),
    "SQLITE_READONLY": mark("cannot be written"),
    "SQLITE_FULL": mark("cannot grow: the disk is full"),
    "SQLITE_BUSY": mark("is locked by another process"),
    "SQLITE_CANTOPEN": mark("cannot be opened"),
    "SQLITE_IOERR": mark("cannot be read or written"),
}


class NewerSchema(Exception):
    """A newer version of kxsms created the file."""


class ForeignFile(Exception):
    """The file is a database of another program."""


def create(path: Path) -> None:
    """Create an empty file, if it is missing; it and new directories are for their owner alone."""
    make_directory(path.parent)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        path.chmod(0o600)  # SQLite gives -wal and -shm the same mode


def refuse_untrusted(subject: str, path: Path) -> None:
    """Raise Failure if other users can change a file, or a file that SQLite or kxsms keeps beside it.

    Call it inside `explained`, with the same `subject`.
    """
    for suffix in ("", "-wal", "-shm", "-journal", ".lock"):
        part = path.with_name(path.name + suffix)
        found = distrust(part)
        if found is not None:
            raise Failure(f"{tr(subject)} {part} {found.why}", found.hint)


def connect(path: Path | str, *, busy_seconds: float = _BUSY_SECONDS) -> "sqlite3.Connection":
    """Return a connection in autocommit mode that any thread may use."""
    import sqlite3

    return sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)


def connect_to_look(path: Path) -> "sqlite3.Connection":
    """Return a connection that changes no entry: it does not even move those of a -wal file."""
    import sqlite3

    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS, isolation_level=None
    )


def library_version() -> str:
    """Return the version of SQLite."""
    import sqlite3

    return sqlite3.sqlite_version


def use_wal(connection: "sqlite3.Connection") -> None:
    """Switch to write-ahead logging, which lets readers and a writer work side by side."""
    import sqlite3

    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        with suppress(sqlite3.OperationalError):  # busy: another process is switching it at this moment
            connection.execute("PRAGMA journal_mode = WAL")


@contextmanager
def transaction(connection: "sqlite3.Connection") -> Iterator[None]:
    """Lock the file for writing; commit at the end, or roll back on any exception."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


class HalfCharacters(bytes):
    """The UTF-8 of a text with half a surrogate pair, which is not valid: SQLite keeps it as bytes."""


def storable(text: str | None) -> str | HalfCharacters | None:
    """Return a text for a column: as bytes if it contains half a surrogate pair, which is not valid UTF-8."""
    if text is None:
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        return HalfCharacters(text.encode("utf-8", "surrogatepass"))
    return text


def stored(value: str | bytes | None) -> str | None:
    """Return the text of a column that `storable` wrote."""
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value


def is_busy(error: "sqlite3.Error") -> bool:
    """Return whether an error means no more than that another process has locked the file."""
    return _name(error) in ("SQLITE_BUSY", "SQLITE_LOCKED")


@contextmanager
def explained(subject: str, path: Path, hints: Mapping[str, str], default_hint: str) -> Iterator[None]:
    """Raise Failure for every error of a file inside the `with`.

    `subject` describes the file to a user. The keys of `hints` are SQLite's names of errors, and `NEWER`,
    `FOREIGN` and `OS`.
    """
    import sqlite3

    def failure(name: str, problem: str) -> Failure:
        return Failure(f"{tr(subject)} {path} {problem}", tr(hints.get(name, default_hint)))

    try:
        yield
    except NewerSchema:
        raise failure("NEWER", tr("was made by a newer version of kxsms")) from None
    except ForeignFile:
        raise failure("FOREIGN", tr("is a database of another program")) from None
    except sqlite3.Error as error:
        name = _name(error)
        problem = _PROBLEMS.get(name)
        words = tr("cannot be used: {error}", error=error) if problem is None else tr(problem)
        raise failure(name, words) from error
    except OSError as error:
        reason = reason_of(error)
        raise failure("OS", tr("cannot be used: {reason}", reason=reason)) from error


def _name(error: "sqlite3.Error") -> str:
    """Return SQLite's name of an error, without the part that extended codes add."""
    return "_".join(str(getattr(error, "sqlite_errorname", "")).split("_")[:2])
