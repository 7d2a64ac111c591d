"""What a send means that has been made before: go on with it, tell its outcome again, or send anew."""

from enum import Enum

from kxsms.domain.batch import Batch

OVERLAP_SECONDS = 7 * 24 * 3600.0
"""How long a text that was sent to a number keeps a CSV from sending it there again."""

DOUBT_SECONDS = 3600.0
"""How long a send without CSV that ended unknown keeps the same from being sent again."""


class Action(Enum):
    """What to do about a send."""

    BEGIN = "begin a new batch"
    CONTINUE = "send what the earlier batch has left"
    REPLAY = "tell what became of the earlier batch"
    HOLD_BACK = "tell it, because nobody knows whether that one has arrived"


def action_for(earlier: Batch | None, *, is_csv: bool, keyed: bool, again: bool, is_doubtful: bool) -> Action:
    """What to do about a send whose like has been sent before, as batch `earlier`.

    `keyed`: the two have one idempotency key. `is_doubtful`: one of the last hour ended unknown.
    """
    if earlier is None:
        return Action.BEGIN
    if not earlier.is_finished:
        return Action.CONTINUE
    if keyed:
        return Action.REPLAY
    if again:
        return Action.BEGIN
    if is_csv:
        return Action.REPLAY
    return Action.HOLD_BACK if is_doubtful else Action.BEGIN
