"""The search for one number in everything that the ledger holds.

The engine yields the columns that may hold it; here they are searched.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from kxsms.domain.traces import Traces
from kxsms.ledger.database import Database, Row, Values

REQUEST_TEXTS = ("content", "compared", "guessed")
REQUEST_FACTS = ("code", "message", "task_id", "reply")
ATTEMPT_FACTS = ("code", "message", "task_id", "reply")
BATCH_TEXTS = ("source", "columns", "text", "waits", "terms")
RECORD_TEXTS = ("mobile", "task_id", "status", "content", "time", "extno", "extra")
ANSWER_FACTS = ("content_type", "problem", "tried")

_ROWS_AT_A_TIME = 200
"""Rows that are searched together, which takes half the time."""

_BYTES_AT_A_TIME = 4 * 2**20
"""Bytes of answers that are read together."""

# All rows: their texts, the number if a row is to it, and whether what it holds of the number is its own.
_ROWS = """
    SELECT id, mobile IS NULL OR mobile = :mobile AS is_own, CASE WHEN mobile = :mobile THEN :text END,
        fields, problem
    FROM rows
"""

# The requests whose recipients all have the number, and that still have their text.
_OWN_REQUESTS = """
    SELECT requests.id, requests.batch FROM requests JOIN rows ON rows.request = requests.id
    WHERE rows.mobile = :mobile AND rows.request IS NOT NULL AND (
        SELECT count(*) FROM rows AS mine WHERE mine.mobile = :mobile AND mine.request = requests.id
    ) = requests.recipients
    GROUP BY requests.id ORDER BY requests.id
"""

# All of the requests, the attempts, the batches, the records and the deliveries, with their texts.
_REQUESTS = f"""
    SELECT id, batch, state IN ('planned', 'not_sent') AS is_planned, {", ".join(REQUEST_TEXTS)},
        {", ".join(REQUEST_FACTS)}
    FROM requests
"""
_ATTEMPTS = f"SELECT request, attempt, {', '.join(ATTEMPT_FACTS)} FROM attempts"
_BATCHES = f"SELECT id, {', '.join(BATCH_TEXTS)}, idempotency_key FROM batches"
_RECORDS = f"SELECT id, answer, {', '.join(RECORD_TEXTS)} FROM records"
_DELIVERIES = "SELECT row, status, time FROM deliveries"

# The answers, and the bytes of each; then some of them.
_SIZES = "SELECT id, length(body) AS size FROM answers ORDER BY id"
_ANSWERS = f"""
    SELECT id, state, body, {", ".join(ANSWER_FACTS)} FROM answers WHERE id BETWEEN :first AND :last
"""
_OPT_OUTS = """
    SELECT mobile = :mobile AS is_own, reason FROM opt_outs WHERE mobile = :mobile OR reason IS NOT NULL
"""
_RANGES = "SELECT id, first_row, last_row FROM batches WHERE first_row <= last_row ORDER BY first_row"


@dataclass
class Found:
    """The entries that hold a number, by their ids. Those of `own_…` are of its recipient alone."""

    own_rows: list[int] = field(default_factory=list)
    other_rows: list[int] = field(default_factory=list)
    own_requests: list[int] = field(default_factory=list)
    other_requests: list[int] = field(default_factory=list)
    shared_texts: int = 0
    attempts: list[tuple[int, int]] = field(default_factory=list)
    """Each by its request and its number there."""
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
    found = Found()
    values = {"mobile": int(traces.mobile)}
    for row in _holding(database, traces, _ROWS, {**values, "text": traces.mobile}):
        (found.own_rows if row["is_own"] else found.other_rows).append(row["id"])
    found.needed |= _batches_of(database, [*found.own_rows, *found.other_rows])
    for row in database.rows(_OWN_REQUESTS, values):
        found.own_requests.append(row["id"])
    _find_requests(database, traces, found)
    found.batches = [row["id"] for row in _holding(database, traces, _BATCHES)]
    found.needed.update(found.batches)
    _find_answers(database, traces, found)
    found.deliveries = [row["row"] for row in _holding(database, traces, _DELIVERIES)]
    opt_outs = database.stream(_OPT_OUTS, values)
    found.opt_outs = sum(bool(row["is_own"] or traces.are_in(row["reason"])) for row in opt_outs)
    return found


def _holding(database: Database, traces: Traces, statement: str, values: Values = ()) -> Iterator[Row]:
    """Yield the rows of a query that hold the number in any of their columns."""
    rows = database.stream(statement, values)
    while some := list(islice(rows, _ROWS_AT_A_TIME)):
        if traces.are_in_any(chain.from_iterable(some)):
            yield from filter(traces.are_in_any, some)


def _find_requests(database: Database, traces: Traces, found: Found) -> None:
    own = frozenset(found.own_requests)
    for row in _holding(database, traces, _REQUESTS):
        found.needed.add(row["batch"])
        if row["id"] in own:
            continue
        found.other_requests.append(row["id"])
        if traces.are_in_any(row[text] for text in REQUEST_TEXTS):
            found.shared_texts += 1
            if row["is_planned"]:
                found.planned_texts.add(row["batch"])
    found.attempts = [(row["request"], row["attempt"]) for row in _holding(database, traces, _ATTEMPTS)]


def _find_answers(database: Database, traces: Traces, found: Found) -> None:
    """Find the records, and the answers that hold the number or such a record, maybe in another spelling."""
    theirs = set[int]()
    for row in _holding(database, traces, _RECORDS):
        is_own = traces.are_in(row["mobile"])
        (found.own_records if is_own else found.other_records).append(row["id"])
        if is_own or traces.are_in(row["extra"]):
            theirs.add(row["answer"])
    kinds = {"read": found.read_answers, "unread": found.unread_answers}
    for first, last in _ranges_of_answers(database):
        for row in database.stream(_ANSWERS, {"first": first, "last": last}):
            if (row["id"] in theirs and row["body"]) or traces.are_in_any(row):
                kinds.get(row["state"], found.new_answers).append(row["id"])


def _ranges_of_answers(database: Database) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of the answers that are to be read together: each may be of megabytes."""
    some: list[int] = []
    size = 0
    for row in database.stream(_SIZES):
        if some and size + row["size"] > _BYTES_AT_A_TIME:
            yield some[0], some[-1]
            some, size = [], 0
        some = [*some[:1], row["id"]]
        size += row["size"]
    if some:
        yield some[0], some[-1]


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
