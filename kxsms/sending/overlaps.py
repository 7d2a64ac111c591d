"""The checks for the same text that other batches sent, or are to send, to the same recipients."""

from typing import assert_never

from kxsms.domain.batch import Batch
from kxsms.domain.overlap import Overlap, OverlapKind
from kxsms.domain.states import RequestState
from kxsms.domain.words import counted
from kxsms.errors import Busy, LimitReached
from kxsms.language import tr
from kxsms.sending.earlier import OVERLAP_SECONDS
from kxsms.sending.ledger_ports import SendBatch, SendPlan
from kxsms.sending.notes import note_skipped
from kxsms.sending.ports import SendSession
from kxsms.sending.staging import CheckedSend, SendOrder


def check_overlap(
    session: SendSession,
    checked: CheckedSend,
    order: SendOrder,
    owned: tuple[int, ...],
    superseded: Batch | None,
) -> None:
    """Raise LimitReached if another batch sent the same text to recipients of a staged plan.

    With `order.skip_sent`, skip these recipients instead. Raise LimitReached for recipients who wait for the
    text in an unfinished batch, and Busy for those whom a living process is about to send it: they may not
    get it from there, and so are never skipped. What waits in the batch `superseded` does not count. `owned`
    holds the ids of the batches that a process is sending now.
    """
    ignored = superseded.id if superseded else None
    check_staged_overlap(session, checked.staged, owned, ignored, skip_sent=order.terms.skip_sent)


def check_staged_overlap(
    session: SendSession, staged: SendPlan, owned: tuple[int, ...], ignored: int | None, *, skip_sent: bool
) -> None:
    """Do what `check_overlap` does, for a staged plan; the batch `ignored` does not count."""
    since, origin = session.ledger.now() - OVERLAP_SECONDS, session.profile.origin
    overlap = staged.overlap(since, owned, ignored, origin)
    if overlap is None:
        return
    match overlap.kind:
        case OverlapKind.BUSY:
            raise _busy(overlap)
        case OverlapKind.WAITING:
            recipients = counted(overlap.recipients, "recipient still waits", "recipients still wait")
            raise LimitReached(
                tr(
                    "{recipients} for the same text in the unfinished batch {batch}",
                    recipients=recipients,
                    batch=overlap.batch,
                ),
                tr(
                    "run kxsms batch resume {batch} or kxsms batch cancel {batch} first, or use --again to"
                    " send to all",
                    batch=overlap.batch,
                ),
            )
        case OverlapKind.SENT if skip_sent:
            staged.skip_overlap(since, owned, ignored, origin)
        case OverlapKind.SENT:
            recipients = counted(overlap.recipients, "recipient")
            raise LimitReached(
                tr(
                    "batch {batch} sent, or may have sent, the same text to {recipients} in the last 7 days",
                    batch=overlap.batch,
                    recipients=recipients,
                ),
                tr("use --skip-sent to send to the others, or --again to send to all"),
            )
        case _:
            assert_never(overlap.kind)


def _busy(overlap: Overlap) -> Busy:
    return Busy(
        tr(
            "another process is sending the same text to {recipients}, or is about to: batch {batch}",
            recipients=counted(overlap.recipients, "recipient"),
            batch=overlap.batch,
        ),
        tr(
            "run kxsms batch show {batch} --watch to follow it, and the same command again when it has ended",
            batch=overlap.batch,
        ),
    )


def check_overtaken(
    session: SendSession, owned_batch: SendBatch, batch: Batch, *, again: bool, skip_sent: bool
) -> None:
    """Raise LimitReached if another batch sent the same text to recipients who still wait in this one.

    With `skip_sent`, skip these recipients instead. Raise Busy if a living process is sending it to some of
    them. With `again`, send to all.
    """
    owned = session.ledger.snapshot().owned
    overlap = None if again else owned_batch.overtaken(owned)
    if overlap is None:
        return
    if overlap.kind is OverlapKind.BUSY:
        raise _busy(overlap)
    if not skip_sent:
        raise LimitReached(
            tr(
                "batch {batch} has sent the same text to {recipients} still waiting in batch {name}",
                batch=overlap.batch,
                recipients=counted(overlap.recipients, "recipient"),
                name=batch.name,
            ),
            tr("use --skip-sent to skip them, or --again to send to all"),
        )
    note_skipped(session.console, owned_batch.skip_overtaken(owned))


def check_retry(
    session: SendSession, owned_batch: SendBatch, batch: Batch, state: RequestState, *, again: bool
) -> None:
    """Raise LimitReached if another batch has since sent the same text to recipients of a retry.

    Raise Busy if a living process is sending it to some of them. `state` is the state of the requests to
    retry. With `again`, send to these recipients too.
    """
    if again:
        return
    overlap = owned_batch.overtaken(session.ledger.snapshot().owned, state)
    if overlap is None:
        return
    if overlap.kind is OverlapKind.BUSY:
        raise _busy(overlap)
    raise LimitReached(
        tr(
            "batch {batch} has since sent the same text to {recipients} of batch {name}",
            batch=overlap.batch,
            recipients=counted(overlap.recipients, "recipient"),
            name=batch.name,
        ),
        tr("use --again to send to all"),
    )
