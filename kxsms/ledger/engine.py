"""The engine of a ledger: SQLite for a file, which needs nothing else, or PostgreSQL for several hosts."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kxsms.domain.ledger_place import LedgerPlace, PostgresPlace
from kxsms.errors import Failure
from kxsms.language import tr
from kxsms.ledger.database import Database, OriginsByProfile
from kxsms.ledger.owners import Owners
from kxsms.ledger.receivers import Receiver

if TYPE_CHECKING:
    from kxsms.ledger.inspection import LedgerInspection


class Engine(NamedTuple):
    """The parts of a ledger that depend on its engine."""

    database: Database
    owners: Owners
    receiver: Receiver
    inspection: "Callable[[], LedgerInspection]"

    def open(self, resources: ExitStack) -> None:
        """Open the database until the resources are closed, and own nothing after that. Raise Failure."""
        resources.enter_context(self.database)
        resources.callback(self.owners.close)
        resources.callback(self.receiver.close)


def engine_for(place: Path | LedgerPlace, *, writable: bool, origins: OriginsByProfile = dict) -> Engine:
    """Return the engine for the place of a ledger, which is opened later. `origins`: see `Ledger`."""
    if isinstance(place, PostgresPlace):
        require_psycopg()
        from kxsms.ledger.postgres.engine import postgres_engine

        return postgres_engine(place, writable=writable)
    from kxsms.ledger.sqlite.engine import sqlite_engine

    path = place if isinstance(place, Path) else Path(place.path)
    return sqlite_engine(path, writable=writable, origins=origins)


def require_psycopg() -> None:
    """Raise Failure if psycopg is not installed, without which no ledger in PostgreSQL can be used."""
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        reason = tr("a ledger in PostgreSQL needs psycopg, which cannot be loaded: {error}", error=error)
        raise Failure(reason, tr("run pip install 'kxsms[postgres]' where kxsms is installed")) from error
