"""The space of deleted entries: overwritten, so that nothing of them is in the files, and given back.

No other process waits long for it: each step is a short transaction. A ledger that was created before
`PRAGMA auto_vacuum` has to be rewritten once, which locks it: that is done only where it takes no second.
"""

import time
from collections.abc import Callable

from kxsms.ledger.database import Database

_STEP_SECONDS = 0.15
"""Seconds of work in one transaction. Its end, which waits for the disk, may take as long again."""

_GAP_SECONDS = 0.11
"""Seconds between two transactions. SQLite asks for a lock that another process has every tenth of a second,
and so gets it in such a gap. Without one it would wait for seconds, as the lock has no queue."""

_PAGES_AT_A_TIME = 64
_CACHE_KIB = 16 * 1024
_SMALL = 32 * 2**20
"""Bytes of entries that are rewritten in well under a second: in a fifth of one on the machine that ran the
benchmarks."""

_NO_AUTO_VACUUM = 0


def overwrite_deleted(database: Database) -> None:
    """Overwrite with zeros what this process deletes from now on.

    Without it, deleted texts stay in the file until SQLite uses their place again.
    """
    database.rows("PRAGMA secure_delete = ON")
    # The pages of large indexes fit into this, so that they go to the file less often.
    database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")


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


def size_of(database: Database) -> int:
    """Return the bytes of the ledger's file, once its -wal file is written into it."""
    return int(database.value("PRAGMA page_count") * database.value("PRAGMA page_size"))


def give_back(database: Database) -> bool:
    """Give the space of deleted entries back to the disk, and take them out of the -wal file.

    Return False if the space is only used again: the ledger is an older and large one, which would have to be
    rewritten.
    """
    if database.value("PRAGMA auto_vacuum") == _NO_AUTO_VACUUM:
        is_done = _rewrite(database)
    else:
        is_done = True
        _shrink(database)
    database.checkpoint()  # first without a lock: little is left to do with one
    database.empty_log()
    return is_done


def _shrink(database: Database) -> None:
    """Cut the free pages off the end of the file."""

    def cut() -> bool:
        free = int(database.value("PRAGMA freelist_count"))
        for _ in range(min(free, _PAGES_AT_A_TIME)):
            database.execute("PRAGMA incremental_vacuum(1)")  # for more, sqlite3 stops after one all the same
        return free > _PAGES_AT_A_TIME

    if database.value("PRAGMA freelist_count"):
        in_steps(database, cut)


def is_rewritten_fast(database: Database) -> bool:
    """Return whether the ledger is so small that no other process waits long while it is rewritten."""
    free = int(database.value("PRAGMA freelist_count"))
    used = int(database.value("PRAGMA page_count")) - free
    return bool(used * database.value("PRAGMA page_size") <= _SMALL)


def _rewrite(database: Database) -> bool:
    """Rewrite a small ledger, after which it can shrink. Return False for a large one, or if it is in use."""
    if not database.value("PRAGMA freelist_count"):
        return True
    if not is_rewritten_fast(database):
        return False
    database.execute("PRAGMA auto_vacuum = INCREMENTAL")
    return database.execute_if_free("VACUUM")
