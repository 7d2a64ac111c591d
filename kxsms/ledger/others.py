"""What other batches have sent, or are about to: the one rule that keeps batches from doubling each other.

It holds between processes because each takes the lock of its batch before it looks, and looks again, in the
transaction that makes a new batch, if anybody has begun or gone on since.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_SENT = """
(theirs.state IN ('accepted', 'unknown') AND {recently}
 OR theirs.id IN (SELECT request FROM main.attempts WHERE state = 'unknown')
 OR theirs.state = 'sending'
 OR theirs.state = 'planned' AND theirs.batch IN ({held}))
"""


def sent(recently: str, held: Iterable[int]) -> str:
    """The SQL condition that a request `theirs` has been sent, may have been, or is about to be.

    `recently` is the condition on what is long settled, `held` are the batches that have an owner.
    """
    return _SENT.format(recently=recently, held=", ".join(str(batch) for batch in held))


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
