"""A batch at work: the two writes on which the promise rests, in one transaction a cycle.

`cycle` settles what has come back and claims what goes next. What it returns is committed as `sending`, on
the disk, before the caller lets a byte of it leave; so whatever is cut short at any moment is found as
`sending` when the batch is next opened, and that means unknown.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from kxsms.domain.batch import Batch, Claim, Left, Overlap, Settled, State
from kxsms.domain.outcome import Accepted, NotSent, Rejected
from kxsms.sqlite import transaction

if TYPE_CHECKING:
    import sqlite3

CUT_SHORT = "kxsms was stopped before the answer came"

_COUNTED = (State.SENDING, State.ACCEPTED, State.REJECTED, State.NOT_SENT, State.UNKNOWN)

# Rows of this batch in a state whose text another batch has sent to their number since this one was made.
_OVERTAKEN = """
FROM requests AS mine
JOIN batches AS this ON this.id = mine.batch
JOIN rows AS row ON row.id BETWEEN mine.first_row AND mine.last_row AND row.request = mine.id
JOIN rows AS theirs ON theirs.mobile = row.mobile AND theirs.request IS NOT NULL
JOIN requests AS other ON other.id = theirs.request
WHERE mine.batch = :batch AND mine.id BETWEEN :first AND :last AND mine.state = :state
    AND other.batch != mine.batch AND other.turn > this.turn AND other.content = mine.content
    AND (other.state IN ('accepted', 'unknown', 'sending') OR other.id IN (
        SELECT request FROM attempts WHERE attempts.state = 'unknown'))
