"""Deleting in short transactions, so that no other process waits long."""

import time
from collections.abc import Callable

from kxsms.ledger.database import Database

_STEP_SECONDS = 0.15
"""Seconds of work in one transaction. Its end, which waits for the disk, may take as long again."""

_GAP_SECONDS = 0.11
"""Seconds between two transactions. SQLite asks for a lock that another process has every tenth of a second,
and so gets it in such a gap. Without one it would wait for seconds, as the lock has no queue."""


def in_steps(database: Database, step: Callable[[], bool]) -> None:
    """Call `step` until it returns False, in short transactions, between which other processes write."""
    is_left = True
    while is_left:
        with database.transaction():
            end = time.monotonic() + _STEP_SECONDS
            while is_left and time.monotonic() < end:
                is_left = step()
        if is_left:
            time.sleep(_GAP_SECONDS)
