"""The deletion of what is no longer needed, in short transactions: a kill loses none and repeats none.

The ranges of pruned batches stand in the table `pruning` until all in them is deleted. The next pruning goes
through those that a kill left there.
"""

import json
from collections.abc import Sequence

from kxsms.ledger.database import Database
from kxsms.ledger.freeing import in_steps

_AT_A_TIME = 1_000

# Notes the greatest number of a record, before any is deleted.
_NOTE_LAST = """
    UPDATE last_record SET id = max(id, (SELECT coalesce(max(records.id), 0) FROM records))
"""

_NEXT = "SELECT * FROM pruning ORDER BY batch LIMIT 1"
_RECORDS = """
    DELETE FROM records WHERE id IN (SELECT id FROM records WHERE batch = :batch LIMIT :most)
"""
_ROWS = (
    "DELETE FROM deliveries WHERE row BETWEEN :first_row AND :last",
    "DELETE FROM rows WHERE id BETWEEN :first_row AND :last",
    "UPDATE pruning SET first_row = :last + 1 WHERE batch = :batch",
)
# The last numbers of a batch may be free, and given to another one.
_REQUESTS = (
    """
    DELETE FROM attempts WHERE request IN (
        SELECT id FROM requests WHERE id BETWEEN :first_request AND :last AND batch = :batch
    )
    """,
    "DELETE FROM requests WHERE id BETWEEN :first_request AND :last AND batch = :batch",
    "UPDATE pruning SET first_request = :last + 1 WHERE batch = :batch",
)
_END = "DELETE FROM pruning WHERE batch = :batch"


def delete_pruned(database: Database) -> int:
    """Delete the rows, requests and records of pruned batches. Return how many records."""
    records = 0

    def step() -> bool:
        nonlocal records
        found = database.row(_NEXT)
        if found is None:
            return False
        place = dict(found)
        database.execute(_NOTE_LAST)
        deleted = database.execute(_RECORDS, {"batch": place["batch"], "most": _AT_A_TIME})
        records += deleted
        if not deleted:
            _delete_rows(database, place)
        return True

    in_steps(database, step)
    return records


def _delete_rows(database: Database, place: dict[str, int]) -> None:
    """Delete the next rows of a batch or, after all rows, its next requests."""
    statements: Sequence[str] = (_END,)
    for name, some in (("row", _ROWS), ("request", _REQUESTS)):
        if place[f"first_{name}"] <= place[f"last_{name}"]:
            place["last"] = min(place[f"first_{name}"] + _AT_A_TIME - 1, place[f"last_{name}"])
            statements = some
            break
    for statement in statements:
        database.execute(statement, place)


# Only those that were not matched, nor are waiting, since they were chosen.
_UNMATCHED = (
    _NOTE_LAST,
    """
    DELETE FROM records
    WHERE id IN (SELECT value FROM json_each(:ids)) AND batch IS NULL AND NOT waiting
    """,
    """
    UPDATE opt_outs SET record = NULL
    WHERE record IN (SELECT value FROM json_each(:ids)) AND record NOT IN (SELECT id FROM records)
    """,
)


def delete_unmatched(database: Database, records: Sequence[int]) -> int:
    """Delete records that belong to no batch. Return how many."""
    deleted = 0
    left = list(records)

    def step() -> bool:
        nonlocal deleted
        if left:
            values = {"ids": json.dumps(left[-_AT_A_TIME:])}
            del left[-_AT_A_TIME:]
            database.execute(_UNMATCHED[0])
            deleted += database.execute(_UNMATCHED[1], values)
            database.execute(_UNMATCHED[2], values)
        return bool(left)

    in_steps(database, step)
    return deleted


# The newest answer of each kind stays, without its body: it says that replies were fetched before.
_EMPTY = "UPDATE answers SET body = x'' WHERE id = ? AND state = 'read'"
_ANSWER = "DELETE FROM answers WHERE id = ? AND state = 'read'"


def delete_answers(database: Database, answers: Sequence[int], newest: frozenset[int]) -> int:
    """Delete answers, or the bodies of the newest ones. Return how many."""
    deleted = 0
    left = list(answers)

    def step() -> bool:
        nonlocal deleted
        if left:
            number = left.pop()
            deleted += database.execute(_EMPTY if number in newest else _ANSWER, (number,))
        return bool(left)

    in_steps(database, step)
    return deleted
