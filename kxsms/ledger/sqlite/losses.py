"""Entries that are lost: a process was killed whose -wal file and lock file had been removed.

Its owner record is still there, because `OwnedBatch.cycle` writes it into the ledger's own file before the
first claim. What was planned then may have been sent: it becomes unknown.
"""

from contextlib import suppress

from kxsms.errors import Failure
from kxsms.ledger.counters import counting
from kxsms.ledger.settling import settle_lost
from kxsms.ledger.sqlite.database import SqliteDatabase
from kxsms.ledger.sqlite.owners import SqliteOwners


def find_losses(database: SqliteDatabase, owners: SqliteOwners) -> None:
    """Make requests unknown whose entries are lost. Raise Failure if their process still lives.

    In a ledger that is only read, no more than the owners who have ended are forgotten.
    """
    if database.row("SELECT 1 FROM owners") is None:
        return
    if database.writable:
        with counting(database) as counters:
            for batch, has_ended in owners.examine():
                settle_lost(database, counters, batch)
                if has_ended:
                    owners.forget(batch)
    elif database.files.had_log:
        with suppress(Failure), database.transaction():  # who may not write cannot remove the -wal file
            owners.examine()
