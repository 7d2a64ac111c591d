"""The rule for a send that was made before: resume it, show its outcome again, or create a new batch."""

from enum import Enum

from kxsms.domain.batch import Batch

OVERLAP_SECONDS = 7 * 24 * 3600.0
"""Seconds for which the texts of a batch count as overlap with a later CSV file."""

DOUBT_SECONDS = 3600.0
"""Seconds for which kxsms does not repeat a send without a CSV file whose outcome is unknown."""


class Action(Enum):
    """The action to take for a send if the same send was made earlier."""

    BEGIN = "create a new batch"
    RESUME = "send the rest of the earlier batch"
    REPLAY = "show the outcome of the earlier batch"
    HOLD_BACK = "show the earlier batch, because its messages may have been delivered"


def action_for(earlier: Batch | None, *, is_csv: bool, keyed: bool, again: bool, is_doubtful: bool) -> Action:
    """Return the action for a send; `earlier` is the batch of the same send made earlier, if any.

    `keyed`: both have the same idempotency key. `is_doubtful`: the same send was made in the last hour, and
    its outcome is unknown.
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
