"""The numbers that one send excludes. They are in a temporary table: a million take a bounded memory."""

from collections.abc import Iterable, Sequence
from typing import Any

from kxsms.domain.states import RequestState
from kxsms.ledger.database import Database
from kxsms.ledger.leaving_out import ROWS_IN_STATE, clear_leaving

_TABLE = "CREATE TEMP TABLE IF NOT EXISTS excluded (mobile INTEGER PRIMARY KEY)"
_ADD = "INSERT OR IGNORE INTO temp.excluded (mobile) VALUES (?)"


def exclude(database: Database, lists: Iterable[Sequence[int]]) -> None:
    """Add the numbers of lists, some thousand at a time."""
    database.execute(_TABLE)
    for mobiles in lists:
        with database.temporary():
            database.executemany(_ADD, ((mobile,) for mobile in mobiles))


_SKIP_STAGED = """
    UPDATE temp.staged SET fate = 'skipped'
    WHERE fate IS NULL AND mobile IN (SELECT mobile FROM temp.excluded)
"""


def leave_out_excluded(database: Database) -> int:
    """Do not send to recipients of the staged plan who are excluded. Return how many they are."""
    return database.execute(_SKIP_STAGED)


_FIND_EXCLUDED = f"""
    INSERT OR IGNORE INTO temp.leaving SELECT row.id, request.id FROM {ROWS_IN_STATE}
        AND row.mobile IN (SELECT mobile FROM temp.excluded)
"""


def find_excluded(database: Database, requests: dict[str, Any]) -> None:
    """Fill `leaving` with the planned recipients of a range of requests who are excluded."""
    clear_leaving(database)
    database.execute(_FIND_EXCLUDED, {**requests, "state": RequestState.PLANNED})
