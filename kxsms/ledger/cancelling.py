"""The cancelling of a batch: its planned recipients leave their requests, with the fate `cancelled`."""

from collections.abc import Mapping
from typing import Any

from kxsms.ledger.counters import Counters
from kxsms.ledger.database import Database

IS_EARLIER = "NOT (cancelled > 0 AND tried = 0)"
"""The condition for a batch that counts as an earlier send. One that was cancelled before any request left
does not: the same send may be made as if it had never been."""

_PLANNED = "id BETWEEN :first AND :last AND state = 'planned'"

_SUMS = f"""
    SELECT count(*) AS requests, coalesce(sum(recipients), 0) AS recipients,
        coalesce(sum(recipients * segments), 0) AS segments
    FROM requests WHERE {_PLANNED}
"""
_CANCEL_ROWS = f"""
    UPDATE rows SET request = NULL, fate = 'cancelled'
    WHERE id BETWEEN (SELECT first_row FROM batches WHERE id = :batch)
            AND (SELECT last_row FROM batches WHERE id = :batch)
        AND request IN (SELECT id FROM requests WHERE {_PLANNED})
"""
_DELETE = f"DELETE FROM requests WHERE {_PLANNED}"

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
    sums = database.row(_SUMS, batch)
    assert sums is not None
    for statement in (_CANCEL_ROWS, _DELETE, _CLOSE):
        database.execute(statement, batch)
    counters.add(batch["batch"], "recipients", -sums["recipients"])
    counters.add(batch["batch"], "cancelled", sums["recipients"])
    counters.add(batch["batch"], "segments", -sums["segments"])
    counters.add(batch["batch"], "requests", -sums["requests"])
    return int(sums["recipients"])
