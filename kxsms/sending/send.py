"""The use case `send`: plan, check, write to the ledger and send; or show the outcome of the same send."""

import time
from dataclasses import replace
from typing import assert_never

from kxsms.domain.batch import Batch, BatchHeader, LeftOut
from kxsms.domain.plan import Plan
from kxsms.domain.results import SendResult
from kxsms.domain.rules import rules_for
from kxsms.errors import LimitReached
from kxsms.language import tr
from kxsms.sending.checks import (
    check_capped,
    check_limits,
    check_window,
    confirm,
    confirm_opted_out,
    leave_out_capped,
    seconds_of,
)
from kxsms.sending.earlier import (
    DOUBT_SECONDS,
    Action,
    action_for,
    earlier_batch,
    known_fingerprint,
)
from kxsms.sending.ledger_ports import SendBatch
from kxsms.sending.money import with_balance, with_cost
from kxsms.sending.notes import note_duplicates, note_left_out, note_marketing
from kxsms.sending.overlaps import check_overlap, check_overtaken
from kxsms.sending.ports import SendSession
from kxsms.sending.preview import clock_of, plan_of
from kxsms.sending.resume import SendRun, age_of, recipients_left, result_of, send_rest
from kxsms.sending.schedule import move, refuse_past, scheduled
from kxsms.sending.staging import CheckedSend, SendOrder, source_key_of, stage


def send(session: SendSession, order: SendOrder) -> SendResult:
    """Send a new batch, resume the same send made earlier, or show its outcome again.

    Raises InputError, LimitReached, Busy, ProfileError or Failure.
    """
    ledger = session.ledger
    after = ledger.last()
    checked, fingerprint = None, known_fingerprint(session, order)
    earlier = None if fingerprint is None else earlier_batch(session, order, fingerprint)
    if earlier is None or fingerprint is None:
        checked = stage(session, order)
        fingerprint = checked.fingerprint
        earlier = earlier_batch(session, order, fingerprint)
    if earlier is not None and earlier.counts.sending and not earlier.has_owner:
        # Its process was killed. Owning the batch makes the requests that were in flight unknown.
        with ledger.own(earlier):
            earlier = ledger.find(earlier.name)
    since, origin = ledger.now() - DOUBT_SECONDS, session.profile.origin
    doubtful = earlier and ledger.doubtful(earlier.fingerprint, since, origin)
    action = action_for(
        earlier,
        fingerprint,
        is_batch=order.source.is_batch,
        keyed=order.key is not None,
        again=order.again,
        is_doubtful=doubtful is not None,
        is_unshown=earlier is not None and ledger.is_unshown(earlier, since),
    )
    if action is Action.BEGIN:
        return _begin(session, order, checked or stage(session, order), after)
    assert earlier is not None
    if action is Action.SUPERSEDE:
        return _begin(session, order, checked or stage(session, order), after, earlier)
    if action is Action.RESUME:
        shown = move(session, order, earlier)
        return _resume(session, order, earlier) if shown is None else shown
    if action is Action.HOLD_BACK and doubtful is not None:
        earlier = doubtful
    session.console.note(tr("nothing sent: {reason}", reason=_reason(action, earlier)))
    return result_of(session, earlier, replayed=True)


def _reason(action: Action, earlier: Batch) -> str:
    """Return why an earlier batch is shown instead of sending."""
    again = tr("use --again to send it anyway")
    match action:
        case Action.HOLD_BACK:
            return tr(
                "the same message, sent {age}, may have been delivered; {again}",
                age=age_of(earlier),
                again=again,
            )
        case Action.SHOW:
            return tr(
                "this is the result of the same message, sent {age} and never shown; {again}",
                age=age_of(earlier),
                again=again,
            )
        case Action.REPLAY | Action.RESUME | Action.BEGIN | Action.SUPERSEDE:
            return tr(
                "batch {name}, started {age}, was the same send", name=earlier.name, age=age_of(earlier)
            )
    assert_never(action)


