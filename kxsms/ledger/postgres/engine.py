"""The engine of a ledger in PostgreSQL."""

from kxsms.domain.ledger_place import PostgresPlace
from kxsms.ledger.postgres.database import PostgresDatabase
from kxsms.ledger.postgres.owners import PostgresOwners
from kxsms.ledger.postgres.receivers import PostgresReceiver
from kxsms.ledger.postgres.sessions import Session


def postgres_engine(
    place: PostgresPlace, *, writable: bool
) -> tuple[PostgresDatabase, PostgresOwners, PostgresReceiver]:
    """Return the database, the owners and the receiver of a ledger in PostgreSQL."""
    session = Session(place)
    database = PostgresDatabase(place, session, writable=writable)
    return database, PostgresOwners(database, session), PostgresReceiver(database, session)
