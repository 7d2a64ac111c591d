"""The steps that remove a number from the entries that hold it.

A step reads entries and writes them again without the number, in one transaction. Between two of them, other
processes write: what must still be so for an entry to be changed is in the condition by which it is read.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from kxsms.domain.traces import Traces
from kxsms.ledger.database import Database, Row
from kxsms.ledger.forgotten import Forgotten, is_a_hash
from kxsms.ledger.number_search import (
    ANSWER_FACTS,
    ATTEMPT_FACTS,
    BATCH_TEXTS,
    RECORD_TEXTS,
    REQUEST_FACTS,
    REQUEST_TEXTS,
    Found,
)
from kxsms.sqlite import stored

_AT_A_TIME = 200
_FORGOTTEN = "forgotten"
"""The message of such a row in an export."""

_New = dict[str, Any]
"""The new values of an entry, by column."""

# The rows of the number that are still to be sent to.
FILL_LEAVING = """
    INSERT INTO temp.leaving
    SELECT rows.id, requests.id FROM rows JOIN requests ON requests.id = rows.request
    WHERE rows.mobile = :mobile AND rows.request IS NOT NULL AND requests.batch = :batch
        AND requests.state = 'planned'
"""

# A request that still has a row of the number. One that was deleted meanwhile may have given its number to
# one of another batch.
_OWN_REQUEST = """
    id = :id AND EXISTS (
        SELECT 1 FROM rows
        WHERE rows.id BETWEEN first_row AND last_row AND +rows.request = requests.id AND +mobile = :mobile
    )
"""
# The text of a batch that has no other recipient.
_OWN_BATCH = """
    UPDATE batches SET text = NULL
    WHERE id = :batch AND text IS NOT NULL AND recipients > 0 AND recipients = (
        SELECT count(*) FROM rows WHERE mobile = :mobile AND request IS NOT NULL
            AND id BETWEEN first_row AND last_row
    )
"""

# An entry under the pseudonym from before, of which the one that is not removed counts.
_MERGE_OPT_OUTS = (
    """
    DELETE FROM opt_outs WHERE mobile = :mobile AND removed IS NOT NULL AND EXISTS (
        SELECT 1 FROM opt_outs AS other WHERE other.mobile = :pseudonym AND other.origin = opt_outs.origin
            AND other.account = opt_outs.account AND other.removed IS NULL
    )
    """,
    """
    DELETE FROM opt_outs WHERE mobile = :pseudonym AND EXISTS (
        SELECT 1 FROM opt_outs AS other WHERE other.mobile = :mobile AND other.origin = opt_outs.origin
            AND other.account = opt_outs.account
    )
    """,
    "UPDATE opt_outs SET mobile = :pseudonym WHERE mobile = :mobile",
)

_REASONS = "SELECT mobile, origin, account, reason FROM opt_outs WHERE reason IS NOT NULL"
_SET_REASON = """
    UPDATE opt_outs SET reason = :reason WHERE mobile = :mobile AND origin = :origin AND account = :account
