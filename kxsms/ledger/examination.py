"""The ledger, looked at step by step for `kxsms doctor`. Nothing is created, upgraded or cleaned up."""

import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Self

from kxsms.domain.health import Finding
from kxsms.domain.ledger_place import LedgerPlace, PostgresPlace
from kxsms.domain.words import counted
from kxsms.domain.words import size as in_units
from kxsms.language import joined, mark, tr
from kxsms.ledger.database import Database
from kxsms.ledger.owners import Owners
from kxsms.ledger.seal import SEALED, seal_in

ENOUGH = 100 * 2**20
"""Bytes. A batch of a hundred thousand rows takes about as many."""
_DIRECTORY = mark("or set KXSMS_STATE_DIR to a directory of yours")


class EngineExamination(ABC):
    """The looks at one ledger that each engine has for itself. They follow each other."""

    def __init__(self, resources: ExitStack) -> None:
        self._resources = resources

    @abstractmethod
    def place(self) -> Finding:
        """Look at the ledger from outside: where it is, its size, and its rights. Raise Failure."""

    @abstractmethod
    def schema(self) -> Finding:
        """Compare the tables with those of this version of kxsms. Raise Failure."""

    @abstractmethod
    def integrity(self) -> Finding:
        """Let the engine check its storage. Raise Failure."""

    @abstractmethod
    def opened(self) -> tuple[Database, Owners] | None:
        """Return the ledger, whose schema was looked at before; None for an older version. Raise Failure."""


class LedgerExamination:
    """One ledger. Its looks follow each other; the end of `with` closes it.

    `place` returns where it is, and `directory` where kxsms keeps its own files.
    """

    def __init__(self, place: Callable[[], LedgerPlace], directory: Callable[[], Path]) -> None:
        self._place = place
        self._directory = directory
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._resources.close()

    @cached_property
    def _engine(self) -> EngineExamination:
        place = self._place()
        if isinstance(place, PostgresPlace):
            from kxsms.ledger.engine import require_psycopg

            require_psycopg()
            from kxsms.ledger.postgres.examination import PostgresExamination

            return PostgresExamination(place, self._resources)
        from kxsms.ledger.sqlite.examination import SqliteExamination

        return SqliteExamination(Path(place.path), self._resources)

    def place(self) -> Finding:
        """Look at the ledger from outside: where it is, its size, and its rights. Raise KxsmsError."""
        return self._engine.place()

    def schema(self) -> Finding:
        """Compare the tables with those of this version of kxsms. Raise Failure."""
        return self._engine.schema()

    def integrity(self) -> Finding:
        """Let the engine check its storage. Raise Failure."""
        return self._engine.integrity()

    # Batches that are not whole, because a process is writing them or was killed while it did.
    _HALF_WRITTEN = "SELECT id FROM batches WHERE NOT ready"
    # Batches with requests in flight.
    _IN_FLIGHT = "SELECT id, name FROM batches WHERE ready AND sending > 0 ORDER BY id"
    # The number of batches of which something is left to send.
    _UNFINISHED = "SELECT count(*) FROM batches WHERE ready AND finished IS NULL AND superseded_by IS NULL"

    def leftovers(self) -> Finding:
        """Look for batches whose process was killed. Raise Failure."""
        opened = self._engine.opened()
        if opened is None:
            return Finding(None, tr("not examined in an older ledger"))
        database, owners = opened
        self._resources.callback(owners.close)
        seal = seal_in(database.row(SEALED))
        if seal is not None:
            return Finding(False, *seal.words(database.shown))
        with database.explained():
            owners.refuse_older()
        if (spool := database.spool) is not None and (files := spool.files()):
            detail = tr("{file} holds outcomes that the ledger does not have yet", file=files[0])
            return Finding(False, detail, tr("run kxsms batch run: it settles them"))
        cut = [row["name"] for row in database.rows(self._IN_FLIGHT) if not owners.is_taken(row["id"])]
        if cut:
            what = counted(len(cut), "batch was", "batches were")
            detail = tr(
                "{batches} killed with requests in flight, whose outcome is unknown: {names}",
                batches=what,
                names=joined(cut[:5]),
            )
            return Finding(False, detail, tr("run kxsms batch resume {name}", name=cut[0]))
        half = sum(not owners.is_taken(row["id"]) for row in database.rows(self._HALF_WRITTEN))
        found = [counted(database.value(self._UNFINISHED), "unfinished batch", "unfinished batches")]
        if half:
            found.append(tr("{plans} that the next send removes", plans=counted(half, "plan")))
        return Finding(True, joined(found))

    def disk(self) -> Finding:
        """Look at the disk of kxsms's own files, or of the nearest directory that is there. Raise OSError."""
        directory = self._directory()
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


def first_of(found: list[str]) -> str:
    """Return the first of several faults, on one line, and how many others there are."""
    others = tr("; and {count} more", count=len(found) - 1) if len(found) > 1 else ""
    return " ".join(found[0].split()) + others
