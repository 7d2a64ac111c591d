"""The ledger, looked at step by step for `kxsms doctor`. Nothing is created, upgraded or cleaned up."""

import os
import shlex
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from kxsms.compat import override
from kxsms.domain.health import Finding
from kxsms.domain.words import counted
from kxsms.domain.words import size as in_units
from kxsms.language import joined, mark, tr
from kxsms.ledger.sqlite.database import SqliteDatabase
from kxsms.ledger.sqlite.owners import SqliteOwners
from kxsms.ledger.sqlite.schema import VERSION, version_of
from kxsms.ledger.sqlite.schema_check import schema_differences
from kxsms.sqlite import connect_to_look

ENOUGH = 100 * 2**20
"""Bytes. A batch of a hundred thousand rows takes about as many."""
_RESTORE = mark("restore it from a backup: a new ledger does not know what was already sent")
_DIRECTORY = mark("or set KXSMS_STATE_DIR to a directory of yours")


class _UnchangedDatabase(SqliteDatabase):
    """A ledger of any version that is there and only looked at."""

    @override
    def __enter__(self) -> Self:
        with self.explained():
            self._connection = connect_to_look(self.files.real)
            self._connection.row_factory = sqlite3.Row
        return self

    def version(self) -> int:
        """Return how many migrations the ledger has had. Raise Failure for a newer or a foreign file."""
        with self.explained():
            return version_of(self._connection)


class LedgerExamination:
    """One ledger. Its looks follow each other; the end of `with` closes it."""

    def __init__(self, path: Callable[[], Path]) -> None:
        self._path = path
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def file(self) -> Finding:
        """Look at the file from outside: its place, its size, and its rights. Raise Failure."""
        path = self._path()
        database = SqliteDatabase(path, writable=False)
        with database.explained():
            database.files.refuse_unusable()
            if not path.exists():
                return Finding(None, tr("there is no {path} yet: the first send creates it", path=path))
            mode = stat.S_IMODE(path.stat().st_mode)
            size = sum(one.stat().st_size for one in _parts(database.files.real))
        detail = f"{path}, {in_units(size)}"
        if os.name == "posix" and mode & 0o077:
            hint = tr("run chmod 600 {path}", path=shlex.quote(str(path)))
            return Finding(
                False, tr("{detail}: other users of this machine can read it", detail=detail), hint
            )
        return Finding(True, detail)

    def schema(self) -> Finding:
        """Compare the tables with those of this version of kxsms. Raise Failure."""
        self._database = self._resources.enter_context(_UnchangedDatabase(self._path(), writable=False))
        version = self._database.version()
        if version < VERSION:
            newest = tr("the next command brings it to version {version}", version=VERSION)
            return Finding(True, tr("version {version}; {newest}", version=version, newest=newest))
        found = list(schema_differences(self._database))
        if found:
            return Finding(False, _first(found), tr(_RESTORE))
        return Finding(True, tr("version {version}, the newest", version=version))

    def integrity(self) -> Finding:
        """Let SQLite check every page. Raise Failure."""
        found = [str(row[0]) for row in self._database.rows("PRAGMA quick_check(20)")]
        if found != ["ok"]:
            return Finding(False, tr("damaged: {first}", first=_first(found)), tr(_RESTORE))
        return Finding(True, tr("undamaged; kxsms batch check also counts every row"))

    # Batches that are not whole, because a process is writing them or was killed while it did.
    _HALF_WRITTEN = "SELECT id FROM batches WHERE NOT ready"
    # Batches with requests in flight.
    _IN_FLIGHT = "SELECT id, name FROM batches WHERE ready AND sending > 0 ORDER BY id"
    # The number of batches of which something is left to send.
    _UNFINISHED = "SELECT count(*) FROM batches WHERE ready AND finished IS NULL AND superseded_by IS NULL"

    def leftovers(self) -> Finding:
        """Look for batches whose process was killed. Raise Failure."""
        if self._database.version() < VERSION:
            return Finding(None, tr("not examined in an older ledger"))
        owners = SqliteOwners(self._database)
        self._resources.callback(owners.close)
        cut = [row["name"] for row in self._database.rows(self._IN_FLIGHT) if not owners.is_taken(row["id"])]
        if cut:
            what = counted(len(cut), "batch was", "batches were")
            detail = tr(
                "{batches} killed with requests in flight, whose outcome is unknown: {names}",
                batches=what,
                names=joined(cut[:5]),
            )
            return Finding(False, detail, tr("run kxsms batch resume {name}", name=cut[0]))
        half = sum(not owners.is_taken(row["id"]) for row in self._database.rows(self._HALF_WRITTEN))
        found = [counted(self._database.value(self._UNFINISHED), "unfinished batch", "unfinished batches")]
        if half:
            found.append(tr("{plans} that the next send removes", plans=counted(half, "plan")))
        return Finding(True, joined(found))

    def disk(self) -> Finding:
        """Look at the disk of the ledger, or of the nearest directory that is there. Raise OSError."""
        directory = self._path().parent
        while not directory.exists() and directory != directory.parent:
            directory = directory.parent
        if not directory.is_dir():
            return Finding(
                False,
                tr("{directory} is not a directory", directory=directory),
                tr("move it away, {otherwise}", otherwise=tr(_DIRECTORY)),
            )
        if not os.access(directory, os.W_OK | os.X_OK):
            return Finding(
                False,
                tr("{directory} cannot be written", directory=directory),
                tr("make it writable for you, {otherwise}", otherwise=tr(_DIRECTORY)),
            )
        free = shutil.disk_usage(directory).free
        detail = tr("{size} are free", size=in_units(free))
        return Finding(
            free >= ENOUGH,
            detail,
            None if free >= ENOUGH else tr("free some space, {otherwise}", otherwise=tr(_DIRECTORY)),
        )


def _parts(path: Path) -> list[Path]:
    """Return the ledger's file and the -wal file beside it, those that are there."""
    return [part for part in (path, path.with_name(f"{path.name}-wal")) if part.exists()]


def _first(found: list[str]) -> str:
    """Return the first of several faults, on one line, and how many others there are."""
    others = tr("; and {count} more", count=len(found) - 1) if len(found) > 1 else ""
    return " ".join(found[0].split()) + others
