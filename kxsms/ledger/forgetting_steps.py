"""The steps that remove a number from the entries that hold it.

Their statements call `removed`, which puts stars in the place of the number, `hashed`, `keyed_digest`,
`blank` and `holds`.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from kxsms.domain.traces import Traces
from kxsms.ledger.database import Database
from kxsms.ledger.forgotten import Forgotten, is_hashed
from kxsms.ledger.number_search import (
    ANSWER_FACTS,
    ATTEMPT_FACTS,
    BATCH_TEXTS,
    RECORD_TEXTS,
    REQUEST_FACTS,
    REQUEST_TEXTS,
    Found,
)

_AT_A_TIME = 200
_FORGOTTEN = "forgotten"
"""The message of such a row in an export."""


def _remove_from(*columns: str) -> str:
    return ", ".join(f"{column} = removed({column})" for column in columns)


# The rows of the number that are still to be sent to.
FILL_LEAVING = """
    INSERT INTO temp.leaving
    SELECT rows.id, requests.id FROM rows JOIN requests ON requests.id = rows.request
    WHERE rows.mobile = :mobile AND rows.request IS NOT NULL AND requests.batch = :batch
        AND requests.state = 'planned'
"""

# A text that only this number got, and its hash, by which the same text for it is recognised. A request that
# was deleted meanwhile may have given its number to one of another batch.
_HASH = f"""
    compared = CASE WHEN {is_hashed("coalesce(compared, '')")} THEN compared
        ELSE hashed(coalesce(compared, content)) END,
    guessed = CASE WHEN {is_hashed("guessed")} THEN guessed ELSE hashed(guessed) END
"""
_OWN_REQUEST = f"""
    UPDATE requests SET {_HASH}, content = '', {_remove_from(*REQUEST_FACTS)}
    WHERE id = :id AND EXISTS (
        SELECT 1 FROM rows
        WHERE rows.id BETWEEN first_row AND last_row AND +rows.request = requests.id AND +mobile = :mobile
    )
"""
_HASH_REQUEST = f"""
    UPDATE requests SET {_HASH}, content = removed(content)
    WHERE id = ? AND ({" OR ".join(f"holds({column})" for column in REQUEST_TEXTS)})
"""
_REQUEST = f"UPDATE requests SET {_remove_from(*REQUEST_FACTS)} WHERE id = ?"
_ATTEMPT = f"UPDATE attempts SET {_remove_from(*ATTEMPT_FACTS)} WHERE rowid = ?"
# A key that holds the number is known by its hash.
_BATCH = f"""
    UPDATE batches SET {_remove_from(*BATCH_TEXTS)},
        idempotency_key = CASE WHEN holds(idempotency_key) THEN hashed(idempotency_key)
            ELSE idempotency_key END
    WHERE id = ?
"""
# The text of a batch that has no other recipient.
_OWN_BATCH = """
    UPDATE batches SET text = NULL
    WHERE id = :batch AND text IS NOT NULL AND recipients > 0 AND recipients = (
        SELECT count(*) FROM rows WHERE mobile = :mobile AND request IS NOT NULL
            AND id BETWEEN first_row AND last_row
    )
"""
# What was fetched after the number was first forgotten has a keyed digest already.
_OWN_RECORD = f"""
    UPDATE records SET {_remove_from(*RECORD_TEXTS)},
        digest = CASE WHEN (SELECT fetched FROM answers WHERE answers.id = answer) > :since THEN digest
            ELSE keyed_digest(digest) END,
        mobile = :pseudonym, content = CASE WHEN content IS NOT NULL THEN '' END
    WHERE id = :id
"""
_RECORD = f"UPDATE records SET {_remove_from(*RECORD_TEXTS)} WHERE id = ?"
_READ_ANSWER = f"UPDATE answers SET body = x'', {_remove_from(*ANSWER_FACTS)} WHERE id = ?"
_UNREAD_ANSWER = f"UPDATE answers SET body = removed(body), {_remove_from(*ANSWER_FACTS)} WHERE id = ?"
_OF_ANSWERS = (_READ_ANSWER, _UNREAD_ANSWER)
"""Statements for values that are changed one by one: each answer may be of some megabytes."""

_DELIVERY = "UPDATE deliveries SET status = removed(status), time = removed(time) WHERE row = ?"
_ROW = "UPDATE rows SET fields = removed(fields), problem = removed(problem) WHERE id = ?"
_OWN_ROW = """
    UPDATE rows SET mobile = CASE WHEN mobile IS NOT NULL THEN :pseudonym END, problem = :problem,
        fields = blank(fields)
    WHERE id = :id
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
    "UPDATE opt_outs SET reason = removed(reason) WHERE holds(reason)",
)


def removal(
    database: Database, forgotten: Forgotten, traces: Traces, found: Found
) -> Iterator[Callable[[], bool]]:
    """Yield the steps that change the entries found, each to be called until it returns False."""
    mobile = int(traces.mobile)
    pseudonym = forgotten.pseudonym(mobile)
    since = database.value("SELECT since FROM forgotten WHERE pseudonym = ?", (pseudonym,))
    record = {"pseudonym": str(pseudonym), "since": since}
    row = {"pseudonym": pseudonym, "problem": _FORGOTTEN}
    _define(database, forgotten, traces)
    for statement, entries in (
        (_HASH_REQUEST, found.other_requests),
        (_REQUEST, found.other_requests),
        (_OWN_BATCH, [{"batch": one, "mobile": mobile} for one in sorted(found.needed)]),
        (_OWN_REQUEST, [{"id": one, "mobile": mobile} for one in found.own_requests]),
        (_ATTEMPT, found.attempts),
        (_BATCH, found.batches),
        (_READ_ANSWER, found.read_answers),
        (_UNREAD_ANSWER, found.unread_answers),
        (_OWN_RECORD, [{**record, "id": one} for one in found.own_records]),
        (_RECORD, found.other_records),
        (_DELIVERY, found.deliveries),
    ):
        yield _change(database, statement, entries)
    yield partial(_merge_opt_outs, database, {"mobile": mobile, "pseudonym": pseudonym})
    yield _change(database, _ROW, found.other_rows)
    yield _change(database, _OWN_ROW, [{**row, "id": one} for one in found.own_rows])


def _define(database: Database, forgotten: Forgotten, traces: Traces) -> None:
    """Define the functions that the statements call."""

    def hashed(text: str | bytes | None) -> str | None:
        if text is None:
            return None
        return forgotten.hashed(text if isinstance(text, str) else text.decode("utf-8", "surrogatepass"))

    database.define("removed", 1, traces.removed)
    database.define("hashed", 1, hashed)
    database.define("keyed_digest", 1, forgotten.digest)
    database.define("blank", 1, lambda fields: "\0" * fields.count("\0"))


def _change(database: Database, statement: str, entries: Sequence[Any]) -> Callable[[], bool]:
    """Return the step that runs a statement for each entry: its id, or all values by their names."""
    left = list(entries)
    at_a_time = 1 if statement in _OF_ANSWERS else _AT_A_TIME

    def step() -> bool:
        some, left[:] = left[:at_a_time], left[at_a_time:]
        database.executemany(statement, [one if isinstance(one, dict) else (one,) for one in some])
        return bool(left)

    return step


def _merge_opt_outs(database: Database, values: dict[str, int | None]) -> bool:
    for statement in _MERGE_OPT_OUTS:
        database.execute(statement, values)
    return False
