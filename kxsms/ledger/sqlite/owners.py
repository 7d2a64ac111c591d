"""The owners of batches: the processes that may send them, one at a time.

An owner holds a lock, which the system takes back when the process ends, and it is recorded in the ledger, so
that a lock file that was removed or replaced, or a second way to the ledger, never makes two owners. An owner
whose recorded lock file is there has ended if the lock is free. Where that file is not there, the process is
examined; one that cannot be examined counts as living, until a person says that it has ended.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from kxsms.compat import override
from kxsms.errors import Failure
from kxsms.language import tr
from kxsms.ledger.owners import Owners
from kxsms.ledger.processes import Process, this_process
from kxsms.ledger.sqlite.database import SqliteDatabase
from kxsms.ledger.sqlite.files import is_file
from kxsms.ledger.sqlite.locks import Identity, Locks, is_locked

_MINE = """
    batch = :batch AND host = :host AND boot = :boot AND pid_namespace = :pid_namespace AND pid = :pid
    AND started = :started AND lock_device = :lock_device AND lock_inode = :lock_inode
"""


class _Record(NamedTuple):
    """The owner of a batch as the ledger has it, with the identity and the path of its lock file."""

    process: Process
    lock: Identity
    lock_path: Path


class SqliteOwners(Owners):
    """The owners of the batches of a ledger of SQLite."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._locks = Locks(database.files.lock)

    _FIND = "SELECT * FROM owners WHERE batch = ?"

    def _find(self, batch: int) -> _Record | None:
        row = self._database.row(self._FIND, (batch,))
        if row is None:
            return None
        process = Process(*(row[name] for name in Process._fields))
        lock = Identity(int(row["lock_device"]), int(row["lock_inode"]))
        return _Record(process, lock, Path(row["lock_path"].decode("utf-8", "surrogateescape")))

    _FORGET = "DELETE FROM owners WHERE batch = ?"
    _WRITE = """
        INSERT INTO owners (
            batch, host, boot, pid_namespace, pid, started, lock_device, lock_inode, lock_path
        ) VALUES (
            :batch, :host, :boot, :pid_namespace, :pid, :started, :lock_device, :lock_inode, :lock_path
        )
    """

    @override
    def take(self, batch: int, *, take_over: bool = False) -> bool:
        """Become the owner of a batch and return True, or return False if it has another.

        With `take_over`, an owner that cannot be examined has ended. Call it inside a transaction. Raise
        OSError or Failure.
        """
        if not self._locks.take(batch):
            return False
        with suppress(Failure):
            self.keep_turn(self._turn())  # in a new lock file, before anything is claimed
        record = self._find(batch)
        values = self._values(batch)
        if record is not None and self._database.row(f"SELECT 1 FROM owners WHERE {_MINE}", values) is None:
            is_alive = self._is_alive(batch, record)
            if is_alive or (is_alive is None and not take_over):
                self._locks.release(batch)
                return False
            self._database.execute(self._FORGET, (batch,))
            record = None
        if record is None:
            self._database.execute(self._WRITE, values)
        return True

    def _values(self, batch: int) -> dict[str, Any]:
        lock = self._locks.identity
        assert lock is not None
        path = str(self._locks.path).encode("utf-8", "surrogateescape")
        names = {"lock_device": str(lock.device), "lock_inode": str(lock.inode), "lock_path": path}
        return {"batch": batch, **this_process()._asdict(), **names}

    def _is_alive(self, batch: int, record: _Record) -> bool | None:
        """Return whether an owner is alive that has no lock in this ledger's own lock file; None: unknown."""
        if record.lock == self._locks.identity:
            return False
        locked = is_locked(record.lock_path, record.lock, batch)
        return record.process.is_alive() if locked is None else locked

    @override
    def is_taken(self, batch: int) -> bool:
        """Return whether any process owns a batch, this one included, or one that cannot be examined."""
        record = self._find(batch)  # first: a new owner has the lock before it is recorded
        if self._locks.is_taken(batch):
            return True
        return record is not None and self._is_alive(batch, record) is not False

    @override
    def is_any_taken(self) -> bool:
        """Return whether any process owns any batch."""
        return any(self.is_taken(row["batch"]) for row in self._database.rows("SELECT batch FROM owners"))

    @override
    def begin(self, batch: int) -> None:
        """Do nothing: nobody joins."""

    @override
    def bury(self, batch: int) -> None:
        """Do nothing: a batch has one owner."""

    @override
    def unexamined(self, batch: int) -> Process | None:
        """Return the owner of a batch if it is one that cannot be examined."""
        record = self._find(batch)
        if record is None or self._locks.is_taken(batch):
            return None
        return record.process if self._is_alive(batch, record) is None else None

    def examine(self) -> list[tuple[int, bool]]:
        """Forget owners that are known to have ended. Return the batches whose entries are lost.

        For each, say whether its owner has ended for certain. Call it inside a transaction, before anything
        else is written. Raise Failure if an owner lives whose files are gone.

        An owner is in the ledger's own file before it claims anything, until it has ended properly. If
        neither its lock file nor a -wal file is there, then what it has claimed is lost.
        """
        lost = []
        for (batch,) in self._database.rows("SELECT batch FROM owners ORDER BY batch"):
            record = self._find(batch)
            if record is None or self._locks.is_taken(batch):
                continue
            is_alive = self._is_alive(batch, record)
            if self._database.files.had_log:
                # Everything is there. The next process will not see that, if this one is the last to close.
                if is_alive is False:
                    self._database.execute(self._FORGET, (batch,))
            elif not any(is_file(path, record.lock) for path in (self._locks.path, record.lock_path)):
                if is_alive:
                    raise self._in_use_without_files(record)
                lost.append((batch, is_alive is False))
        return lost

    def forget(self, batch: int) -> None:
        """Remove the record of an owner that has ended. Call it inside a transaction."""
        self._database.execute(self._FORGET, (batch,))

    def _in_use_without_files(self, record: _Record) -> Failure:
        files = self._database.files
        return Failure(
            tr(
                "process {pid} uses the ledger {path}, but its -wal file and its lock file were removed",
                pid=record.process.pid,
                path=files.path,
            ),
            tr("wait until that process has ended, then run the same command again"),
        )

    @override
    def ensure_usable(self, *, claims: bool) -> None:
        """Raise Failure if the ledger was removed or replaced, or, before claims, a file beside it."""
        self._database.files.ensure_there()
        if not claims:
            return
        self._database.files.ensure_whole()
        if not self._locks.is_there():
            raise Failure(
                tr("the lock file {path} was removed or replaced while it was in use", path=self._locks.path),
                tr("leave it where it is, and run the same command again"),
            )

    @override
    def ensure_mine(self, batch: int) -> None:
        """Raise Failure if another process has taken over a batch. Call it inside a transaction."""
        if self._database.row(f"SELECT 1 FROM owners WHERE {_MINE}", self._values(batch)) is None:
            raise Failure(
                tr("another process has taken over this batch, with --take-over"),
                tr("run kxsms batch list to follow it"),
            )

    # A finished batch needs no record: its owner claims nothing more.
    _FORGET_FINISHED = f"""
        DELETE FROM owners
        WHERE {_MINE} AND EXISTS (SELECT 1 FROM batches WHERE id = :batch AND finished IS NOT NULL)
    """

    @override
    def forget_finished(self, batch: int) -> None:
        """Remove the record of this process if the batch is finished, in the transaction that finishes it."""
        self._database.execute(self._FORGET_FINISHED, self._values(batch))

    @override
    def release(self, batch: int) -> None:
        """Stop being the owner of a batch."""
        if self._locks.owns(batch):
            with suppress(Failure):  # the next owner will find the lock free
                self._database.execute(f"DELETE FROM owners WHERE {_MINE}", self._values(batch))
            self._locks.release(batch)

    def _turn(self) -> int:
        """Return the number of claims that are committed."""
        return int(self._database.value("SELECT turn FROM turns"))

    @override
    def keep_turn(self, turn: int) -> None:
        self._locks.keep_turn(turn)

    @override
    def refuse_older(self) -> None:
        """Raise Failure if the ledger lacks claims that were made with it, as the lock file shows.

        Its -wal file was removed and then a process killed, or an older ledger was put in its place.
        """
        kept = self._locks.turn()  # first: the ledger is never behind the lock file
        if kept > self._turn():
            files = self._database.files
            raise Failure(
                tr("the ledger {path} lacks its newest entries, which say what was sent", path=files.path),
                tr(
                    "put its newest files back, with {name}-wal; to go on without these entries, remove"
                    " {lock}: kxsms may then send some texts again",
                    name=files.real.name,
                    lock=files.lock,
                ),
            )

    @override
    def find_losses(self) -> None:
        from kxsms.ledger.sqlite.losses import find_losses

        find_losses(self._database, self)

    @override
    def close(self) -> None:
        """Release every lock."""
        self._locks.close()
