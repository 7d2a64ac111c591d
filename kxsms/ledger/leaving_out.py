"""Taking recipients out of a batch: those in the table `leaving` are not sent to, for one reason.

A row that is left out is in no request any more: its `fate` says why.
"""

from kxsms.domain.states import RequestState
from kxsms.language import mark
from kxsms.ledger.counters import Counters
from kxsms.ledger.database import Database

EARLIER = mark("an earlier attempt may have arrived")

_TABLES = (
    # The rows of planned requests that are to be left out, each with its request.
    "CREATE TEMP TABLE IF NOT EXISTS leaving (row INTEGER PRIMARY KEY, request INTEGER)",
    # Those requests, and how many of the rows of each.
    "CREATE TEMP TABLE IF NOT EXISTS shrinking (request INTEGER PRIMARY KEY, rows INTEGER)",
    "DELETE FROM temp.leaving",
    "DELETE FROM temp.shrinking",
)


# The rows of the requests in a range that are in one state. The order of the tables, and the +, are for
# SQLite, which does not know that a request's rows stand together.
ROWS_IN_STATE = """
    main.requests AS request
    CROSS JOIN main.rows AS row
        ON row.id BETWEEN request.first_row AND request.last_row AND +row.request = request.id
    WHERE request.id BETWEEN :first AND :last AND request.state = :state
"""


def clear_leaving(database: Database) -> None:
    """Empty the table `leaving`, which a statement of the caller then fills."""
    for statement in _TABLES:
        database.execute(statement)


# An earlier attempt at a request may have arrived: who is left out of it now has an unknown outcome. Such a
# request becomes unknown again as a whole, and so nobody's outcome is forgotten.
_DOUBTFUL = """
    id IN (SELECT request FROM temp.leaving)
        AND id IN (SELECT request FROM main.attempts WHERE state = 'unknown')
"""
_COUNT_DOUBTFUL = f"""
    SELECT count(*) AS requests, coalesce(sum(recipients), 0) AS recipients
    FROM main.requests WHERE {_DOUBTFUL}
"""
_DOUBT = f"""
    UPDATE main.requests
    SET state = 'unknown', settled = coalesce(claimed, settled), code = NULL, message = :message,
        task_id = NULL, reply = NULL
    WHERE {_DOUBTFUL}
"""
_KEEP_DOUBTFUL = """
    DELETE FROM temp.leaving WHERE request IN (SELECT id FROM main.requests WHERE state = 'unknown')
"""

_FILL_SHRINKING = "INSERT INTO temp.shrinking SELECT request, count(*) FROM temp.leaving GROUP BY request"
_SUMS = """
    SELECT coalesce(sum(rows), 0) AS recipients, coalesce(sum(rows * segments), 0) AS segments
    FROM temp.shrinking JOIN main.requests ON requests.id = shrinking.request
"""
_LEAVE_OUT = """
    UPDATE main.rows SET request = NULL, fate = :fate WHERE id IN (SELECT row FROM temp.leaving)
"""
_SHRINK = """
    UPDATE main.requests
    SET recipients = recipients - (SELECT rows FROM temp.shrinking WHERE request = requests.id)
    WHERE id IN (SELECT request FROM temp.shrinking)
"""
_DELETE_EMPTY = """
    DELETE FROM main.requests WHERE recipients = 0 AND id IN (SELECT request FROM temp.shrinking)
"""


def leave_out(database: Database, counters: Counters, batch: int, fate: str) -> int:
    """Leave the recipients in `leaving` out of their planned requests, and return how many they are.

    `fate` is the reason, and the name of the counter: skipped, opted_out, capped or cancelled. Call it inside
    a transaction, at the end of which the counters are flushed.
    """
    if database.row("SELECT 1 FROM temp.leaving LIMIT 1") is None:
        return 0
    doubtful = database.row(_COUNT_DOUBTFUL)
    assert doubtful is not None
    if doubtful["requests"]:
        requests = doubtful["requests"]
        counters.move(batch, RequestState.PLANNED, RequestState.UNKNOWN, doubtful["recipients"], requests)
        database.execute(_DOUBT, {"message": EARLIER})
        database.execute(_KEEP_DOUBTFUL)
    database.execute(_FILL_SHRINKING)
    sums = database.row(_SUMS)
    assert sums is not None
    database.execute(_LEAVE_OUT, {"fate": fate})
    database.execute(_SHRINK)
    counters.add(batch, "recipients", -sums["recipients"])
    counters.add(batch, fate, sums["recipients"])
    counters.add(batch, "segments", -sums["segments"])
    counters.add(batch, "requests", -database.execute(_DELETE_EMPTY))
    return int(sums["recipients"])
