"""The connection to the ledger's file, and the one place that explains its errors."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kxsms.language import mark
from kxsms.ledger.files import SUBJECT, LedgerFiles
from kxsms.ledger.schema import OriginsByProfile, migrate
from kxsms.sqlite import connect, create, explained, is_busy, transaction, use_wal

_HINTS = {
    "NEWER": mark("upgrade kxsms"),
    "FOREIGN": mark("move the file away, or set KXSMS_STATE_DIR to another directory"),
    "OS": mark("check its directory, or set KXSMS_STATE_DIR to a directory of yours"),
    "SQLITE_READONLY": mark("make the file and its directory writable for you"),
    "SQLITE_FULL": mark("free some space, then run the same command again"),
    "SQLITE_BUSY": mark("run the same command again"),
    "SQLITE_CANTOPEN": mark("make its directory writable for you: even reading the file needs that"),
    "SQLITE_IOERR": mark("check the disk: it may be full, over its quota, or failing"),
}
_DEFAULT_HINT = mark("restore it from a backup: a new ledger does not know what was already sent")
_MEMORY = ":memory:"
_MOMENT_MILLISECONDS = 200
_BLOCK_BYTES = 1 << 20

Values = Sequence[Any] | Mapping[str, Any]
"""The values of a statement's parameters, by position or by name."""


class Database:
    """The ledger's file, opened by `with`, and made if it is to be `writable` and does not exist.

    A file that does not exist and must not be written is read as an empty ledger. Every method raises Failure
    where the file cannot be used. Rows can be read by name: see `sqlite3.Row`.
    """

    def __init__(self, path: Path, *, writable: bool, origins: OriginsByProfile = dict) -> None:
        self.path = path
        self.files = LedgerFiles(path)
        self._origins = origins
        self.writable = writable
        self._opened: list[int] = []

    def __enter__(self) -> Self:
        with self.explained(), ExitStack() as undo:
            exists = self.writable or self.path.exists()
            self.files.refuse_unusable()
            self.files.look_for_log()
            if self.writable:
                create(self.files.real)
            self._connection = connect(self.files.real if exists else _MEMORY)
            undo.callback(self._connection.close)
            if self.writable:
                if not self.files.real.stat().st_size:
                    # Before the first table: later only a VACUUM lets the file shrink.
                    self._connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
                use_wal(self._connection)
                # An answer that was settled survives even a power cut.
                self._connection.execute("PRAGMA synchronous = FULL")
            migrate(self._connection, self._origins)
            self._connection.execute("PRAGMA temp.journal_mode = OFF")
            self._connection.row_factory = sqlite3.Row
            if exists:
                self.files.note()
            undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        while self._opened:
            os.close(self._opened.pop())

    def explained(self) -> AbstractContextManager[None]:
        """Raise Failure, in words, for errors of SQLite and of the system inside the `with`.

        The methods of this class do so themselves.
        """
        return explained(SUBJECT, self.path, _HINTS, _DEFAULT_HINT)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write as the only process: commit at the end, roll back on any exception."""
        with self.explained(), transaction(self._connection):
            yield

    @contextmanager
    def temporary(self) -> Iterator[None]:
        """Write temporary tables in one transaction, for which no other process waits.

        They have no journal, and so nothing is rolled back: do not use them after an exception.
        """
        self.execute("BEGIN")
        yield
        self.execute("COMMIT")

    def checkpoint(self) -> bool:
        """Write what is committed into the ledger's own file, so that it does not depend on the -wal file.

        Return False if another process, which reads an older state, is in the way.
        """
        busy, pages, written = self.rows("PRAGMA wal_checkpoint(PASSIVE)")[0]
        return not busy and pages == written

    def empty_log(self) -> None:
        """Write what is committed into the ledger's own file, and cut the -wal file to nothing.

        Another process that is reading or writing just now makes this come to nothing.
        """
        with self._impatient():
            self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def is_log_empty(self) -> bool:
        """Return whether the -wal file holds nothing."""
        try:
            return not self.files.data[1].stat().st_size
        except FileNotFoundError:
            return True

    def execute_if_free(self, statement: str) -> bool:
        """Run a statement outside transactions. Return False if another process is in its way."""
        with self._impatient(), self.explained():
            try:
                self._connection.execute(statement)
            except sqlite3.OperationalError as error:
                if is_busy(error):
                    return False
                raise
        return True

    @contextmanager
    def _impatient(self) -> Iterator[None]:
        """Wait only a moment for locks of other processes."""
        patience = self.value("PRAGMA busy_timeout")
        self.rows(f"PRAGMA busy_timeout = {_MOMENT_MILLISECONDS}")
        try:
            yield
        finally:
            self.rows(f"PRAGMA busy_timeout = {patience}")

    def execute(self, statement: str, values: Values = ()) -> int:
        """Run a statement, and return how many rows it changed."""
        with self.explained():
            return self._connection.execute(statement, values).rowcount

    def executemany(self, statement: str, values: Iterable[Values]) -> int:
        """Run a statement once for each of the values, and return how many rows that changed."""
        with self.explained():
            return self._connection.executemany(statement, values).rowcount

    def insert(self, statement: str, values: Values) -> int:
        """Run an INSERT of one row, and return its number."""
        with self.explained():
            number = self._connection.execute(statement, values).lastrowid
            assert number is not None
            return number

    def rows(self, statement: str, values: Values = ()) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        with self.explained():
            return self._connection.execute(statement, values).fetchall()

    def row(self, statement: str, values: Values = ()) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        with self.explained():
            found: sqlite3.Row | None = self._connection.execute(statement, values).fetchone()
            return found

    def value(self, statement: str, values: Values = ()) -> Any:
        """Return the one column of a query's first row, or None where it has no row."""
        row = self.row(statement, values)
        return None if row is None else row[0]

    def stream(self, statement: str, values: Values = ()) -> Iterator[sqlite3.Row]:
        """Yield the rows of a query without holding them all in memory."""
        with self.explained():
            yield from self._connection.execute(statement, values)

    def define(self, name: str, arguments: int, function: Callable[..., Any]) -> None:
        """Let statements call a function that always returns the same for the same arguments."""
        self._connection.create_function(name, arguments, function, deterministic=True)

    def holds(self, wanted: Sequence[bytes]) -> bool:
        """Return whether the ledger's file or its -wal file holds any of some bytes anywhere.

        The files stay open until the ledger is closed: to close one drops the locks of this process on it.
        """
        with self.explained():
            return any(self._file_holds(path, wanted) for path in self.files.data)

    def _file_holds(self, path: Path, wanted: Sequence[bytes]) -> bool:
        try:
            file = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
        except FileNotFoundError:
            return False
        self._opened.append(file)
        overlap = max(map(len, wanted)) - 1
        before = b""
        while block := os.read(file, _BLOCK_BYTES):
            part = before + block
            if any(one in part for one in wanted):
                return True
            before = part[-overlap:]
        return False

    def write_blob(self, table: str, column: str, row: int, content: bytes) -> None:
        """Write the content of a column that has the right length already, without a copy of it."""
        with self.explained(), self._connection.blobopen(table, column, row) as blob:
            blob.write(content)
