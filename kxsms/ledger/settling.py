"""The settling of unknown requests, by reports or by a person, and of those whose entries are lost."""

from collections.abc import Mapping

from kxsms.domain.states import RequestState
from kxsms.language import mark
from kxsms.ledger.counters import Counters, change_each
from kxsms.ledger.database import Database
from kxsms.ledger.deliveries import take_reports_from
from kxsms.ledger.forgotten import Forgotten
from kxsms.sqlite import storable

REPORTED = mark("a delivery report shows that it was accepted")
FOREIGN = mark("a report with the task id that seemed to be its own names another number")
DECIDED = {
    RequestState.ACCEPTED: mark("a person settled it as accepted"),
    RequestState.NOT_SENT: mark("a person settled it as not sent"),
}

# Settles one unknown request.
_SETTLE = """
    UPDATE requests SET state = 'accepted', task_id = ?, message = ?, reported = TRUE
    WHERE id = ? AND state = 'unknown'
"""


def settle_by_report(
    database: Database, counters: Counters, batch: int, request: int, recipients: int, task_id: str
) -> None:
    """Make an unknown request accepted, because of delivery reports that name this task."""
    counters.move(batch, RequestState.UNKNOWN, RequestState.ACCEPTED, recipients)
    change_each(database, _SETTLE, [(storable(task_id), REPORTED, request)])


# Makes one request unknown that a report settled.
_DOUBT = """
    UPDATE requests SET state = 'unknown', task_id = NULL, message = ?, reported = FALSE
    WHERE id = ? AND state = 'accepted' AND reported
"""


def doubt_report(database: Database, counters: Counters, batch: int, request: int, recipients: int) -> None:
    """Make a request unknown again that delivery reports settled: they were about another one."""
    counters.move(batch, RequestState.ACCEPTED, RequestState.UNKNOWN, recipients)
    take_reports_from(database, counters, request)
    change_each(database, _DOUBT, [(FOREIGN, request)])


# The rows of a batch that have a number, or its pseudonym, and whose request is unknown.
_ROWS_OF = """
    SELECT rows.id
    FROM batches
    JOIN rows ON rows.mobile IN (:mobile, :pseudonym)
        AND rows.id BETWEEN batches.first_row AND batches.last_row
    JOIN requests ON requests.id = rows.request
    WHERE batches.id = :batch AND rows.request IS NOT NULL AND requests.state = 'unknown'
"""
_UNKNOWN = "SELECT unknown FROM batches WHERE id = :batch"


def _rows_of(database: Database, batch: Mapping[str, object], mobile: str) -> list[int]:
    """Return the rows of a number whose request is unknown."""
    number = int(mobile)
    pseudonym = Forgotten(database).pseudonym(number)
    values = {"batch": batch["batch"], "mobile": number, "pseudonym": pseudonym}
    return [row[0] for row in database.rows(_ROWS_OF, values)]


def count_unknown(database: Database, batch: Mapping[str, object], mobile: str | None) -> int:
    """Return how many recipients of a batch are unknown: all, or those with one number."""
    if mobile is None:
        return int(database.value(_UNKNOWN, {"batch": batch["batch"]}))
    return len(_rows_of(database, batch, mobile))


def settle_by_person(
    database: Database,
    counters: Counters,
    batch: Mapping[str, object],
    state: RequestState,
    mobile: str | None,
) -> None:
    """Give the unknown requests of a batch the state that a person says: accepted or not sent.

    With a number, settle its recipients alone. `batch` holds its number and its first and last request.
    """
    if mobile is None:
        _decide(database, counters, batch, state)
        return
    for row in _rows_of(database, batch, mobile):
        request = request_of_its_own(database, counters, batch["batch"], row)
        _decide(database, counters, {"batch": batch["batch"], "first": request, "last": request}, state)


_IN_RANGE = "id BETWEEN :first AND :last AND state = 'unknown'"
_COUNT = f"SELECT count(*) AS requests, sum(recipients) AS recipients FROM requests WHERE {_IN_RANGE}"

# Keeps the attempts that ended unknown, as what the person says that they were. So no later retry, report or
# overlap counts them as unknown.
_KEEP = f"""
    INSERT INTO attempts (request, attempt, state, claimed, settled, code, message, task_id, reply)
    SELECT id, attempts, :state, claimed, settled, code, message, task_id, reply FROM requests
    WHERE {_IN_RANGE}
    ON CONFLICT (request, attempt) DO UPDATE SET state = excluded.state
"""
_SETTLE_EARLIER = f"""
    UPDATE attempts SET state = :state
    WHERE state = 'unknown' AND request IN (SELECT id FROM requests WHERE {_IN_RANGE})
"""
_DECIDE = f"""
    UPDATE requests SET state = :state, message = :message, code = NULL, task_id = NULL, reply = NULL
    WHERE {_IN_RANGE}
"""


