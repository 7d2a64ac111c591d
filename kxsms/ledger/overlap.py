"""What other batches have sent, or are about to: the one rule that keeps batches from doubling each other.

It holds between processes because each takes the lock of its batch before it looks, and looks again, in the
transaction that makes a new batch, if anybody has begun or gone on since.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from kxsms.domain.batch import Overlap, RequestState

if TYPE_CHECKING:
    import sqlite3

_SENT = """
(theirs.state IN ('accepted', 'unknown') AND {recently}
 OR theirs.id IN (SELECT request FROM main.attempts WHERE state = 'unknown')
 OR theirs.state = 'sending'
 OR theirs.state = 'planned' AND theirs.batch IN ({held}))
"""
"""A request that has been sent, may have been, or is about to be: see `_sent`."""

# The rows of the draft that would get a text which others have sent to their number.
_OVERLAP = """
FROM temp.staged AS mine
JOIN temp.staged AS text ON text.row = mine.text
JOIN main.rows AS other ON other.mobile = mine.mobile AND other.request IS NOT NULL
JOIN main.requests AS theirs ON theirs.id = other.request
WHERE mine.fate IS NULL AND theirs.content = text.content AND
"""
_LATELY = "theirs.settled > :since"

# Rows of a batch in a state, whose text others have sent to their number since that batch was made. The order
# of the tables, and the +, are for SQLite, which does not know how few requests are left of a large batch.
_OVERTAKEN = """
FROM requests AS mine
CROSS JOIN batches AS this ON this.id = mine.batch
CROSS JOIN rows AS row ON row.id BETWEEN mine.first_row AND mine.last_row AND +row.request = mine.id
CROSS JOIN rows AS other ON other.mobile = row.mobile AND other.request IS NOT NULL
CROSS JOIN requests AS theirs ON theirs.id = other.request
WHERE mine.batch = :batch AND mine.id BETWEEN :first AND :last AND mine.state = :state
    AND theirs.batch != mine.batch AND theirs.content = mine.content AND
"""
_SINCE_THEN = "theirs.turn > this.turn"


def _sent(recently: str, held: Iterable[int]) -> str:
    """The condition that a request `theirs` has been sent, may have been, or is about to be.

    `recently` is the condition on what is long settled, `held` are the batches that have an owner.
    """
    return _SENT.format(recently=recently, held=", ".join(str(batch) for batch in held))


def overlap(connection: "sqlite3.Connection", since: float, held: Iterable[int]) -> Overlap | None:
    """How many of the draft have got their text since then (seconds since 1970), and in which batch most."""
    return _counted(connection, "mine.row", _OVERLAP + _sent(_LATELY, held), {"since": since})


def skip_overlap(connection: "sqlite3.Connection", since: float, held: Iterable[int]) -> None:
    """Leave those out of the draft that `overlap` counts."""
    connection.execute(
        f"UPDATE temp.staged SET fate = 'skipped' WHERE row IN (SELECT mine.row {_OVERLAP}"
        f" {_sent(_LATELY, held)})",
        {"since": since},
    )


def overtaken(
    connection: "sqlite3.Connection", batch: Mapping[str, int], state: RequestState, held: Iterable[int]
) -> Overlap | None:
    """How many of a batch's recipients in a state others have sent their text to since it was made.

    `batch` has its number, and its `first` and `last` request.
    """
    condition = _OVERTAKEN + _sent(_SINCE_THEN, held)
    return _counted(connection, "row.id", condition, {**batch, "state": state})


def skip_overtaken(connection: "sqlite3.Connection", batch: Mapping[str, int], held: Iterable[int]) -> int:
    """Leave those out of a batch that `overtaken` counts, within the caller's transaction; how many."""
    execute = connection.execute
    execute("CREATE TEMP TABLE left_out (row INTEGER PRIMARY KEY, request INTEGER)")
    count = execute(
        f"INSERT INTO temp.left_out SELECT DISTINCT row.id, mine.id {_OVERTAKEN} {_sent(_SINCE_THEN, held)}",
        {**batch, "state": RequestState.PLANNED},
    ).rowcount
    (segments,) = execute(
        "SELECT coalesce(sum(segments), 0) FROM temp.left_out JOIN requests ON requests.id = request"
    ).fetchone()
    execute("UPDATE rows SET request = NULL, fate = 'skipped' WHERE id IN (SELECT row FROM temp.left_out)")
    execute(
        "UPDATE requests SET recipients = recipients - (SELECT count(*) FROM temp.left_out"
        " WHERE request = requests.id) WHERE id IN (SELECT request FROM temp.left_out)"
    )
    empty = execute(
        "DELETE FROM requests WHERE recipients = 0 AND id IN (SELECT request FROM temp.left_out)"
    ).rowcount
    execute(
        "UPDATE batches SET recipients = recipients - ?, skipped = skipped + ?,"
        " segments = segments - ?, requests = requests - ? WHERE id = ?",
        (count, count, segments, empty, batch["batch"]),
    )
    execute("DROP TABLE temp.left_out")
    return count


def _counted(
    connection: "sqlite3.Connection", row: str, condition: str, values: Mapping[str, object]
) -> Overlap | None:
    found = connection.execute(
        f"SELECT count(DISTINCT {row}), theirs.batch {condition} GROUP BY 2 ORDER BY 1 DESC, 2 DESC", values
    ).fetchall()
    if not found:
        return None
    (total,) = connection.execute(f"SELECT count(DISTINCT {row}) {condition}", values).fetchone()
    (name,) = connection.execute("SELECT name FROM batches WHERE id = ?", (found[0][1],)).fetchone()
    return Overlap(total, name)


def last_turn(connection: "sqlite3.Connection") -> int:
    """The last turn that any batch had."""
    return int(connection.execute("SELECT turn FROM turns").fetchone()[0])


def went_on(connection: "sqlite3.Connection", turn: int, held: Iterable[int]) -> bool:
    """Whether another batch than those `held` has had a turn since, or has come into being."""
    known = ", ".join(str(batch) for batch in held)
    return (
        connection.execute(
            f"SELECT 1 FROM batches WHERE id NOT IN ({known}) AND last_turn > ? LIMIT 1", (turn,)
        ).fetchone()
        is not None
    )
