"""The errors and notes that go with the result of a send."""

from collections.abc import Sequence
from typing import assert_never

from kxsms.domain.advice import with_retry
from kxsms.domain.batch import Batch, OutcomeGroup
from kxsms.domain.outcome import refusal
from kxsms.domain.results import SendResult
from kxsms.domain.schedule import later_clock
from kxsms.domain.states import BatchState, RequestState
from kxsms.domain.words import counted, time_words
from kxsms.errors import KxsmsError, LimitReached, NoAnswer, OutcomeUnknown, Refused
from kxsms.language import plural, tr
from kxsms.output.view import Note
from kxsms.output.words import two_sentences


def is_scheduled(result: SendResult) -> bool:
    """Return whether a batch waits for the time at which it is to be sent."""
    return result.batch is not None and result.batch.state is BatchState.SCHEDULED


def is_waiting(result: SendResult) -> bool:
    """Return whether a limit allows the rest of a batch only later."""
    is_now = result.batch is not None and result.batch.state is BatchState.WAITING
    return is_now or result.waits is not None


def is_cancelled(result: SendResult) -> bool:
    """Return whether the rest of a batch was cancelled, and not sent by a retry."""
    is_over = result.batch is not None and result.batch.state is BatchState.CANCELLED
    return is_over and not result.is_retry


def group_error(group: OutcomeGroup, result: SendResult) -> KxsmsError | None:
    """Return the error for requests that ended alike, or None for those that the remainder explains."""
    match group.state:
        case RequestState.REJECTED:
            code = group.code or ""
            words = refusal(code, group.message, result.codes.get(code))
            return Refused(two_sentences(words, counted(group.recipients, "recipient")))
        case RequestState.UNKNOWN:
            return unknown_error(group.recipients, group.message, result)
        case RequestState.NOT_SENT | RequestState.PLANNED | RequestState.SENDING | RequestState.ACCEPTED:
            return None
    assert_never(group.state)


def hint_at_retry(errors: Sequence[KxsmsError | None], result: SendResult) -> None:
    """Give the first refusal of a finished send the command that resends to its recipients."""
    refused = next((error for error in errors if isinstance(error, Refused)), None)
    batch = result.batch
    if refused is None or batch is None or batch.pruned is not None:
        return
    if not result.counts.unfinished:
        refused.hint = tr("run kxsms batch retry {name} --rejected to resend", name=batch.name)


def scheduled_note(result: SendResult) -> Note:
    """Return the note on a batch that waits for its time."""
    name = result.batch.name if result.batch else ""
    return Note(
        tr(
            "batch {name} is scheduled for {time}",
            name=name,
            time=time_words(result.scheduled_for or ""),
        ),
        tr("run kxsms batch run from cron, so that it leaves then: see kxsms help schedule"),
    )


def others_note(batch: Batch) -> Note:
    """Return the note on a batch that other processes still send."""
    words = tr("another process still sends batch {name}", name=batch.name)
    return Note(words, tr("run kxsms batch show {name} --watch to follow it", name=batch.name))


def cancelled_error(result: SendResult) -> LimitReached:
    """Return the error for a batch whose rest was cancelled."""
    batch = result.batch
    assert batch is not None
    hint = tr("run kxsms batch export {name} --state cancelled to get their rows", name=batch.name)
    if batch.pruned is not None:
        hint = tr("run kxsms batch show {name}: their rows were pruned", name=batch.name)
    return LimitReached(
        plural(
            "{count} recipient was cancelled in batch {name}",
            "{count} recipients were cancelled in batch {name}",
            batch.cancelled,
            name=batch.name,
        ),
        hint,
    )


def unknown_error(recipients: int, reason: str | None, result: SendResult) -> OutcomeUnknown:
    """Return the error for recipients whose outcome is unknown."""
    name = result.batch.name if result.batch else ""
    return OutcomeUnknown(
        tr(
            "outcome unknown for {recipients}: {reason}",
            recipients=counted(recipients, "recipient"),
            reason=reason,
        ),
        tr("do not resend yet: run kxsms report, then kxsms batch show {name}", name=name),
    )


def unfinished_error(result: SendResult) -> KxsmsError:
    """Return the error for recipients that are left, with the reason and the way to resume."""
    counts, name = result.counts, result.batch.name if result.batch else ""
    batch = result.batch
    if batch is not None and is_waiting(result):
        left = counted(counts.unfinished, "recipient waits", "recipients wait")
        time = result.waits_until or later_clock(batch)
        if time is not None:
            left = tr("{recipients} until {time}", recipients=left, time=time_words(time))
        return LimitReached(
            tr("{reason}: {text}", reason=result.waits or batch.waits, text=left),
            tr("run kxsms batch run then, or kxsms batch resume {name}", name=name),
        )
    failed = next((group for group in result.groups if group.state is RequestState.NOT_SENT), None)
    reason = result.paused or (failed.message if failed else None) or tr("kxsms was stopped first")
    resume = tr("run the same command again, or kxsms batch resume {name}", name=name)
    if batch is not None and batch.has_owner:
        resume = tr(
            "another process still sends batch {name}: run kxsms batch show {name} --watch to follow it",
            name=name,
        )
    elif result.is_retry:
        resume = tr("run kxsms batch resume {name}", name=name)
    hint = with_retry(failed.message if failed else None, resume)
    if result.paused is not None and failed is None:
        kind = Refused if counts.rejected and not result.unknown else NoAnswer
        left = counted(counts.unfinished, "recipient is left", "recipients are left")
        return kind(tr("paused: {reason}; {left}", reason=reason, left=left), hint)
    if counts.unfinished == counts.recipients:
        return NoAnswer(tr("nothing sent: {reason}", reason=reason), hint)
    return NoAnswer(
        tr(
            "not sent to {unfinished:,} of {recipients}: {reason}",
            unfinished=counts.unfinished,
            recipients=counted(counts.recipients, "recipient"),
            reason=reason,
        ),
        hint,
    )
