"""The connection to a ledger of SQLite, and the one place that explains its errors."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Self

from kxsms.compat import override
from kxsms.language import mark
from kxsms.ledger.database import Database, OriginsByProfile, Row, Values
from kxsms.ledger.sqlite import freeing
from kxsms.ledger.sqlite.files import SUBJECT, LedgerFiles
from kxsms.ledger.sqlite.schema import migrate
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
_CACHE_KIB = 16 * 1024
_CHECKPOINT_PAGES = 10_000


class SqliteDatabase(Database):
    """The ledger's file, opened by `with`, and made if it is to be `writable` and does not exist.

    A file that does not exist and must not be written is read as an empty ledger. Every method raises Failure
    where the file cannot be used. Rows can be read by name: see `sqlite3.Row`.
    """

    rows_at_a_time = 100_000
    """No other process waits longer than that takes, a third of a second. Nearly every page of the index of
    numbers changes in each transaction, so fewer rows would take longer altogether."""

    def __init__(self, path: Path, *, writable: bool, origins: OriginsByProfile = dict) -> None:
        self.path = path
        self.shown = str(path)
        self.files = LedgerFiles(path)
        self._origins = origins
        self.writable = writable

    @override
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

    @override
    def __exit__(self, *raised: object) -> None:
        self._connection.close()
        self.files.close()

    @override
    def explained(self) -> AbstractContextManager[None]:
        return explained(SUBJECT, self.path, _HINTS, _DEFAULT_HINT)

    @override
    @contextmanager
    def transaction(self, sender: str | None = None) -> Iterator[None]:
        with self.explained(), transaction(self._connection):
            self.refuse_sealed()
            yield

    @override
    def aside(self, batch: int) -> AbstractContextManager[None]:
        return self.transaction()

    @override
    @contextmanager
    def temporary(self) -> Iterator[None]:
        self.execute("BEGIN")
        yield
        self.execute("COMMIT")

    @override
    def write_through(self) -> bool:
        # Into the ledger's own file, unless another process, which reads an older state, is in the way.
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

    @override
    def rewrite(self) -> bool:
        with self._impatient(), self.explained():
            try:
                self._connection.execute("VACUUM")
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

    @override
    def execute(self, statement: str, values: Values = ()) -> int:
        with self.explained():
            return self._connection.execute(statement, values).rowcount

    @override
    def executemany(self, statement: str, values: Iterable[Values]) -> int:
        with self.explained():
            return self._connection.executemany(statement, values).rowcount

    @override
    def insert(self, statement: str, values: Values) -> int:
        with self.explained():
            number = self._connection.execute(statement, values).lastrowid
            assert number is not None
            return number

    @override
    def rows(self, statement: str, values: Values = ()) -> list[Row]:
        with self.explained():
            found: list[Row] = self._connection.execute(statement, values).fetchall()
            return found

    @override
    def row(self, statement: str, values: Values = ()) -> Row | None:
        with self.explained():
            found: Row | None = self._connection.execute(statement, values).fetchone()
            return found

    @override
    def stream(self, statement: str, values: Values = ()) -> Iterator[Row]:
        with self.explained():
            yield from self._connection.execute(statement, values)

    @override
    def write_blob(self, table: str, column: str, row: int, content: bytes) -> None:
        with self.explained(), self._connection.blobopen(table, column, row) as blob:
            blob.write(content)

    @override
    def expect_many(self) -> None:
        # The index of a million numbers fits into this, so that its pages go to the file less often.
        self.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")

    @override
    def expect_few(self) -> None:
        self.execute("PRAGMA shrink_memory")

    @override
    def damage(self) -> list[str]:
        found = [str(row[0]) for row in self.rows("PRAGMA integrity_check")]
        return [] if found == ["ok"] else found

    @override
    def schema_differences(self) -> Iterator[str]:
        from kxsms.ledger.sqlite.schema_check import schema_differences

        return schema_differences(self)

    @override
    def overwrite_deleted(self) -> None:
        # Without it, deleted texts stay in the file until SQLite uses their place again.
        self.rows("PRAGMA secure_delete = ON")
        # The pages of large indexes fit into this, so that they go to the file less often.
        self.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")

    @override
    def size(self) -> int:
        """Return the bytes of the ledger's file, once its -wal file is written into it."""
        return int(self.value("PRAGMA page_count") * self.value("PRAGMA page_size"))

    @override
    def give_back(self) -> bool:
        return freeing.give_back(self)

    @override
    def are_clear(self, wanted: Sequence[bytes]) -> bool:
        return freeing.are_clear(self, wanted)

    @override
    def is_rewritten_fast(self) -> bool:
        return freeing.is_rewritten_fast(self)
