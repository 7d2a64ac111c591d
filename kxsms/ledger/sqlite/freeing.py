"""The space of deleted entries in a ledger of SQLite: overwritten, and given back to the disk.

No other process waits long for it: each step is a short transaction. A ledger that was created before
`PRAGMA auto_vacuum` has to be rewritten once, which locks it: that is done only where it takes no second.
"""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kxsms.ledger.freeing import in_steps

if TYPE_CHECKING:
    from kxsms.ledger.sqlite.database import SqliteDatabase

_PAGES_AT_A_TIME = 64
_SMALL = 32 * 2**20
"""Bytes of entries that are rewritten in well under a second: in a fifth of one on the machine that ran the
benchmarks."""

_NO_AUTO_VACUUM = 0
_PATIENCE_SECONDS = 10.0
_POLL_SECONDS = 0.1


def give_back(database: "SqliteDatabase") -> bool:
    """Give the space of deleted entries back to the disk, and take them out of the -wal file.

    Return False if the space is only used again: the ledger is an older and large one, which would have to be
    rewritten.
    """
    if database.value("PRAGMA auto_vacuum") == _NO_AUTO_VACUUM:
        is_done = _rewrite(database)
    else:
        is_done = True
        _shrink(database)
    database.write_through()  # first without a lock: little is left to do with one
    database.empty_log()
    return is_done


def _shrink(database: "SqliteDatabase") -> None:
    """Cut the free pages off the end of the file."""

    def cut() -> bool:
        free = int(database.value("PRAGMA freelist_count"))
        for _ in range(min(free, _PAGES_AT_A_TIME)):
            database.execute("PRAGMA incremental_vacuum(1)")  # for more, sqlite3 stops after one all the same
        return free > _PAGES_AT_A_TIME

    if database.value("PRAGMA freelist_count"):
        in_steps(database, cut)


def is_rewritten_fast(database: "SqliteDatabase") -> bool:
    """Return whether the ledger is so small that no other process waits long while it is rewritten."""
    free = int(database.value("PRAGMA freelist_count"))
    used = int(database.value("PRAGMA page_count")) - free
    return bool(used * database.value("PRAGMA page_size") <= _SMALL)


def _rewrite(database: "SqliteDatabase") -> bool:
    """Rewrite a small ledger, after which it can shrink. Return False for a large one, or if it is in use."""
    if not database.value("PRAGMA freelist_count"):
        return True
    if not is_rewritten_fast(database):
        return False
    database.execute("PRAGMA auto_vacuum = INCREMENTAL")
    return database.rewrite()


def are_clear(database: "SqliteDatabase", wanted: Sequence[bytes]) -> bool:
    """Return whether neither the ledger's file nor its -wal file holds any of some bytes.

    Wait a while for processes that keep entries in the -wal file.
    """
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        database.write_through()
        database.empty_log()
        with database.explained():
            if not database.files.holds(wanted):
                return True
        if database.is_log_empty() or time.monotonic() > end:
            return False
        time.sleep(_POLL_SECONDS)
