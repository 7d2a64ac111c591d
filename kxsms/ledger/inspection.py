"""The ledger as a whole: its engine, the processes that use it, and its tables. Each engine knows its own."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import NamedTuple

from kxsms.domain.ledger_info import LedgerInfo, Runner
from kxsms.domain.ledger_place import LedgerPlace
from kxsms.errors import Busy
from kxsms.language import tr
from kxsms.ledger.database import Database, OriginsByProfile
from kxsms.ledger.engine import engine_for
from kxsms.ledger.seal import SEALED, seal_in

OF_PROCESSES = frozenset(
    {
        *("owners", "receivers", "runners", "sessions", "fetching", "paces", "streaks", "commits"),
        *("sealed", "identity", "schema_version", "sqlite_sequence"),
    }
)
"""The tables that mean nothing in a copy: most are about processes that use the ledger now."""

_COLUMNS_OF_PROCESSES = frozenset({("requests", "runner"), ("records", "runner"), ("unshown", "receiver")})


class CopiedColumn(NamedTuple):
    """A column of a table, and whether it is part of the key and holds text."""

    name: str
    is_key: bool
    is_text: bool


Tables = Mapping[str, tuple[CopiedColumn, ...]]
"""The columns of tables, by the names of both, in alphabetical order."""


class LedgerInspection(ABC):
    """One open ledger."""

    engine: str

    def __init__(self, database: Database) -> None:
        self.database = database

    @abstractmethod
    def version(self) -> tuple[str, int]:
        """Return the version of the engine, and that of the tables."""

    @abstractmethod
    def identity(self) -> tuple[object, ...]:
        """Return what no other ledger has, under any name."""

    @abstractmethod
    def is_there(self) -> bool:
        """Return whether anything has been written there."""

    @abstractmethod
    def runners(self) -> tuple[Runner, ...]:
        """Return the processes that use the ledger, as far as they are recorded."""

    @abstractmethod
    def refuse_in_use(self) -> None:
        """Raise Busy if another process sends or receives. Call it inside `alone`."""

    @abstractmethod
    def alone(self) -> AbstractContextManager[None]:
        """Run a transaction during which no other process begins to send or to receive. Raise Busy."""

    @abstractmethod
    def finish(self) -> None:
        """Do what the engine needs after its tables were filled."""

    # Each column of each table: whether it is of the key, and its type.
    COLUMNS: str

    def tables(self) -> Tables:
        """Return the tables to copy, without the columns that are about processes."""
        found: dict[str, list[CopiedColumn]] = {}
        for table, column, is_key, kind in self.database.rows(self.COLUMNS):
            if table not in OF_PROCESSES and (table, column) not in _COLUMNS_OF_PROCESSES:
                found.setdefault(table, []).append(CopiedColumn(column, bool(is_key), kind.lower() == "text"))
        return {table: tuple(sorted(columns)) for table, columns in sorted(found.items())}

    _COUNTS = """
        SELECT count(*) AS batches, count(*) FILTER (
            WHERE finished IS NULL AND superseded_by IS NULL
        ) AS unfinished FROM batches WHERE ready
    """

    def info(self) -> LedgerInfo:
        """Return the facts about the ledger."""
        engine_version, version = self.version()
        batches, unfinished = self.database.rows(self._COUNTS)[0]
        is_there = self.is_there()
        return LedgerInfo(
            engine=self.engine,
            engine_version=engine_version,
            place=self.database.shown,
            version=version,
            size=self.database.size() if is_there else 0,
            batches=batches,
            unfinished=unfinished,
            seal=seal_in(self.database.row(SEALED)),
            runners=self.runners(),
            is_there=is_there,
        )


def busy(what: str) -> Busy:
    """Return the error for a ledger that another process uses."""
    return Busy(
        tr("{process} uses the ledger", process=what),
        tr("wait until it has ended, or end it"),
    )


def ledger_info(place: LedgerPlace, origins: OriginsByProfile) -> LedgerInfo:
    """Return the facts about the ledger in a place. Raise Failure."""
    engine = engine_for(place, writable=False, origins=origins)
    with ExitStack() as resources:
        engine.open(resources)
        return engine.inspection().info()
