"""The rule for a send that was made before: resume it, show its outcome again, or create a new batch."""

from enum import Enum

from kxsms.domain.batch import Batch
from kxsms.errors import InputError
from kxsms.language import tr
from kxsms.sending.ports import SendSession
from kxsms.sending.staging import SendOrder, source_key_of

OVERLAP_SECONDS = 7 * 24 * 3600.0
"""Seconds for which the texts of a batch count as overlap with a later batch."""

DOUBT_SECONDS = 3600.0
"""Seconds for which kxsms does not repeat a small send whose outcome is unknown or was never shown."""


class Action(Enum):
    """The action to take for a send if the same send was made earlier."""

    BEGIN = "create a new batch"
    RESUME = "send the rest of the earlier batch"
    REPLAY = "show the outcome of the earlier batch"
    SUPERSEDE = "create a new batch, which takes over the key: the gateway took nothing of the earlier one"
    HOLD_BACK = "show the earlier batch, because its messages may have been delivered"
    SHOW = "show the earlier batch, because its result was never written out"


def is_superseded(earlier: Batch, fingerprint: bytes) -> bool:
    """Return whether a send under the key of an earlier batch takes over that key.

    It does if the earlier one came to nothing, and to send the rest of it is not what was asked for: the
    numbers and texts are others, or some were refused.
    """
    return earlier.came_to_nothing and (earlier.fingerprint != fingerprint or earlier.counts.rejected > 0)


def action_for(
    earlier: Batch | None,
    fingerprint: bytes,
    *,
    is_batch: bool,
    keyed: bool,
    again: bool,
    is_doubtful: bool,
    is_unshown: bool,
) -> Action:
    """Return the action for a send; `earlier` is the batch of the same send or key made earlier, if any.

    `keyed`: both have the same idempotency key. `is_doubtful`: the same send was made in the last hour, and
    its outcome is unknown. `is_unshown`: its result was not written out.
    """
    if earlier is None:
        return Action.BEGIN
    if keyed and is_superseded(earlier, fingerprint):
        return Action.SUPERSEDE
    if not earlier.is_finished:
        return Action.RESUME
    if keyed:
        return Action.REPLAY
    if again:
        return Action.BEGIN
    if is_batch:
        return Action.REPLAY
    if is_doubtful:
        return Action.HOLD_BACK
    return Action.SHOW if is_unshown else Action.BEGIN


def known_fingerprint(session: SendSession, order: SendOrder) -> bytes | None:
    """Return the fingerprint of a batch of the same input, or None; do not read every row."""
    key = source_key_of(session.profile, order)
    same = session.ledger.same(session.profile.origin, source_key=key) if key is not None else None
    return None if same is None else same.fingerprint


def earlier_batch(session: SendSession, order: SendOrder, fingerprint: bytes) -> Batch | None:
    """Return the batch of the same send or key, or None.

    Raises InputError if the key names another send, unless that came to nothing.
    """
    ledger, origin = session.ledger, session.profile.origin
    if order.key is None:
        return ledger.same(origin, fingerprint=fingerprint)
    batch = ledger.of_key(order.key, origin)
    if batch is not None and batch.fingerprint != fingerprint and not batch.came_to_nothing:
        raise InputError(
            tr(
                "the idempotency key {key!r} already names another send, batch {name}",
                key=order.key,
                name=batch.name,
            ),
            tr("use a new key for a new send"),
        )
    return batch
