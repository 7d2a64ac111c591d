"""Batches that are sent later: scheduled, moved, sent when they are due, and waited for."""

import time

from kxsms.domain.batch import Batch, LeftOut
from kxsms.domain.results import SendResult
from kxsms.domain.schedule import due_clock, scheduled_clock
from kxsms.domain.words import counted, time_words
from kxsms.domain.zones import clock
from kxsms.errors import Busy, InputError, LimitReached, ProfileError
from kxsms.interrupts import StopRequest
from kxsms.language import tr
from kxsms.sending.checks import check_limits, confirm, confirm_opted_out
from kxsms.sending.ledger_ports import SendBatch, SendLedger
from kxsms.sending.money import with_balance, with_cost
from kxsms.sending.notes import note_left_out
from kxsms.sending.overlaps import check_overtaken
from kxsms.sending.ports import SendSession
from kxsms.sending.resume import result_of, run_for, send_rest
from kxsms.sending.staging import SendOrder

LATEST_SECONDS = 24 * 3600.0
"""Seconds after its time for which a batch is still sent without a person."""

_STEP_SECONDS = 1.0
"""Seconds between two looks at the clock of the machine, which may sleep, and at what others did."""


class NotDue(Exception):
    """Another process has sent, moved or cancelled the batch meanwhile, or given it other terms."""


def scheduled(session: SendSession, batch: Batch, stop: StopRequest | None) -> SendResult:
    """Stop being the owner of a batch that was just written, and return it as the result of its send."""
    with session.ledger.own(batch):
        pass
    return result_of(session, batch, stop=stop)


def move(session: SendSession, order: SendOrder, batch: Batch) -> SendResult | None:
    """Schedule an unfinished batch for the time of the same send, or show it if that is its time already.

    Return None if it is to be resumed now. Raises LimitReached if it waits for its time and the send names
    none, or if some of it was sent; InputError, Busy, UsageError or Failure.
    """
    is_later, at = _is_sent_later(batch), order.moment
    is_scheduled = is_later and batch.waits is None
    if at is None and not is_scheduled:
        return None
    if order.excludes and not _is_left_without_excluded(session, batch):
        return result_of(session, batch)
    if at is None:
        raise LimitReached(
            tr(
                "batch {name} is the same send, scheduled for {time}",
                name=batch.name,
                time=time_words(scheduled_clock(batch) or ""),
            ),
            tr(
                "run kxsms batch resume {name} to send it now, use --at to move it, or run kxsms batch"
                " cancel {name}",
                name=batch.name,
            ),
        )
    if is_later and _is_same(order, at, batch):
        session.console.note(tr("batch {name} is the same send, scheduled already", name=batch.name))
        return result_of(session, batch, replayed=True)
    with session.ledger.own(batch) as owned:
        now = session.ledger.find(batch.name)
        _refuse_begun(now)
        refuse_past(session, order)
        confirm_opted_out(session, order, owned, yes=order.yes)
        left = with_cost(owned.left(), now.price)
        check_limits(session, order.terms, left.segments, at=at)
        left = with_balance(session, order.terms, left, asks=not order.yes)
        plan, moment = owned.planned(), clock(at, session.profile.timezone)
        confirm(session.console, left, order.pace, yes=order.yes, plan=plan, at=moment)
        session.ledger.schedule(batch, at, order.terms)
    to = time_words(moment)
    if is_scheduled:
        before = time_words(scheduled_clock(batch) or "")
        moved = tr("moved batch {name} from {before} to {to}", name=batch.name, before=before, to=to)
    else:
        moved = tr("moved batch {name} to {to}", name=batch.name, to=to)
    session.console.note(moved)
    return result_of(session, batch)


def _refuse_begun(batch: Batch) -> None:
    """Raise Busy for a batch that another process has finished, LimitReached if some of it was sent."""
    if batch.is_finished:
        raise Busy(
            tr("another process has just changed batch {name}", name=batch.name),
            tr("run the same command again"),
        )
    if batch.tried:
        raise LimitReached(
            tr("a part of batch {name}, the same send, was sent already", name=batch.name),
            tr("run kxsms batch resume {name} to send the rest", name=batch.name),
        )


def _is_left_without_excluded(session: SendSession, batch: Batch) -> bool:
    """Leave out who is excluded now, also if the batch stays as it is. Return whether anybody is left."""
    with session.ledger.own(batch) as owned:
        note_left_out(session.console, LeftOut(excluded=owned.leave_out_excluded()))
        return owned.left().recipients > 0


