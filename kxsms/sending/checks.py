"""The checks before the first request: cost, caps, hours, and a person's consent."""

import time
from dataclasses import replace

from kxsms.domain.batch import Batch, Remainder
from kxsms.domain.plan import Plan
from kxsms.domain.rules import Rules
from kxsms.domain.terms import Terms
from kxsms.domain.words import about, counted, time_words
from kxsms.errors import LimitReached, UsageError
from kxsms.interrupts import StoppedBySignal
from kxsms.language import joined, tr
from kxsms.sending.ledger_ports import SendBatch, SendPlan
from kxsms.sending.money import check_daily_limit, funds_in_words
from kxsms.sending.pacing import Pace
from kxsms.sending.ports import SendConsole, SendSession
from kxsms.sending.staging import SendOrder


def check_cost(segments: int, max_cost: int | None) -> None:
    """Raise LimitReached if more than `max_cost` messages would be billed."""
    if max_cost is not None and segments > max_cost:
        raise LimitReached(
            tr(
                "{messages} would be billed, more than --max-cost {max_cost:,}",
                messages=counted(segments, "message"),
                max_cost=max_cost,
            ),
            tr("raise --max-cost, or send to fewer recipients"),
        )


def check_limits(
    session: SendSession,
    terms: Terms,
    segments: int,
    *,
    is_started: bool = False,
    is_csv: bool = False,
    at: float | None = None,
) -> None:
    """Raise LimitReached if so many billed messages pass --max-cost or what is left of the daily limit.

    A batch that `is_started` waits for the next day instead, when it reaches the daily limit. `is_csv`: it is
    a new one, which --limit can make smaller. `at` is when it is sent, if not now.
    """
    check_cost(segments, terms.max_cost)
    if not (terms.is_single or is_started):
        check_daily_limit(session, segments, time.time() if at is None else at, is_csv=is_csv)


def leave_out_capped(session: SendSession, staged: SendPlan, rules: Rules, at: float) -> None:
    """Skip the recipients of a staged plan who will have had as many texts as the cap allows.

    `at` is when it is sent, in seconds since 1970.
    """
    if rules.cap is not None:
        staged.leave_out_capped(session.profile, rules.cap, at)


def check_capped(rules: Rules, plan: Plan) -> None:
    """Raise LimitReached if the cap leaves nobody to send to: for a send that is not to be sent later."""
    if plan.capped and not plan.recipients:
        raise LimitReached(
            tr("nothing sent: each recipient was sent as many texts as the cap {cap} allows", cap=rules.cap),
            tr("wait, or use --cap with a higher one"),
        )


def check_finished(batch: Batch) -> None:
    """Raise UsageError for a batch that has recipients left: they come before a retry."""
    left = batch.counts.unfinished
    if left:
        raise UsageError(
            tr(
                "batch {name} is unfinished: {recipients}",
                name=batch.name,
                recipients=counted(left, "recipient is left", "recipients are left"),
            ),
            tr("run kxsms batch resume {name} first", name=batch.name),
        )


def confirm_opted_out(
    session: SendSession, order: SendOrder, recipients: SendPlan | SendBatch, *, yes: bool
) -> bool:
    """Ask a person whether to send to recipients who opted out, if the send is for them too. Return that.

    Raises LimitReached for a no, UsageError without a terminal.
    """
    if not order.terms.includes_opted_out:
        return False
    opted_out = recipients.count_opted_out(session.profile)
    who = tr("{recipients} who opted out", recipients=counted(opted_out, "recipient"))
    session.console.note(tr("this send includes {who}", who=who))
    if opted_out and not yes:
        confirm_or_stop(session.console, tr("Send to {who}", who=who))
    return True


def check_window(rules: Rules, now: float) -> None:
    """Raise LimitReached if nothing may leave now: for a send that is not to be sent later."""
    waiting = rules.closed(now)
    if waiting is not None:
        raise LimitReached(
            tr(
                "{reason}: nothing may leave before {clock}",
                reason=waiting.reason,
                clock=time_words(rules.clock(waiting.until)),
            ),
            tr("use --window 00:00-24:00 to send it now"),
        )


def seconds_of(requests: int, pace: Pace) -> float | None:
    """Return how long so many requests take at the rate of a send, or None without one."""
    return requests / pace.rate if pace.rate else None


def confirm(
    console: SendConsole,
    remainder: Remainder,
    pace: Pace,
    *,
    yes: bool,
    plan: Plan | None = None,
    at: str | None = None,
) -> None:
    """Show a person the plan, and ask whether to send this much, now or `at` a time.

    Raises LimitReached for a no, UsageError without a terminal.
    """
    if yes or not remainder.requests:
        return
    if plan is not None:
        console.show_plan(replace(plan, cost=remainder.cost, balance=remainder.balance))
        remainder = remainder._replace(balance=None)  # the plan has shown it
    seconds = seconds_of(remainder.requests, pace) or 0
    requests = counted(remainder.requests, "request")
    how = joined([requests, about(seconds)]) if seconds >= 1 else requests
    billed = counted(remainder.segments, "billed message")
    recipients = counted(remainder.recipients, "recipient")
    values = {"billed": billed, "funds": funds_in_words(remainder), "recipients": recipients, "how": how}
    if at is None:
        question = tr("Send {billed}{funds} to {recipients} ({how})", **values)
    else:
        question = tr("Send {billed}{funds} to {recipients} at {at} ({how})", at=time_words(at), **values)
    confirm_or_stop(console, question)


def confirm_or_stop(console: SendConsole, question: str, otherwise: str | None = None) -> None:
    """Ask a person. Raises LimitReached for a no, UsageError without a terminal."""
    otherwise = otherwise or tr("nothing sent")
    try:
        answer = console.confirm(question, "--yes")
    except (KeyboardInterrupt, StoppedBySignal):
        console.note(otherwise)
        raise
    if not answer:
        raise LimitReached(tr("{otherwise}: you did not answer yes", otherwise=otherwise))