def _begin(
    session: SendSession,
    order: SendOrder,
    checked: CheckedSend,
    after: int,
    superseded: Batch | None = None,
) -> SendResult:
    """Write a new batch to the ledger and send it. Check again if other batches changed during the checks.

    The new batch takes over the idempotency key of `superseded`.
    """
    stop, batch, snapshot, seen, noted = None, None, None, None, LeftOut()
    rules = rules_for(session.profile, order.terms)
    refuse_past(session, order)
    if order.terms.is_single:
        check_window(rules, time.time())
    header = _header(session, order, checked)
    session.ledger.refuse_twin(header, after)
    if session.replies is not None:
        session.replies.before()
    while batch is None:
        if rules.asks_opt_outs:
            seen = checked.staged.opt_outs.leave_out(session.profile)
        if order.considers_overlap:
            snapshot = session.ledger.snapshot()
            try:
                check_overlap(session, checked, order, snapshot.owned, superseded)
            except LimitReached:
                session.ledger.refuse_twin(header, after)  # it may be the same send, of another process
                raise
        leaves = order.moment or rules.opens(time.time())
        leave_out_capped(session, checked.staged, rules, leaves)
        plan = plan_of(session, checked, order)
        if order.terms.is_single:
            check_capped(rules, plan)
        check_limits(session, order.terms, plan.segments, is_csv=order.source.is_csv, at=leaves)
        if plan.left_out != noted:
            noted = plan.left_out
            note_left_out(session.console, noted)
        if stop is None:
            _ask(session, order, checked, plan)
            session.open_gateway()  # raises without usable credentials, before anything is written
            stop = session.stop_on_signal()
        batch = session.ledger.create(checked.staged, header, plan, after, snapshot, superseded)
    if order.at is not None:
        return scheduled(session, batch, stop)
    run = SendRun(rules, order.pace, stop=stop, seen=seen)
    return send_rest(session, batch, run, lambda owned: None, resumed=False)


def _ask(session: SendSession, order: SendOrder, checked: CheckedSend, plan: Plan) -> None:
    """Ask a person for consent to the plan of a new batch, and note what may surprise. Raise as `confirm`."""
    confirm_opted_out(session, order, checked.staged, yes=order.yes)
    note_duplicates(session.console, plan.duplicates, is_csv=order.source.is_csv)
    if order.source.is_batch:
        if not order.yes:
            note_marketing(session.console, checked.marketing)
        remainder = with_balance(session, order.terms, plan.remainder, asks=not order.yes)
        at = clock_of(session, order)
        confirm(session.console, remainder, order.pace, yes=order.yes, plan=plan, at=at)


def _header(session: SendSession, order: SendOrder, checked: CheckedSend) -> BatchHeader:
    profile, source = session.profile, order.source
    return BatchHeader(
        profile=profile.name,
        account=profile.account or "",
        product=profile.product,
        extno=order.extno,
        source=source.name,
        is_csv=source.is_csv,
        columns=source.columns,
        mobile_column=source.mobile_column,
        fingerprint=checked.fingerprint,
        source_key=source_key_of(profile, order),
        idempotency_key=order.key,
        origin=profile.origin,
        terms=order.terms,
        price=profile.message_price,
        scheduled_for=order.moment,
        due=order.moment,
        text=source.kept,
    )


def _resume(session: SendSession, order: SendOrder, batch: Batch) -> SendResult:
    def prepare(owned: SendBatch) -> None:
        if order.excludes:
            note_left_out(session.console, LeftOut(excluded=owned.leave_out_excluded()))
        if confirm_opted_out(session, order, owned, yes=order.yes):
            owned.set_terms(batch.terms._replace(includes_opted_out=True))
        check_overtaken(session, owned, batch, again=order.again, skip_sent=order.terms.skip_sent)
        left = with_cost(owned.left(), batch.price)
        check_limits(session, order.terms, left.segments, is_started=batch.tried > 0)
        if left.requests:
            session.console.note(
                tr(
                    "resuming batch {name}, started {age}: {rest}",
                    name=batch.name,
                    age=age_of(batch),
                    rest=recipients_left(left.recipients),
                )
            )
        left = with_balance(session, order.terms, left, asks=not order.yes)
        if order.source.is_batch and not order.yes:
            seconds = seconds_of(left.requests, order.pace)
            encoding = order.source.guessed_encoding
            plan = replace(owned.planned(), seconds=seconds, encoding=encoding)
            confirm(session.console, left, order.pace, yes=order.yes, plan=plan)
            # The question may have waited for hours: other batches may have sent since.
            check_overtaken(session, owned, batch, again=order.again, skip_sent=order.terms.skip_sent)

    run = SendRun(rules_for(session.profile, order.terms), order.pace)
    return send_rest(session, batch, run, prepare, resumed=True)