"""


class Work:
    """One batch whose lock this process holds. Methods raise Failure where the ledger cannot be used."""

    def __init__(
        self,
        connection: "sqlite3.Connection",
        batch: Batch,
        explained: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._connection = connection
        self._explained = explained
        with explained():
            first, last = connection.execute(
                "SELECT first_request, last_request FROM batches WHERE id = ?", (batch.id,)
            ).fetchone()
        self._range = {"batch": batch.id, "first": first, "last": last}
        self._cursor = first - 1

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._explained(), transaction(self._connection):
            yield

    def recover(self) -> None:
        """Call what was cut short unknown, and plan again what certainly was not sent."""
        with self._transaction():
            sending, not_sent = self._connection.execute(
                "SELECT sending, not_sent FROM batches WHERE id = :batch", self._range
            ).fetchone()
            if sending:
                self._move(State.SENDING, State.UNKNOWN, CUT_SHORT)
                self._finish()
            if not_sent:
                self._move(State.NOT_SENT, State.PLANNED, None)

    def retry(self, state: State) -> None:
        """Plan the refused or the unknown requests once more. What became of them is kept as history."""
        with self._transaction():
            self._connection.execute(
                "INSERT INTO attempts"
                " SELECT id, attempts, state, claimed, settled, code, message, task_id, reply FROM requests"
                " WHERE id BETWEEN :first AND :last AND state = :state",
                self._range | {"state": state},
            )
            self._move(state, State.PLANNED, None)
            self._connection.execute(
                "UPDATE batches SET finished = NULL"
                " WHERE id = :batch AND accepted + rejected + unknown < recipients",
                self._range,
            )

    def _move(self, old: State, new: State, message: str | None) -> None:
        """Let all requests of one state have another."""
        count, recipients = self._connection.execute(
            "SELECT count(*), coalesce(sum(recipients), 0) FROM requests"
            " WHERE id BETWEEN :first AND :last AND state = :old",
            self._range | {"old": old},
        ).fetchone()
        if count == 0:
            return
        self._connection.execute(
            "UPDATE requests SET state = :new, settled = :now, code = NULL, message = :message,"
            " task_id = NULL, reply = NULL WHERE id BETWEEN :first AND :last AND state = :old",
            self._range | {"old": old, "new": new, "now": time.time(), "message": message},
        )
        tried = -count if new is State.PLANNED else 0
        self._count(Counter({old: -recipients, new: recipients}), tried)

    def overtaken(self, state: State = State.PLANNED) -> Overlap | None:
        """How many of those who are planned, or in another state, have got their text in another batch since
        this one was made, and in which."""
        values = self._range | {"state": state}
        with self._explained():
            found = self._connection.execute(
                "SELECT count(DISTINCT row.id), other.batch" + _OVERTAKEN + " GROUP BY 2 ORDER BY 1 DESC",
                values,
            ).fetchall()
            if not found:
                return None
            (total,) = self._connection.execute(
                "SELECT count(DISTINCT row.id)" + _OVERTAKEN, values
            ).fetchone()
            (name,) = self._connection.execute(
                "SELECT name FROM batches WHERE id = ?", (found[0][1],)
            ).fetchone()
            return Overlap(total, name)

    def skip_overtaken(self) -> None:
        """Leave those out that `overtaken` counts."""
        with self._transaction():
            rows = self._connection.execute(
                "SELECT DISTINCT row.id, mine.id, mine.segments" + _OVERTAKEN,
                self._range | {"state": State.PLANNED},
            ).fetchall()
            self._connection.executemany(
                "UPDATE rows SET request = NULL, fate = 'skipped' WHERE id = ?", [row[:1] for row in rows]
            )
            requests = [row[1:2] for row in rows]
            self._connection.executemany(
                "UPDATE requests SET recipients = recipients - 1 WHERE id = ?", requests
            )
            empty = self._connection.executemany(
                "DELETE FROM requests WHERE id = ? AND recipients = 0", set(requests)
            ).rowcount
            self._connection.execute(
                "UPDATE batches SET recipients = recipients - ?, skipped = skipped + ?,"
                " segments = segments - ?, requests = requests - ? WHERE id = ?",
                (len(rows), len(rows), sum(row[2] for row in rows), empty, self._range["batch"]),
            )
            self._finish()

    def left(self) -> Left:
        """What is still to be sent."""
        with self._explained():
            sums = self._connection.execute(
                "SELECT coalesce(sum(recipients), 0), count(*), coalesce(sum(recipients * segments), 0)"
                " FROM requests WHERE id BETWEEN :first AND :last AND state = 'planned'",
                self._range,
            ).fetchone()
            return Left(*sums)

    def cycle(self, settled: Sequence[Settled], again: Sequence[Claim], want: int) -> list[Claim]:
        """Settle what came back, claim `again` and up to `want` further requests, as one step.

        The further ones are returned; fewer than `want` are all that there were. Nothing is committed if this
        raises, and nothing of what it would have claimed may leave.
        """
        if not (settled or again or want):
            return []
        now = time.time()
        with self._transaction():
            self._settle(settled, now)
            claims = [*again, *self._next(want)]
            self._claim(claims, now)
            changes = Counter({State.SENDING: sum(len(claim.mobiles) for claim in claims)})
            for ended in settled:
                changes[State.SENDING] -= len(ended.claim.mobiles)
                changes[ended.state] += len(ended.claim.mobiles)
            released = sum(ended.state is State.PLANNED for ended in settled)
            self._count(changes, len(claims) - released)
            self._finish()
        if claims:
            self._cursor = max(self._cursor, claims[-1].request)
        return claims[len(again) :]

    def _settle(self, settled: Sequence[Settled], now: float) -> None:
        values = [(ended.state, now, *_answer(ended), ended.claim.request) for ended in settled]
        self._change(
            "UPDATE requests SET state = ?, settled = ?, code = ?, message = ?, task_id = ?, reply = ?"
            " WHERE id = ? AND state = 'sending'",
            values,
        )

    def _next(self, want: int) -> list[Claim]:
        found = self._connection.execute(
            "SELECT id, first_row, last_row, content FROM requests"
            " WHERE id > ? AND id <= ? AND state = 'planned' ORDER BY id LIMIT ?",
            (self._cursor, self._range["last"], want),
        ).fetchall()
        return [
            Claim(request, self._mobiles(request, first, last), content)
            for request, first, last, content in found
        ]

    def _mobiles(self, request: int, first: int, last: int) -> tuple[str, ...]:
        rows = self._connection.execute(
            "SELECT mobile FROM rows WHERE id BETWEEN ? AND ? AND request = ?", (first, last, request)
        )
        return tuple(str(mobile) for (mobile,) in rows)

    def _claim(self, claims: Sequence[Claim], now: float) -> None:
        if not claims:
            return
        self._connection.execute("UPDATE turns SET turn = turn + 1")
        (turn,) = self._connection.execute("SELECT turn FROM turns").fetchone()
        self._change(
            "UPDATE requests SET state = 'sending', turn = ?, claimed = ?, settled = NULL,"
            " attempts = attempts + 1 WHERE id = ? AND state = 'planned'",
            [(turn, now, claim.request) for claim in claims],
        )

    def _change(self, statement: str, values: Sequence[tuple[object, ...]]) -> None:
        """Change one request a value, or nothing: a request that is not as expected is a defect."""
        if values and self._connection.executemany(statement, values).rowcount != len(values):
            raise AssertionError("a request is not in the state that the ledger's owner left it in")

    def _count(self, changes: Counter[State], tried: int) -> None:
        values = {state.value: changes[state] for state in _COUNTED}
        self._connection.execute(
            "UPDATE batches SET tried = tried + :tried, "
            + ", ".join(f"{name} = {name} + :{name}" for name in values)
            + " WHERE id = :batch",
            values | {"tried": tried, "batch": self._range["batch"]},
        )

    def _finish(self) -> None:
        self._connection.execute(
            "UPDATE batches SET finished = ?"
            " WHERE id = ? AND finished IS NULL AND accepted + rejected + unknown = recipients",
            (time.time(), self._range["batch"]),
        )


def _answer(ended: Settled) -> tuple[str | None, str | None, str | None, bytes | None]:
    """Code, message, task id and reply, as the ledger keeps them."""
    match ended.outcome:
        case Accepted(code=code, message=message, task_id=task_id):
            return code, message, task_id, ended.kept
        case Rejected(code=code, message=message):
            return code, message, None, ended.kept
        case NotSent(code=code, reason=reason):
            return code, reason, None, ended.kept
        case None:
            return None, None, None, None
        case unknown:
            return None, unknown.reason, None, ended.kept
