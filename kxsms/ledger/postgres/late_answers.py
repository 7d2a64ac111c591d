"""The answers that reach a session after it lost its lease, when others have decided about its requests."""

from collections.abc import Sequence

from kxsms.domain.claim import Settlement
from kxsms.domain.outcome import answered
from kxsms.domain.states import RequestState
from kxsms.ledger.counters import Counters
from kxsms.ledger.database import Database

# The request of a claim, if this attempt is still its last one, and nobody has settled it. `is_doubtful`: an
# earlier attempt may have arrived.
_FIND = """
    SELECT state, recipients, EXISTS (
        SELECT 1 FROM attempts
        WHERE attempts.request = requests.id AND attempts.attempt < requests.attempts
            AND attempts.state = 'unknown'
    ) AS is_doubtful
    FROM requests
    WHERE id = :request AND batch = :batch AND runner = :runner AND attempts = :attempt
        AND state IN ('sending', 'unknown')
"""
_SETTLE = """
    UPDATE requests
    SET state = :state, settled = :now, code = :code, message = :message, task_id = :task_id, reply = :kept
    WHERE id = :request
"""

# The attempt of a claim that a person has retried since. One that was accepted stays unknown, so that no
# later refusal makes anybody send it again.
_SETTLE_ATTEMPT = """
    UPDATE attempts
    SET state = :state, settled = :now, code = :code, message = :message, task_id = :task_id, reply = :kept
    WHERE request = :request AND attempt = :attempt AND state = 'unknown'
        AND EXISTS (SELECT 1 FROM requests WHERE id = :request AND batch = :batch)
"""


def settle_late(
    database: Database,
    counters: Counters,
    batch: int,
    runner: int,
    settled: Sequence[Settlement],
    now: float,
) -> list[Settlement]:
    """Settle the very attempts of a session that is dead to the others. Return those whose state changed.

    What came back without an answer stays as it is: unknown, or in flight until others make it so.
    """
    changed: list[Settlement] = []
    for end in settled:
        if end.state is RequestState.PLANNED or end.outcome is None:
            continue
        code, message, task_id = answered(end.outcome)
        claim = {"request": end.claim.request, "attempt": end.claim.attempt, "batch": batch, "runner": runner}
        answer = {"code": code, "message": message, "task_id": task_id, "kept": end.kept, "now": now}
        found = database.row(_FIND, claim)
        if found is None:
            is_over = end.state in (RequestState.REJECTED, RequestState.NOT_SENT)
            state = end.state if is_over else RequestState.UNKNOWN
            database.execute(_SETTLE_ATTEMPT, {**claim, **answer, "state": state})
            continue
        before = RequestState(found["state"])
        is_in_doubt = found["is_doubtful"] and end.state is not RequestState.ACCEPTED
        if before is end.state or (before is RequestState.UNKNOWN and is_in_doubt):
            continue
        counters.move(batch, before, end.state, found["recipients"])
        database.execute(_SETTLE, {**claim, **answer, "state": end.state})
        changed.append(end)
    return changed
