"""The use case `send --dry-run`, and the plan of a send as a person sees it."""

import time
from dataclasses import replace

from kxsms.domain.batch import Batch
from kxsms.domain.money import cost_of
from kxsms.domain.out_file import OutFile
from kxsms.domain.plan import Plan, PlannedRecipient
from kxsms.domain.results import SendResult
from kxsms.domain.rules import rules_for
from kxsms.domain.words import counted
from kxsms.domain.zones import clock
from kxsms.errors import LimitReached
from kxsms.language import tr
from kxsms.sending.checks import check_limits, confirm_opted_out, leave_out_capped, seconds_of
from kxsms.sending.earlier import earlier_batch, is_superseded
from kxsms.sending.notes import note_marketing
from kxsms.sending.overlaps import check_overlap
from kxsms.sending.ports import SendSession
from kxsms.sending.resume import age_of, recipients_left
from kxsms.sending.schedule import refuse_past
from kxsms.sending.staging import CheckedSend, SendOrder, stage


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
    leaves = order.moment or rules.opens(time.time())
    if not is_known:
        leave_out_capped(session, checked.staged, rules, leaves)
    confirm_opted_out(session, order, checked.staged, yes=True)
    plan = plan_of(session, checked, order)
    try:
        is_csv = order.source.is_csv
        check_limits(session, order.terms, plan.segments, is_started=is_known, is_csv=is_csv, at=leaves)
    except LimitReached as reached:
        limit = limit or reached
    if order.out is not None:
        _write_recipients(session, order.out, checked, plan)
    if earlier is not None and is_known:
        _note_earlier(session, earlier)
    return SendResult(
        session.profile.name,
        session.profile.product,
        plan=plan,
        dry_run=True,
        problems=plan.problems,
        guard=limit.message if limit else None,
        guard_hint=limit.hint if limit else None,
        codes=session.profile.codes,
        scheduled_for=clock_of(session, order),
    )


def _write_recipients(session: SendSession, out: OutFile, checked: CheckedSend, plan: Plan) -> None:
    rows = checked.staged.recipients()
    written = session.console.write_file(out, PlannedRecipient._fields, rows, plan.recipients)
    session.console.note(
        tr("wrote {recipients} to {path}", recipients=counted(written, "recipient"), path=out.path)
    )


def _note_earlier(session: SendSession, earlier: Batch) -> None:
    """Note that a batch is the same send, and what it would still send."""
    left = earlier.counts.unfinished
    rest = recipients_left(left) if left else tr("nothing would be sent")
    session.console.note(
        tr(
            "batch {name}, started {age}, is the same send: {rest}",
            name=earlier.name,
            age=age_of(earlier),
            rest=rest,
        )
    )


def plan_of(session: SendSession, checked: CheckedSend, order: SendOrder) -> Plan:
    """Place the staged rows into requests, and return the figures with what is known of the order."""
    plan = checked.plan()
    return replace(
        plan,
        encoding=order.source.guessed_encoding,
        seconds=seconds_of(plan.requests, order.pace),
        excluded=checked.excluded,
        cost=cost_of(plan.segments, session.profile.message_price),
    )


def clock_of(session: SendSession, order: SendOrder) -> str | None:
    """Return when an order is to be sent as ISO 8601, or None for now."""
    return None if order.at is None else clock(order.at.moment, session.profile.timezone)
