"""The use case `send`: plan, check, write to the ledger and send; or show the outcome of the same send."""

import time
from dataclasses import replace
from typing import assert_never

from kxsms.domain.batch import Batch, BatchHeader, LeftOut, Remainder
from kxsms.domain.plan import Plan, PlannedRecipient
from kxsms.domain.results import SendResult
from kxsms.domain.rules import rules_for
from kxsms.domain.times import clock
from kxsms.domain.words import counted
from kxsms.errors import LimitReached
from kxsms.sending.checks import (
    check_cost,
    check_overlap,
    check_overtaken,
    check_window,
    confirm,
    note_left_out,
    note_marketing,
    seconds_of,
)
from kxsms.sending.earlier import (
    DOUBT_SECONDS,
    Action,
    action_for,
    earlier_batch,
    is_superseded,
    known_fingerprint,
)
from kxsms.sending.ports import SendBatch, SendSession
from kxsms.sending.resume import SendRun, age_of, recipients_left, result_of, send_rest
from kxsms.sending.schedule import move, refuse_past, scheduled
from kxsms.sending.staging import CheckedSend, SendOrder, source_key_of, stage


def preview(session: SendSession, order: SendOrder) -> SendResult:
    """Return the plan of a send, without sending or writing anything. Raises InputError."""
    checked = stage(session, order)
    earlier = earlier_batch(session, order, checked.fingerprint)
    superseded = None
    if earlier is not None and order.key is not None and is_superseded(earlier, checked.fingerprint):
        superseded, earlier = earlier, None
    is_known = earlier is not None and (order.source.is_batch or order.key is not None) and not order.again
    if not is_known:
        refuse_past(session, order)
    note_marketing(session.console, checked.marketing)
    limit = None
    rules = rules_for(session.profile, order.terms)
    if rules.asks_opt_outs:
        checked.staged.opt_outs.leave_out(session.profile)
    try:
        if order.considers_overlap and not is_known:
            check_overlap(session, checked, order, session.ledger.snapshot().owned, superseded)
    except LimitReached as reached:
        limit = reached
    if rules.cap is not None and not is_known:
        checked.staged.leave_out_capped(session.profile, rules.cap, order.moment or time.time())
    plan = _plan(checked, order)
    try:
        check_cost(plan.segments, order.terms.max_cost)
    except LimitReached as reached:
        limit = limit or reached
    if order.out is not None:
        rows = checked.staged.recipients()
        written = session.console.write_file(order.out, PlannedRecipient._fields, rows, plan.recipients)
        session.console.note(f"wrote {counted(written, 'recipient')} to {order.out.path}")
    if earlier is not None and is_known:
        left = earlier.counts.unfinished
        rest = recipients_left(left) if left else "nothing would be sent"
        session.console.note(f"batch {earlier.name}, started {age_of(earlier)}, is the same send: {rest}")
    return SendResult(
        session.profile.name,
        session.profile.product,
        plan=plan,
        dry_run=True,
        problems=plan.problems,
        guard=limit.message if limit else None,
        guard_hint=limit.hint if limit else None,
        codes=session.profile.codes,
        scheduled_for=_clock(session, order),
    )


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
    since, origin = time.time() - DOUBT_SECONDS, session.profile.origin
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
    session.console.note(f"nothing sent: {_reason(action, earlier)}")
    return result_of(session, earlier, replayed=True)


def _reason(action: Action, earlier: Batch) -> str:
    """Return why an earlier batch is shown instead of sending."""
    again = "use --again to send it anyway"
    match action:
        case Action.HOLD_BACK:
            return f"the same message, sent {age_of(earlier)}, may have been delivered; {again}"
        case Action.SHOW:
            return f"this is the result of the same message, sent {age_of(earlier)} and never shown; {again}"
        case Action.REPLAY | Action.RESUME | Action.BEGIN | Action.SUPERSEDE:
            return f"batch {earlier.name}, started {age_of(earlier)}, was the same send"
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
    while batch is None:
        if rules.asks_opt_outs:
            seen = checked.staged.opt_outs.leave_out(session.profile)
        if order.considers_overlap:
            snapshot = session.ledger.snapshot()
            check_overlap(session, checked, order, snapshot.owned, superseded)
        if rules.cap is not None:
            checked.staged.leave_out_capped(session.profile, rules.cap, order.moment or time.time())
        plan = _plan(checked, order)
        check_cost(plan.segments, order.terms.max_cost)
        found = LeftOut(plan.opted_out, plan.capped, plan.skipped)
        if found != noted:
            noted = found
            note_left_out(session.console, noted)
        if stop is None:
            _note_duplicates(session, order, plan)
            if order.source.is_batch:
                if not order.yes:
                    note_marketing(session.console, checked.marketing)
                remainder = Remainder(plan.recipients, plan.requests, plan.segments)
                at = _clock(session, order)
                confirm(session.console, remainder, order.pace, yes=order.yes, plan=plan, at=at)
            session.open_gateway()  # raises without usable credentials, before anything is written
            stop = session.stop_on_signal()
        batch = session.ledger.create(checked.staged, header, plan, after, snapshot, superseded)
    if order.at is not None:
        return scheduled(session, batch, stop)
    run = SendRun(rules, order.pace, stop=stop, seen=seen)
    return send_rest(session, batch, run, lambda owned: None, resumed=False)


def _plan(checked: CheckedSend, order: SendOrder) -> Plan:
    """Place the staged rows into requests, and return the figures with what is known of the order."""
    plan = checked.plan()
    return replace(
        plan, encoding=order.source.guessed_encoding, seconds=seconds_of(plan.requests, order.pace)
    )


def _note_duplicates(session: SendSession, order: SendOrder, plan: Plan) -> None:
    if plan.duplicates:
        what = "repeated row" if order.source.is_csv else "repeated number"
        session.console.note(f"skipped {counted(plan.duplicates, what)}: each recipient gets the text once")


def _clock(session: SendSession, order: SendOrder) -> str | None:
    """Return when an order is to be sent as ISO 8601, or None for now."""
    return None if order.at is None else clock(order.at.moment, session.profile.timezone)


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
        scheduled_for=order.moment,
        due=order.moment,
    )


def _resume(session: SendSession, order: SendOrder, batch: Batch) -> SendResult:
    def prepare(owned: SendBatch) -> None:
        check_overtaken(session, owned, batch, again=order.again, skip_sent=order.terms.skip_sent)
        left = owned.left()
        check_cost(left.segments, order.terms.max_cost)
        if left.requests:
            session.console.note(
                f"resuming batch {batch.name}, started {age_of(batch)}: {recipients_left(left.recipients)}"
            )
        if order.source.is_batch and not order.yes:
            seconds = seconds_of(left.requests, order.pace)
            plan = replace(owned.planned(), seconds=seconds, encoding=order.source.guessed_encoding)
            confirm(session.console, left, order.pace, yes=order.yes, plan=plan)
            # The question may have waited for hours: other batches may have sent since.
            check_overtaken(session, owned, batch, again=order.again, skip_sent=order.terms.skip_sent)

    run = SendRun(rules_for(session.profile, order.terms), order.pace)
    return send_rest(session, batch, run, prepare, resumed=True)
