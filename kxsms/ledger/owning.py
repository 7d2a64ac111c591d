"""How a process comes to own a batch, and stops to."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from kxsms.domain.batch import Batch
from kxsms.ledger.claims import OwnedBatch
from kxsms.ledger.database import Database
from kxsms.ledger.owners import Owners
from kxsms.ledger.refusals import owned_by_another, refuse_over

_PATIENCE_SECONDS = 30.0
_POLL_SECONDS = 0.2


@contextmanager
def owning(
    database: Database, owners: Owners, batch: Batch, *, take_over: bool, joins: bool, even_pruned: bool
) -> Iterator[OwnedBatch]:
    """Own a batch inside the `with`: see `Ledger.own`."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        with database.transaction():
            is_mine = owners.join(batch.id) if joins else owners.take(batch.id, take_over=take_over)
            is_joined = is_mine and bool(owners.others(batch.id))
        if is_mine:
            break
        # The owner may still make the checks after which others may join it.
        if not (joins and owners.ARE_SEVERAL) or time.monotonic() > end:
            raise owned_by_another(owners, batch)
        time.sleep(_POLL_SECONDS)
    try:
        refuse_over(database, batch, even_pruned=even_pruned)
        owned = OwnedBatch(database, owners, batch, is_joined=is_joined)
        owned.recover()
        yield owned
        owned.end()
    finally:
        owners.release(batch.id)
