"""The use cases `batch resume` and `batch retry`, and the last step of `send`: send what is planned."""

import time
from collections.abc import Callable

from kxsms.domain.batch import Batch
from kxsms.domain.product import Product
from kxsms.domain.results import SendResult
from kxsms.domain.states import RequestState
from kxsms.domain.words import ago, counted
from kxsms.interrupts import StopRequest
from kxsms.sending.checks import check_finished, check_overtaken, check_retry, confirm_or_stop
from kxsms.sending.dispatcher import Dispatcher
from kxsms.sending.pacing import Pace
from kxsms.sending.ports import SendBatch, SendSession

_LISTED = 100


def resume(
    session: SendSession,
    batch: Batch,
    pace: Pace,
    *,
    again: bool,
    skip_sent: bool,
    take_over: bool = False,
) -> SendResult:
    """Send the rest of a batch, with `take_over` also that of an owner that cannot be examined.

    Raises LimitReached, Busy, ProfileError or Failure.
    """
    if batch.is_finished and not batch.superseded_by:
        session.console.note(f"batch {batch.name} is finished: nothing is left to send")
    return send_rest(
        session,
        batch,
        pace,
        lambda owned: check_overtaken(session, owned, batch, again=again, skip_sent=skip_sent),
        resumed=True,
        take_over=take_over,
    )


def retry(
    session: SendSession, batch: Batch, pace: Pace, *, unknown: bool, yes: bool, again: bool
) -> SendResult:
    """Resend to the refused recipients of a batch or, with `unknown`, to those whose outcome is unknown.

    Raises UsageError for an unfinished batch, LimitReached, Busy, ProfileError or Failure.
    """
    result = send_rest(
        session,
        batch,
        pace,
        lambda owned: _plan_retry(session, owned, batch, unknown=unknown, yes=yes, again=again),
        resumed=True,
    )
    return result._replace(is_retry=True)


def _plan_retry(
    session: SendSession, owned: SendBatch, batch: Batch, *, unknown: bool, yes: bool, again: bool
) -> None:
    now = session.ledger.find(batch.name)
    check_finished(now)
    counts = now.counts
    count = counts.unknown if unknown else counts.rejected
    if not count:
        which = "recipients whose outcome is unknown" if unknown else "refused recipients"
        session.console.note(f"batch {batch.name} has no {which}")
        return
    state = RequestState.UNKNOWN if unknown else RequestState.REJECTED
    check_retry(session, owned, batch, state, again=again)
    if unknown and not yes:
        recipients = counted(count, "recipient")
        confirm_or_stop(session.console, f"Resend, although {recipients} may get the text twice")
    owned.retry(state)


def send_rest(
    session: SendSession,
    batch: Batch,
    pace: Pace,
    prepare: Callable[[SendBatch], None],
    *,
    stop: StopRequest | None = None,
    resumed: bool,
    take_over: bool = False,
) -> SendResult:
    """Take ownership of a batch, call `prepare`, and send what is planned.

    If `prepare` raises, nothing is sent. Raises Busy if another process owns the batch.
    """
    with session.ledger.own(batch, take_over=take_over) as owned:
        prepare(owned)
        stop = stop or session.stop_on_signal()
        before = session.ledger.find(batch.name)
        progress = session.console.progress(before.counts)
        planned = before.requests - before.tried
        dispatcher = Dispatcher(owned, session.open_gateway(), batch.extno, pace, stop, progress, planned)
        dispatcher.run()
        progress.close()
    result = result_of(session, batch, resumed=resumed, paused=dispatcher.paused, stop=stop)
    _note_part(session, before, result)
    if batch.is_csv:
        hint = f"for details, run kxsms batch show {batch.name}"
        session.console.note(f"this was batch {batch.name}", hint)
    return result


def _note_part(session: SendSession, before: Batch, result: SendResult) -> None:
    """Note what this command has sent, and the whole batch, where the result counts earlier runs too."""
    then, now = before.counts, result.counts
    if then.unfinished in (0, then.recipients):
        return
    run = _in_words(
        now.accepted - then.accepted,
        now.rejected - then.rejected,
        result.unknown - then.unknown,
        now.unfinished,
    )
    whole = _in_words(now.accepted, now.rejected, result.unknown, now.unfinished)
    recipients = counted(now.recipients, "recipient")
    session.console.note(f"this time: {run}; batch {before.name} as a whole, {recipients}: {whole}")


def _in_words(accepted: int, rejected: int, unknown: int, not_sent: int) -> str:
    parts = {"accepted": accepted, "rejected": rejected, "unknown": unknown, "not sent": not_sent}
    return ", ".join(f"{count:,} {name}" for name, count in parts.items() if count)


def result_of(
    session: SendSession,
    batch: Batch,
    *,
    resumed: bool = False,
    replayed: bool = False,
    paused: str | None = None,
    stop: StopRequest | None = None,
) -> SendResult:
    """Return the result of a batch as the ledger has it now."""
    queries, now = session.ledger.read(), session.ledger.find(batch.name)
    session.when_written(lambda: session.ledger.set_shown(now))
    # A signal after the last answer has interrupted nothing.
    is_cut = stop is not None and (now.counts.unfinished or now.counts.sending or now.counts.unknown)
    return SendResult(
        profile=now.profile,
        product=Product(now.product),
        batch=now,
        resumed=resumed,
        replayed=replayed,
        tasks=queries.tasks(now, _LISTED),
        groups=queries.groups(now),
        problems=queries.problems(now, _LISTED),
        paused=paused,
        interrupted=stop.status if stop is not None and is_cut else None,
        codes=session.profile.codes,
        replies=queries.replies(now) if replayed else (),
    )


def recipients_left(count: int) -> str:
    """Return `1 recipient is left`, `5 recipients are left`."""
    return counted(count, "recipient is left", "recipients are left")


def age_of(batch: Batch) -> str:
    """Return how long ago a batch was created: `5 minutes ago`."""
    return ago(max(0.0, time.time() - batch.created))
