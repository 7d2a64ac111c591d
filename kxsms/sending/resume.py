"""The use cases `batch resume` and `batch retry`, and the last step of `send`: send what is planned."""

import time
from collections.abc import Callable
from typing import NamedTuple

from kxsms.domain.batch import Batch
from kxsms.domain.product import Product
from kxsms.domain.profile import Profile
from kxsms.domain.results import SendResult
from kxsms.domain.rules import Rules, rules_for
from kxsms.domain.schedule import scheduled_clock
from kxsms.domain.states import RequestState
from kxsms.domain.terms import Terms
from kxsms.domain.words import ago, counted
from kxsms.interrupts import StopRequest
from kxsms.language import tr, tr_as
from kxsms.sending.checks import check_finished, check_limits, confirm_or_stop
from kxsms.sending.dispatcher import Dispatcher
from kxsms.sending.ledger_ports import SendBatch
from kxsms.sending.money import funds_in_words, with_balance, with_cost
from kxsms.sending.notes import note_left_out, note_part
from kxsms.sending.overlaps import check_overtaken, check_retry
from kxsms.sending.pacing import Pace, pace_for
from kxsms.sending.ports import SendSession

_LISTED = 100


class SendRun(NamedTuple):
    """How one run sends a batch: its rules and its pace.

    `stop` is what asks it to stop, if that is watched already. Opt-outs up to number `seen` were looked at.
    """

    rules: Rules
    pace: Pace
    stop: StopRequest | None = None
    seen: int | None = None


def run_for(profile: Profile, terms: Terms) -> SendRun:
    """Return how a batch with these terms is sent."""
    return SendRun(rules_for(profile, terms), pace_for(profile, terms))


def resume(
    session: SendSession,
    batch: Batch,
    run: SendRun,
    *,
    again: bool,
    skip_sent: bool,
    take_over: bool = False,
    joins: bool = False,
) -> SendResult:
    """Send the rest of a batch, with `take_over` also that of an owner that cannot be examined.

    With `joins`, send it together with others that do already, without their checks.

    Raises LimitReached, Busy, ProfileError or Failure.
    """
    if batch.is_finished and not batch.superseded_by:
        session.console.note(
            tr(
                "batch {name} is {state}: nothing is left to send",
                name=batch.name,
                state=tr_as("state", batch.state),
            )
        )

    def prepare(owned: SendBatch) -> None:
        if owned.is_joined:
            return
        check_overtaken(session, owned, batch, again=again, skip_sent=skip_sent)
        left = owned.left()
        check_limits(session, batch.terms, left.segments, is_started=batch.tried > 0)
        with_balance(session, batch.terms, left, asks=False)

    return send_rest(session, batch, run, prepare, resumed=True, take_over=take_over, joins=joins)


def retry(
    session: SendSession, batch: Batch, run: SendRun, *, unknown: bool, yes: bool, again: bool
) -> SendResult:
    """Resend to the refused recipients of a batch or, with `unknown`, to those whose outcome is unknown.

    Raises UsageError for an unfinished batch, LimitReached, Busy, ProfileError or Failure.
    """
    result = send_rest(
        session,
        batch,
        run,
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
        if unknown:
            note = tr("batch {name} has no recipients whose outcome is unknown", name=batch.name)
        else:
            note = tr("batch {name} has no refused recipients", name=batch.name)
        session.console.note(note)
        return
    state = RequestState.UNKNOWN if unknown else RequestState.REJECTED
    check_retry(session, owned, batch, state, again=again)
    asks = unknown and not yes
    left = with_cost(owned.left(state), batch.price)
    check_limits(session, batch.terms, left.segments)
    left = with_balance(session, batch.terms, left, asks=asks)
    if asks:
        recipients = counted(count, "recipient")
        funds = funds_in_words(left)
        confirm_or_stop(
            session.console,
            tr(
                "Resend{funds}, although {recipients} may get the text twice",
                funds=funds,
                recipients=recipients,
            ),
        )
    note_left_out(session.console, owned.retry(state))


def send_rest(
    session: SendSession,
    batch: Batch,
    run: SendRun,
    prepare: Callable[[SendBatch], None],
    *,
    resumed: bool,
    take_over: bool = False,
    joins: bool = False,
) -> SendResult:
    """Take ownership of a batch, call `prepare`, and send what is planned and what the rules allow.

    If `prepare` raises, nothing is sent. Raises Busy if another process owns the batch; with `joins`, only if
    that does not send it yet.
    """
    replies = session.replies
    pace = run.pace
    with session.ledger.own(batch, take_over=take_over, joins=joins) as owned:
        if replies is not None:
            replies.before()
        owned.share(pace.rate, pace.pause_after)
        note_left_out(session.console, owned.use(run.rules, session.profile.origin, run.seen))
        prepare(owned)
        owned.begin()
        stop = run.stop or session.stop_on_signal()
        before = session.ledger.find(batch.name)
        progress = session.console.progress(before)
        planned = before.requests - before.tried
        dispatcher = Dispatcher(
            owned, session.open_gateway(), batch.extno, pace, stop, progress, planned, run.rules, replies
        )
        try:
            dispatcher.run()
        finally:
            if replies is not None:
                replies.end(stop)
        progress.close()
        if stop.status is None and (dispatcher.waits, before.due, before.waits) != (None, None, None):
            session.ledger.set_waiting(batch, dispatcher.waits)
    result = result_of(session, batch, resumed=resumed, paused=dispatcher.paused, stop=stop)
    waits = dispatcher.waits
    if waits is not None and result.counts.unfinished:
        result = result._replace(waits=waits.reason, waits_until=run.rules.clock(waits.until))
    if not owned.is_joined:  # else the others have sent a part of it
        note_part(session.console, before, result)
    if batch.is_csv:
        hint = tr("for details, run kxsms batch show {name}", name=batch.name)
        session.console.note(tr("this was batch {name}", name=batch.name), hint)
    return result


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
        scheduled_for=scheduled_clock(now),
    )


def recipients_left(count: int) -> str:
    """Return `1 recipient is left`, `5 recipients are left`."""
    return counted(count, "recipient is left", "recipients are left")


def age_of(batch: Batch) -> str:
    """Return how long ago a batch was created: `5 minutes ago`."""
    return ago(max(0.0, time.time() - batch.created))