def _decide(database: Database, counters: Counters, batch: Mapping[str, object], state: RequestState) -> None:
    found = database.row(_COUNT, batch)
    assert found is not None
    if not found["requests"]:
        return
    values = {**batch, "state": state, "message": DECIDED[state]}
    for statement in (_KEEP, _SETTLE_EARLIER, _DECIDE):
        database.execute(statement, values)
    number = batch["batch"]
    assert isinstance(number, int)
    counters.move(number, RequestState.UNKNOWN, state, found["recipients"], found["requests"])


_REQUEST_OF = """
    SELECT requests.id, requests.recipients
    FROM rows JOIN requests ON requests.id = rows.request WHERE rows.id = ?
"""

# Copy a request for one of its recipients, with its earlier attempts, and give it that recipient.
_SPLIT = (
    """
    INSERT INTO requests (
        id, batch, first_row, last_row, recipients, segments, state, attempts, turn, claimed, settled, code,
        message, task_id, reply, content, compared, guessed
    )
    SELECT :new, batch, :row, :row, 1, segments, state, attempts, turn, claimed, settled, code,
        message, task_id, reply, content, compared, guessed
    FROM requests WHERE id = :request
    """,
    """
    INSERT INTO attempts (request, attempt, state, claimed, settled, code, message, task_id, reply)
    SELECT :new, attempt, state, claimed, settled, code, message, task_id, reply
    FROM attempts WHERE request = :request
    """,
    "UPDATE rows SET request = :new WHERE id = :row",
    "UPDATE requests SET recipients = recipients - 1 WHERE id = :request",
    "UPDATE batches SET last_request = :new WHERE id = :batch",
)


def request_of_its_own(database: Database, counters: Counters, batch: object, row: int) -> int:
    """Return the request of a recipient, split off the request of others if there are any."""
    assert isinstance(batch, int)
    found = database.row(_REQUEST_OF, (row,))
    assert found is not None
    if found["recipients"] == 1:
        return int(found["id"])
    shift = _make_room(database, batch)
    new = int(database.value("SELECT last_request FROM batches WHERE id = ?", (batch,))) + 1
    values = {"new": new, "row": row, "request": found["id"] + shift, "batch": batch}
    for statement in _SPLIT:
        database.execute(statement, values)
    counters.add(batch, "requests", 1)
    counters.add(batch, "tried", 1)
    return new


_PLACE = """
    SELECT id AS batch, first_row, last_row, first_request AS first, last_request AS last,
        (SELECT max(last_request) FROM batches) AS end
    FROM batches WHERE id = ?
"""

# Give the requests of a batch higher numbers.
_SHIFT = (
    "UPDATE requests SET id = id + :shift WHERE id BETWEEN :first AND :last",
    "UPDATE attempts SET request = request + :shift WHERE request BETWEEN :first AND :last",
    """
    UPDATE rows SET request = request + :shift
    WHERE id BETWEEN :first_row AND :last_row AND request IS NOT NULL
    """,
    """
    UPDATE batches SET first_request = first_request + :shift, last_request = last_request + :shift
    WHERE id = :batch
    """,
)


def _make_room(database: Database, batch: int) -> int:
    """Move the requests of a batch behind those of all others, so that one can follow; return how far.

    The requests of a batch stand together. Nobody else uses these numbers while the batch has an owner.
    """
    place = database.row(_PLACE, (batch,))
    assert place is not None
    if place["last"] == place["end"]:
        return 0
    shift = int(place["end"] + 1 - place["first"])
    for statement in _SHIFT:
        database.execute(statement, {**place, "shift": shift})
    return shift


LOST = mark("the entries that say whether it was sent are lost")

# The planned requests of a batch.
_PLANNED = """
    FROM requests WHERE state = 'planned'
        AND id BETWEEN (SELECT first_request FROM batches WHERE id = :batch)
            AND (SELECT last_request FROM batches WHERE id = :batch)
"""
_COUNT_PLANNED = f"SELECT count(*) AS requests, sum(recipients) AS recipients {_PLANNED}"

# Makes them unknown, in a new turn. They were claimed at some time after the batch was created.
_LOSE = (
    "UPDATE turns SET turn = turn + 1",
    f"""
    UPDATE requests
    SET state = 'unknown', message = :message, attempts = attempts + 1, settled = :now,
        claimed = (SELECT created FROM batches WHERE id = :batch), turn = (SELECT turn FROM turns)
    WHERE id IN (SELECT id {_PLANNED})
    """,
    "UPDATE batches SET last_turn = (SELECT turn FROM turns) WHERE id = :batch",
)


def settle_lost(database: Database, counters: Counters, batch: int) -> None:
    """Make the planned requests of a batch unknown: the entries that say whether they were sent are lost."""
    values = {"batch": batch, "message": LOST, "now": int(database.now())}
    found = database.row(_COUNT_PLANNED, values)
    assert found is not None
    if found["requests"]:
        recipients, requests = found["recipients"], found["requests"]
        counters.move(batch, RequestState.PLANNED, RequestState.UNKNOWN, recipients, requests)
        for statement in _LOSE:
            database.execute(statement, values)
