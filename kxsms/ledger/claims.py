"""A batch at work: the two writes on which the promise rests, in one transaction a cycle.

`cycle` settles what has come back and claims what goes next. What it returns is committed as `sending`, on
the disk, before the caller lets a byte of it leave; so whatever is cut short at any moment is found as
`sending` when the batch is next opened, and that means unknown.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from kxsms.domain.batch import Batch, Claim, Overlap, Remainder, RequestState, Settlement
from kxsms.domain.outcome import Accepted, Rejected, Unknown
from kxsms.errors import Failure
from kxsms.ledger import overlap as overlap_rule
from kxsms.sqlite import storable, transaction

if TYPE_CHECKING:
    import sqlite3

CUT_SHORT = "kxsms was stopped before the answer came"
EARLIER = "an earlier attempt may have arrived"

_CLAIM = """UPDATE requests
    SET state = 'sending', turn = ?, claimed = ?, settled = NULL, attempts = attempts + 1 WHERE """
_IN_RANGE = "id BETWEEN :first AND :last"

_COUNTED = (
    RequestState.SENDING,
    RequestState.ACCEPTED,
    RequestState.REJECTED,
    RequestState.NOT_SENT,
    RequestState.UNKNOWN,
)


class OwnedBatch:
    """One batch whose lock this process holds. Methods raise Failure where the ledger cannot be used."""

    def __init__(
        self,
        connection: "sqlite3.Connection",
        batch: Batch,
        explained: Callable[[], AbstractContextManager[None]],
        ensure_there: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._explained = explained
        self._ensure_there = ensure_there
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
                self._move(RequestState.SENDING, RequestState.UNKNOWN, CUT_SHORT)
            self._doubt_again()
            if not_sent:
                self._move(RequestState.NOT_SENT, RequestState.PLANNED, None)
            if sending:
                self._finish()

    def end(self) -> None:
        """Call unknown what was so before a retry that has not been accepted: it may still have arrived."""
        with self._transaction():
            self._doubt_again()
            self._finish()

    def _doubt_again(self) -> None:
        doubtful = (
            "id BETWEEN :first AND :last AND id IN"
            " (SELECT request FROM attempts WHERE request BETWEEN :first AND :last AND state = 'unknown')"
        )
        for state in (RequestState.PLANNED, RequestState.NOT_SENT, RequestState.REJECTED):
            self._move(state, RequestState.UNKNOWN, EARLIER, doubtful)

    def retry(self, state: RequestState) -> None:
        """Plan the refused or the unknown requests once more. What became of them is kept as history."""
        with self._transaction():
            self._connection.execute(
                "INSERT INTO attempts"
                " SELECT id, attempts, state, claimed, settled, code, message, task_id, reply FROM requests"
                " WHERE id BETWEEN :first AND :last AND state = :state"
                # A retry before this one may have been stopped before it came to that request.
                " ON CONFLICT (request, attempt) DO NOTHING",
                self._range | {"state": state},
            )
            self._move(state, RequestState.PLANNED, None)
            self._connection.execute(
                "UPDATE batches SET finished = NULL"
                " WHERE id = :batch AND accepted + rejected + unknown < recipients",
                self._range,
            )

    def _move(
        self, old: RequestState, new: RequestState, message: str | None, which: str = _IN_RANGE
    ) -> None:
        """Let all requests of one state have another."""
        count, recipients = self._connection.execute(
            f"SELECT count(*), coalesce(sum(recipients), 0) FROM requests WHERE {which} AND state = :old",
            self._range | {"old": old},
        ).fetchone()
        if count == 0:
            return
        self._connection.execute(
            "UPDATE requests SET state = :new, settled = coalesce(claimed, settled), code = NULL,"
            f" message = :message, task_id = NULL, reply = NULL WHERE {which} AND state = :old",
            self._range | {"old": old, "new": new, "message": message},
        )
        tried = (new is not RequestState.PLANNED) - (old is not RequestState.PLANNED)
        changes: Counter[RequestState] = Counter({old: -recipients})
        changes[new] += recipients
        self._count(changes, tried * count)

    def overtaken(self, held: Iterable[int], state: RequestState = RequestState.PLANNED) -> Overlap | None:
        """How many of those who are planned, or in another state, have got their text from others since this
        batch was made, or are about to. `held` are the batches that have an owner."""
        with self._explained():
            return overlap_rule.overtaken(self._connection, self._range, state, held)

    def skip_overtaken(self, held: Iterable[int]) -> int:
        """Leave those out that `overtaken` counts; how many."""
        with self._transaction():
            count = overlap_rule.skip_overtaken(self._connection, self._range, held)
            self._finish()
            return count

    def left(self) -> Remainder:
        """What is still to be sent."""
        with self._explained():
            sums = self._connection.execute(
                "SELECT coalesce(sum(recipients), 0), count(*), coalesce(sum(recipients * segments), 0)"
                " FROM requests WHERE id BETWEEN :first AND :last AND state = 'planned'",
                self._range,
            ).fetchone()
            return Remainder(*sums)

    def cycle(self, settled: Sequence[Settlement], again: Sequence[Claim], want: int) -> list[Claim]:
        """Settle what came back, claim `again` and up to `want` further requests, as one step.

        The further ones are returned; fewer than `want` are all that there were. Nothing is committed if this
        raises, and nothing of what it would have claimed may leave.
        """
        if not (settled or again or want):
            return []
        now = time.time()
        self._ensure_there()
        with self._transaction():
            self._settle(settled, now)
            fresh = self._next(want)
            claims = [*again, *fresh]
            self._claim(again, fresh, now)
            changes = Counter({RequestState.SENDING: sum(claim.recipients for claim in claims)})
            for ended in settled:
                changes[RequestState.SENDING] -= ended.claim.recipients
                changes[ended.state] += ended.claim.recipients
            released = sum(ended.state is RequestState.PLANNED for ended in settled)
            self._count(changes, len(claims) - released)
            self._finish()
        if fresh:
            self._cursor = fresh[-1].request
        return fresh

    def _settle(self, settled: Sequence[Settlement], now: float) -> None:
        values = [(ended.state, now, *_answer(ended), ended.claim.request) for ended in settled]
        self._change(
            "UPDATE requests SET state = ?, settled = ?, code = ?, message = ?, task_id = ?, reply = ?"
            " WHERE id = ? AND state = 'sending'",
            values,
        )

    def _next(self, want: int) -> list[Claim]:
        # Each row that Python fetches costs it a turn among the threads: one for a request, not for a number.
        found = self._connection.execute(
            "SELECT id, (SELECT group_concat(mobile) FROM (SELECT mobile FROM rows"
            "  WHERE rows.id BETWEEN first_row AND last_row AND request = requests.id ORDER BY rows.id)),"
            " recipients, content FROM requests"
            " WHERE id > ? AND id <= ? AND state = 'planned' ORDER BY id LIMIT ?",
            (self._cursor, self._range["last"], want),
        ).fetchall()
        return [Claim(*values) for values in found]

    def _claim(self, again: Sequence[Claim], fresh: Sequence[Claim], now: float) -> None:
        """Let requests be on their way; `fresh` are all that is planned between the first and the last."""
        if not (again or fresh):
            return
        self._connection.execute("UPDATE turns SET turn = turn + 1")
        (turn,) = self._connection.execute("SELECT turn FROM turns").fetchone()
        self._change(_CLAIM + "id = ? AND state = 'planned'", [(turn, now, claim.request) for claim in again])
        if fresh:
            values = (turn, now, fresh[0].request, fresh[-1].request)
            statement = _CLAIM + "id BETWEEN ? AND ? AND state = 'planned'"
            if self._connection.execute(statement, values).rowcount != len(fresh):
                raise _changed()
        self._connection.execute(
            "UPDATE batches SET last_turn = ? WHERE id = ?", (turn, self._range["batch"])
        )

    def _change(self, statement: str, values: Sequence[tuple[object, ...]]) -> None:
        """Change one request a value, or nothing: a request that is not as expected is a defect."""
        if values and self._connection.executemany(statement, values).rowcount != len(values):
            raise _changed()

    def _count(self, changes: Counter[RequestState], tried: int) -> None:
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


def _changed() -> Failure:
    return Failure("somebody else has changed the batch in the ledger", "kxsms batch check")


def _answer(ended: Settlement) -> tuple[object, ...]:
    """Code, message, task id and reply, as the ledger keeps them."""
    outcome = ended.outcome
    if outcome is None:
        return None, None, None, None
    code = None if isinstance(outcome, Unknown) else outcome.code
    said = outcome.message if isinstance(outcome, Accepted | Rejected) else outcome.reason
    task_id = outcome.task_id if isinstance(outcome, Accepted) else None
    return storable(code), storable(said), storable(task_id), ended.kept