def refuse_past(session: SendSession, order: SendOrder) -> None:
    """Raise InputError for a time that has passed: only a batch that was scheduled for it can be shown."""
    if order.at is not None and order.at.has_passed:
        zone = session.profile.timezone
        raise InputError(
            tr(
                "--at {time} has passed: it is {now}",
                time=time_words(clock(order.at.moment, zone)),
                now=time_words(clock(time.time(), zone)),
            ),
            tr("use a time to come, such as 'tomorrow 10:00' or +2h"),
        )


def _is_sent_later(batch: Batch) -> bool:
    """Return whether a batch was scheduled, and nothing of it has left."""
    is_due = batch.scheduled_for is not None and batch.due is not None
    return is_due and not batch.tried and not batch.has_owner


def _is_same(order: SendOrder, at: float, batch: Batch) -> bool:
    """Return whether a batch is scheduled as an order says. A time that names no day is that of the batch."""
    is_same_time = at == batch.scheduled_for or order.terms.at is not None
    return order.terms == batch.terms and is_same_time


def refuse_late(ledger: SendLedger, batch: Batch) -> None:
    """Raise LimitReached, once, for a batch that is too late: it is not sent without a person."""
    assert batch.due is not None
    if time.time() - batch.due <= LATEST_SECONDS:
        return
    reason = tr("it was due at {time}, more than 24 hours ago", time=time_words(due_clock(batch) or ""))
    if not ledger.keep_back(batch, reason, for_person=True):
        raise NotDue
    recipients = counted(batch.counts.unfinished, "recipient")
    raise LimitReached(
        tr(
            "batch {name} was not sent to {recipients}: {reason}",
            name=batch.name,
            recipients=recipients,
            reason=reason,
        ),
        tr("run kxsms batch resume {name} to send it now, or kxsms batch cancel {name}", name=batch.name),
    )


def send_due(
    session: SendSession, batch: Batch, stop: StopRequest, *, joins: bool = False
) -> SendResult | None:
    """Send a batch that is due, as its own terms say, or return None if another process does or did.

    With `joins`, send it together with others that do, where the ledger is shared.

    Raises LimitReached, Busy or ProfileError if a check stops it: it then waits, with that reason.
    """
    is_mine = False

    def prepare(owned: SendBatch) -> None:
        nonlocal is_mine
        is_mine, now = True, session.ledger.find(batch.name)
        if now.due is None or now.due > time.time() or now.terms != batch.terms:
            raise NotDue  # also if it has other terms now: the next look at it takes them
        if owned.is_joined:
            return
        refuse_late(session.ledger, now)
        terms = now.terms
        try:
            check_overtaken(session, owned, now, again=terms.again, skip_sent=terms.skip_sent)
            left = owned.left()
            check_limits(session, terms, left.segments, is_started=now.tried > 0)
            with_balance(session, terms, left, asks=False)
            session.open_gateway()
        except (LimitReached, Busy, ProfileError) as error:
            session.ledger.keep_back(now, error.message)
            raise

    run = run_for(session.profile, batch.terms)._replace(stop=stop)
    try:
        return send_rest(session, batch, run, prepare, resumed=batch.tried > 0, joins=joins)
    except NotDue:
        return None
    except (Busy, InputError):  # it has another owner, or was superseded
        if is_mine:
            raise
        return None


def wait_and_send(session: SendSession, result: SendResult) -> SendResult:
    """Wait until the batch of a result is due, send it, and wait again where a limit allows the rest later.

    Other processes may send, move or cancel it meanwhile: then return its outcome. A signal leaves it as it
    is. Raises as `send_due` does.
    """
    first = result.batch
    if first is None or result.interrupted is not None:
        return result
    stop, noted, is_own = session.stop_on_signal(), None, True
    while stop.status is None:
        batch = session.ledger.find(first.name)
        if batch.is_finished or batch.superseded_by or (batch.due is None and not batch.has_owner):
            return result if is_own else result_of(session, batch, replayed=True)
        is_own = False
        if batch.due is not None and not batch.has_owner and batch.due <= time.time():
            sent = send_due(session, batch, stop)
            if sent is not None:
                result, is_own = sent, True
                continue
        elif batch.due is not None and batch.due != noted:
            noted = batch.due
            until = time_words(clock(batch.due, session.profile.timezone))
            session.console.note(
                tr(
                    "batch {name} waits until {until}; Ctrl-C leaves it to kxsms batch run",
                    name=batch.name,
                    until=until,
                )
            )
        stop.wait(_STEP_SECONDS if batch.due is None else _step(batch.due))
    return result_of(session, first, stop=stop)


def _step(due: float) -> float:
    left = due - time.time()
    return min(_STEP_SECONDS, left) if left > 0 else _STEP_SECONDS
