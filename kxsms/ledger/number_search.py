"""The search for one number in everything that the ledger holds."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from kxsms.domain.traces import Traces
from kxsms.ledger.database import Database


def _hold(*columns: str) -> str:
    return " OR ".join(f"holds({column})" for column in columns)


REQUEST_TEXTS = ("content", "compared", "guessed")
REQUEST_FACTS = ("code", "message", "task_id", "reply")
ATTEMPT_FACTS = ("code", "message", "task_id", "reply")
BATCH_TEXTS = ("source", "columns", "text", "waits", "terms")
RECORD_TEXTS = ("mobile", "task_id", "status", "content", "time", "extno", "extra")
ANSWER_FACTS = ("content_type", "problem", "tried")

# The rows with the number, and others that hold it; whether they are its own.
_ROWS = f"""
    SELECT id, request, mobile IS NULL OR mobile = :mobile AS is_own FROM rows
    WHERE mobile = :mobile OR {_hold("fields", "problem")} ORDER BY id
"""

# The requests that hold the number, and whether their text does.
_REQUESTS = f"""
    SELECT id, batch, state IN ('planned', 'not_sent') AS is_planned, {_hold(*REQUEST_TEXTS)} AS has_text
    FROM requests WHERE {_hold(*REQUEST_TEXTS, *REQUEST_FACTS)} ORDER BY id
"""

# The requests whose recipients all have the number, and that still have their text.
_OWN_REQUESTS = """
    SELECT requests.id, requests.batch FROM requests JOIN rows ON rows.request = requests.id
    WHERE rows.mobile = :mobile AND rows.request IS NOT NULL AND (
        SELECT count(*) FROM rows AS mine WHERE mine.mobile = :mobile AND mine.request = requests.id
    ) = requests.recipients
    GROUP BY requests.id ORDER BY requests.id
"""
_ATTEMPTS = f"SELECT rowid AS id FROM attempts WHERE {_hold(*ATTEMPT_FACTS)}"
_BATCHES = f"SELECT id FROM batches WHERE {_hold(*BATCH_TEXTS, 'idempotency_key')} ORDER BY id"
_RECORDS = f"SELECT id, holds(mobile) AS is_own FROM records WHERE {_hold(*RECORD_TEXTS)}"

# The answers that hold the number, or whose records do: it may stand there in another spelling.
_ANSWERS = f"""
    SELECT id, state FROM answers WHERE {_hold("body", *ANSWER_FACTS)}
    UNION
    SELECT answers.id, answers.state FROM records JOIN answers ON answers.id = records.answer
    WHERE length(body) > 0 AND (holds(mobile) OR holds(extra))
    ORDER BY 1
"""
_OPT_OUTS = "SELECT count(*) FROM opt_outs WHERE mobile = :mobile OR holds(reason)"
_DELIVERIES = "SELECT row AS id FROM deliveries WHERE holds(status) OR holds(time)"
_RANGES = "SELECT id, first_row, last_row FROM batches WHERE first_row <= last_row ORDER BY first_row"


@dataclass
class Found:
    """The entries that hold a number, by their ids. Those of `own_…` are of its recipient alone."""

    own_rows: list[int] = field(default_factory=list)
    other_rows: list[int] = field(default_factory=list)
    own_requests: list[int] = field(default_factory=list)
    other_requests: list[int] = field(default_factory=list)
    shared_texts: int = 0
    attempts: list[int] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    own_records: list[int] = field(default_factory=list)
    other_records: list[int] = field(default_factory=list)
    read_answers: list[int] = field(default_factory=list)
    unread_answers: list[int] = field(default_factory=list)
    new_answers: list[int] = field(default_factory=list)
    deliveries: list[int] = field(default_factory=list)
    opt_outs: int = 0
    needed: set[int] = field(default_factory=set)
    """The batches with such an entry."""
    planned_texts: set[int] = field(default_factory=set)
    """The batches that are still to send others a text with the number."""


def find_number(database: Database, traces: Traces) -> Found:
    """Return all entries that hold a number. It reads the whole ledger, and locks out nobody."""
    database.define("holds", 1, traces.are_in)
    values = {"mobile": int(traces.mobile)}
    found = Found()
    for row in database.stream(_ROWS, values):
        (found.own_rows if row["is_own"] else found.other_rows).append(row["id"])
    found.needed |= _batches_of(database, [*found.own_rows, *found.other_rows])
    for row in database.rows(_OWN_REQUESTS, values):
        found.own_requests.append(row["id"])
    own = frozenset(found.own_requests)
    for row in database.stream(_REQUESTS):
        found.needed.add(row["batch"])
        if row["id"] in own:
            continue
        found.other_requests.append(row["id"])
        found.shared_texts += row["has_text"]
        if row["is_planned"] and row["has_text"]:
            found.planned_texts.add(row["batch"])
    _find_rest(database, found, values)
    return found


def _find_rest(database: Database, found: Found, values: dict[str, int]) -> None:
    found.attempts = [row["id"] for row in database.stream(_ATTEMPTS)]
    found.batches = [row["id"] for row in database.stream(_BATCHES)]
    found.needed.update(found.batches)
    for row in database.stream(_RECORDS):
        (found.own_records if row["is_own"] else found.other_records).append(row["id"])
    states = {row["id"]: row["state"] for row in database.stream(_ANSWERS)}
    for number, state in states.items():
        kinds = {"read": found.read_answers, "unread": found.unread_answers}
        kinds.get(state, found.new_answers).append(number)
    found.deliveries = [row["id"] for row in database.stream(_DELIVERIES)]
    found.opt_outs = int(database.value(_OPT_OUTS, values))


def _batches_of(database: Database, rows: Iterable[int]) -> set[int]:
    """Return the batches that have some rows."""
    ranges = [tuple(row) for row in database.rows(_RANGES)]
    starts = [first for _, first, _ in ranges]
    found = set[int]()
    for row in rows:
        place = bisect_right(starts, row) - 1
        if place >= 0 and row <= ranges[place][2]:
            found.add(ranges[place][0])
    return found
