"""The same send made earlier: resume it, show its outcome again, or send anew."""

from enum import Enum

from kxsms.domain.batch import Batch

OVERLAP_SECONDS = 7 * 24 * 3600.0
"""How long a text sent to a number keeps another CSV file from sending it there again."""

DOUBT_SECONDS = 3600.0
"""How long a send without a CSV file whose outcome is unknown keeps the same send from being made again."""


class Action(Enum):
    """The way to treat a send, given an earlier one that is the same."""

    BEGIN = "create a new batch"
    RESUME = "send the rest of the earlier batch"
    REPLAY = "show the outcome of the earlier batch"
    HOLD_BACK = "show it, because its messages may have been delivered"


def action_for(earlier: Batch | None, *, is_csv: bool, keyed: bool, again: bool, is_doubtful: bool) -> Action:
    """Return the way to treat a send whose like was made earlier, as batch `earlier`.

    `keyed`: both have the same idempotency key. `is_doubtful`: the outcome of such a send is unknown, and it
    was made in the last hour.
    """
    if earlier is None:
        return Action.BEGIN
    if not earlier.is_finished:
        return Action.RESUME
    if keyed:
        return Action.REPLAY
    if again:
        return Action.BEGIN
    if is_csv:
        return Action.REPLAY
    return Action.HOLD_BACK if is_doubtful else Action.BEGIN