"""


class _Change(NamedTuple):
    """A change to the entries of a table that hold the number.

    `columns` are those to read, from which `new` makes what to write. `condition` finds one entry by its
    values in `entries`.
    """

    table: str
    columns: Sequence[str]
    new: Callable[[Row], _New]
    entries: Sequence[Mapping[str, Any]]
    condition: str = "id = :id"
    at_a_time: int = _AT_A_TIME

    def step(self, database: Database) -> Callable[[], bool]:
        """Return the step that changes some of the entries that are left."""
        query = f"SELECT {', '.join(self.columns)} FROM {self.table} WHERE {self.condition}"
        left = list(self.entries)

        def step() -> bool:
            some, left[:] = left[: self.at_a_time], left[self.at_a_time :]
            for entry in some:
                row = database.row(query, entry)
                if row is not None:
                    new = self.new(row)
                    values = ", ".join(f"{column} = :{column}" for column in new)
                    statement = f"UPDATE {self.table} SET {values} WHERE {self.condition}"
                    database.execute(statement, {**entry, **new})
            return bool(left)

        return step


def removal(
    database: Database, forgotten: Forgotten, traces: Traces, found: Found
) -> Iterator[Callable[[], bool]]:
    """Yield the steps that change the entries found, each to be called until it returns False."""
    mobile = int(traces.mobile)
    pseudonym = forgotten.pseudonym(mobile)
    assert pseudonym is not None
    for change in _of_requests(forgotten, traces, found):
        yield change.step(database)
    yield partial(_remove_own_texts, database, mobile, sorted(found.needed))
    for change in (
        _of_batches(forgotten, traces, found),
        *_of_answers(traces, found),
        *_of_records(database, forgotten, traces, found),
    ):
        yield change.step(database)
    yield partial(_merge_opt_outs, database, traces, {"mobile": mobile, "pseudonym": pseudonym})
    for change in _of_rows(traces, found, pseudonym):
        yield change.step(database)


def _ids(numbers: Sequence[int], **others: int) -> list[dict[str, int]]:
    return [{"id": number, **others} for number in numbers]


def _without(traces: Traces, columns: Sequence[str]) -> Callable[[Row], _New]:
    """Return the function that puts stars in the place of the number in some columns of an entry."""
    return lambda row: {column: traces.removed(row[column]) for column in columns}


def _of_requests(forgotten: Forgotten, traces: Traces, found: Found) -> Iterator[_Change]:
    columns = (*REQUEST_TEXTS, *REQUEST_FACTS)
    facts = _without(traces, REQUEST_FACTS)

    def hashes(row: Row) -> _New:
        """Return the hashes of the text, by which the same text for the number is recognised."""
        compared = row["content"] if row["compared"] is None else row["compared"]
        return {"compared": _hashed(forgotten, compared), "guessed": _hashed(forgotten, row["guessed"])}

    def other(row: Row) -> _New:
        if not traces.are_in_any(row[column] for column in REQUEST_TEXTS):
            return facts(row)
        return {**facts(row), **hashes(row), "content": traces.removed(row["content"])}

    def own(row: Row) -> _New:
        return {**facts(row), **hashes(row), "content": ""}

    mine = _ids(found.own_requests, mobile=int(traces.mobile))
    attempts = [{"request": request, "attempt": attempt} for request, attempt in found.attempts]
    one_attempt = "request = :request AND attempt = :attempt"
    yield _Change("requests", columns, other, _ids(found.other_requests))
    yield _Change("requests", columns, own, mine, _OWN_REQUEST)
    yield _Change("attempts", ATTEMPT_FACTS, _without(traces, ATTEMPT_FACTS), attempts, one_attempt)


def _hashed(forgotten: Forgotten, text: str | bytes | None) -> str | None:
    whole = stored(text)
    return whole if whole is None or is_a_hash(whole) else forgotten.hashed(whole)


def _remove_own_texts(database: Database, mobile: int, batches: Sequence[int]) -> bool:
    database.executemany(_OWN_BATCH, ({"mobile": mobile, "batch": batch} for batch in batches))
    return False


def _of_batches(forgotten: Forgotten, traces: Traces, found: Found) -> _Change:
    texts = _without(traces, BATCH_TEXTS)

    def new(row: Row) -> _New:
        key = row["idempotency_key"]
        # A key that holds the number is known by its hash.
        return {**texts(row), "idempotency_key": forgotten.hashed(key) if traces.are_in(key) else key}

    return _Change("batches", (*BATCH_TEXTS, "idempotency_key"), new, _ids(found.batches))


def _of_answers(traces: Traces, found: Found) -> Iterator[_Change]:
    facts = _without(traces, ANSWER_FACTS)
    columns = ("body", *ANSWER_FACTS)
    # One by one: each may be of some megabytes.
    yield _Change(
        "answers",
        ANSWER_FACTS,
        lambda row: {**facts(row), "body": b""},
        _ids(found.read_answers),
        "id = :id AND state = 'read'",
        at_a_time=1,
    )
    yield _Change("answers", columns, _without(traces, columns), _ids(found.unread_answers), at_a_time=1)


def _of_records(database: Database, forgotten: Forgotten, traces: Traces, found: Found) -> Iterator[_Change]:
    pseudonym = forgotten.pseudonym(int(traces.mobile))
    since = database.value("SELECT since FROM forgotten WHERE pseudonym = ?", (pseudonym,))
    texts = _without(traces, RECORD_TEXTS)

    def own(row: Row) -> _New:
        fetched = database.value("SELECT fetched FROM answers WHERE id = ?", (row["answer"],))
        # What was fetched after the number was first forgotten has a keyed digest already.
        is_keyed = fetched is not None and fetched > since
        return {
            **texts(row),
            "digest": row["digest"] if is_keyed else forgotten.digest(row["digest"]),
            "mobile": str(pseudonym),
            "content": None if row["content"] is None else "",
        }

    yield _Change("records", (*RECORD_TEXTS, "digest", "answer"), own, _ids(found.own_records))
    yield _Change("records", RECORD_TEXTS, texts, _ids(found.other_records))
    columns = ("status", "time")
    yield _Change(
        "deliveries", columns, _without(traces, columns), _ids(found.deliveries), "deliveries.row = :id"
    )


def _merge_opt_outs(database: Database, traces: Traces, values: dict[str, int]) -> bool:
    for statement in _MERGE_OPT_OUTS:
        database.execute(statement, values)
    reasons = [dict(row) for row in database.stream(_REASONS) if traces.are_in(row["reason"])]
    changed = ({**row, "reason": traces.removed(row["reason"])} for row in reasons)
    database.executemany(_SET_REASON, changed)
    return False


def _of_rows(traces: Traces, found: Found, pseudonym: int) -> Iterator[_Change]:
    def own(row: Row) -> _New:
        return {
            "mobile": None if row["mobile"] is None else pseudonym,
            "problem": _FORGOTTEN,
            "fields": "\0" * row["fields"].count("\0"),
        }

    columns = ("fields", "problem")
    yield _Change("rows", columns, _without(traces, columns), _ids(found.other_rows))
    yield _Change("rows", ("mobile", "fields"), own, _ids(found.own_rows))
