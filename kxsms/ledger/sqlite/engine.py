"""The engine of a ledger in a file."""

from pathlib import Path
from typing import TYPE_CHECKING

from kxsms.ledger.database import OriginsByProfile
from kxsms.ledger.engine import Engine
from kxsms.ledger.sqlite.database import SqliteDatabase
from kxsms.ledger.sqlite.owners import SqliteOwners
from kxsms.ledger.sqlite.receivers import SqliteReceiver

if TYPE_CHECKING:
    from kxsms.ledger.inspection import LedgerInspection


def sqlite_engine(path: Path, *, writable: bool, origins: OriginsByProfile) -> Engine:
    """Return the engine of a ledger in a file. `origins`: see `Ledger`."""
    database = SqliteDatabase(path, writable=writable, origins=origins)
    owners, receiver = SqliteOwners(database), SqliteReceiver(database)

    def inspection() -> "LedgerInspection":
        from kxsms.ledger.sqlite.inspection import SqliteInspection

        return SqliteInspection(database, owners, receiver)

    return Engine(database, owners, receiver, inspection)
