"""The cancelling of a batch: what is planned leaves its requests, with the fate `cancelled`."""

from collections.abc import Mapping
from typing import Any

from kxsms.domain.states import RequestState
from kxsms.ledger.counters import Counters
from kxsms.ledger.database import Database
from kxsms.ledger.leaving_out import ROWS_IN_STATE, clear_leaving, leave_out

IS_EARLIER = "NOT (cancelled > 0 AND tried = 0)"
"""The condition for a batch that counts as an earlier send. One that was cancelled before any request left
does not: the same send may be made as if it had never been."""

_FILL_LEAVING = f"INSERT INTO temp.leaving SELECT row.id, request.id FROM {ROWS_IN_STATE}"

# It is due no more. If nothing has left, its idempotency key names nothing.
_CLOSE = """
    UPDATE batches SET due = NULL, waits = NULL,
        idempotency_key = CASE WHEN tried > 0 THEN idempotency_key END
    WHERE id = :batch
"""


def cancel_planned(database: Database, counters: Counters, batch: Mapping[str, Any]) -> int:
    """Cancel the planned recipients of a batch, and return how many they are.

    Call it inside a transaction, at the end of which the counters are flushed. `batch` holds its number and
    its first and last request.
    """
    clear_leaving(database)
    database.execute(_FILL_LEAVING, {**batch, "state": RequestState.PLANNED})
    cancelled = leave_out(database, counters, batch["batch"], "cancelled")
    counters.flush()
    database.execute(_CLOSE, batch)
    return cancelled
