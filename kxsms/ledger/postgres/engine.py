"""The engine of a ledger in PostgreSQL."""

from typing import TYPE_CHECKING

from kxsms.domain.ledger_place import PostgresPlace
from kxsms.ledger.engine import Engine
from kxsms.ledger.postgres.database import PostgresDatabase
from kxsms.ledger.postgres.owners import PostgresOwners
from kxsms.ledger.postgres.receivers import PostgresReceiver
from kxsms.ledger.postgres.sessions import Session

if TYPE_CHECKING:
    from kxsms.ledger.inspection import LedgerInspection


def postgres_engine(place: PostgresPlace, *, writable: bool) -> Engine:
    """Return the engine of a ledger in PostgreSQL."""
    session = Session(place)
    database = PostgresDatabase(place, session, writable=writable)

    def inspection() -> "LedgerInspection":
        from kxsms.ledger.postgres.inspection import PostgresInspection

        return PostgresInspection(database)

    return Engine(
        database, PostgresOwners(database, session), PostgresReceiver(database, session), inspection
    )
