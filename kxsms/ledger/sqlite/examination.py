"""A ledger of SQLite, as `kxsms doctor` looks at it."""

import os
import shlex
import sqlite3
import stat
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from kxsms.compat import override
from kxsms.domain.health import Finding
from kxsms.domain.words import size as in_units
from kxsms.language import mark, tr
from kxsms.ledger.database import Database
from kxsms.ledger.examination import EngineExamination, first_of
from kxsms.ledger.owners import Owners
from kxsms.ledger.sqlite.database import SqliteDatabase
from kxsms.ledger.sqlite.owners import SqliteOwners
from kxsms.ledger.sqlite.schema import VERSION, version_of
from kxsms.ledger.sqlite.schema_check import schema_differences
from kxsms.sqlite import connect_to_look

_RESTORE = mark("restore it from a backup: a new ledger does not know what was already sent")


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


class SqliteExamination(EngineExamination):
    """A ledger of SQLite."""

    def __init__(self, path: Path, resources: ExitStack) -> None:
        super().__init__(resources)
        self._path = path

    @override
    def place(self) -> Finding:
        path = self._path
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

    @override
    def schema(self) -> Finding:
        self._database = self._resources.enter_context(_UnchangedDatabase(self._path, writable=False))
        version = self._database.version()
        if version < VERSION:
            newest = tr("the next command brings it to version {version}", version=VERSION)
            return Finding(True, tr("version {version}; {newest}", version=version, newest=newest))
        found = list(schema_differences(self._database))
        if found:
            return Finding(False, first_of(found), tr(_RESTORE))
        return Finding(True, tr("version {version}, the newest", version=version))

    @override
    def integrity(self) -> Finding:
        found = [str(row[0]) for row in self._database.rows("PRAGMA quick_check(20)")]
        if found != ["ok"]:
            return Finding(False, tr("damaged: {first}", first=first_of(found)), tr(_RESTORE))
        return Finding(True, tr("undamaged; kxsms batch check also counts every row"))

    @override
    def opened(self) -> tuple[Database, Owners] | None:
        return None if self._database.version() < VERSION else (self._database, SqliteOwners(self._database))


def _parts(path: Path) -> list[Path]:
    """Return the ledger's file and the -wal file beside it, those that are there."""
    return [part for part in (path, path.with_name(f"{path.name}-wal")) if part.exists()]
