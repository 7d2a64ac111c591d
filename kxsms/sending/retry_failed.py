"""The use case `batch retry --failed`: a new batch for the recipients of another one whose delivery failed.

Each recipient of a batch is retried once: the same command again resumes the retry, or shows its outcome. The
retry is a batch like any other, so those whose delivery failed again can be retried as its recipients.
"""

import time
from collections.abc import Iterator
from itertools import count, islice

from kxsms.domain.batch import Batch, BatchHeader
from kxsms.domain.batch_row import FailedRow
from kxsms.domain.identity import fingerprint
from kxsms.domain.plan import FirstRow, StagedRow
from kxsms.domain.results import SendResult
from kxsms.domain.words import counted
from kxsms.language import tr
from kxsms.sending.checks import check_finished, check_limits, confirm, leave_out_capped
from kxsms.sending.ledger_ports import SendBatch, SendPlan
from kxsms.sending.money import with_balance, with_cost
from kxsms.sending.notes import note_left_out
from kxsms.sending.overlaps import check_overtaken, check_staged_overlap
from kxsms.sending.ports import SendSession
from kxsms.sending.resume import SendRun, age_of, recipients_left, result_of, send_rest
from kxsms.sending.staging import capacity_for

_AT_A_TIME = 10_000


def retry_failed(session: SendSession, batch: Batch, run: SendRun, *, yes: bool, again: bool) -> SendResult:
    """Send a batch's text again to its recipients whose delivery failed, as a batch of their own.

    Raises UsageError for an unfinished batch, LimitReached, Busy, ProfileError or Failure.
    """
    ledger, after = session.ledger, session.ledger.last()
    with ledger.own(batch):  # two such commands at once would stage the same recipients
        check_finished(ledger.find(batch.name))
        rounds = list(_rounds(session, batch))
        staged = ledger.stage()
        retry = next((each for each in rounds if not each.is_finished), None)
        if retry is None and _stage(session, batch, rounds, staged):
            retry = _create(session, batch, len(rounds) + 1, staged, after, run, yes=yes, again=again)
            if retry is not None:
                return send_rest(session, retry, run, lambda owned: None, resumed=False)
            rounds = []
    if retry is not None:
        return _resume(session, retry._replace(terms=batch.terms), run, yes=yes, again=again)
    if not rounds:
        session.console.note(tr("batch {name} has no recipients left whose delivery failed", name=batch.name))
        return result_of(session, batch, replayed=True)
    last = rounds[-1]
    session.console.note(
        tr(
            "nothing sent: batch {name}, started {age}, has retried these recipients",
            name=last.name,
            age=age_of(last),
        ),
        tr("if their delivery failed again, run kxsms batch retry {name} --failed", name=last.name),
    )
    return result_of(session, last, replayed=True)


def _rounds(session: SendSession, batch: Batch) -> Iterator[Batch]:
    """Yield the earlier retries of a batch, the first one first."""
    for number in count(1):
        found = session.ledger.same(session.profile.origin, fingerprint=_identity(batch, number))
        if found is None:
            return
        yield found


def _identity(batch: Batch, number: int) -> bytes:
    """Return the fingerprint of a retry, which no send of the same numbers and texts has."""
    return fingerprint(b"", "retry of failed deliveries", batch.account, batch.product, batch.name, number)


def _stage(session: SendSession, batch: Batch, rounds: list[Batch], staged: SendPlan) -> bool:
    """Stage the recipients to retry, and return whether there are any."""
    capacity, text, first, has_any = capacity_for(session, batch.extno), None, 0, False
    failed = session.ledger.read().failed(batch, [each.id for each in rounds])
    while some := list(islice(failed, _AT_A_TIME)):
        rows: list[StagedRow] = []
        firsts: list[FirstRow] = []
        for found in some:
            if text == found.content:
                rows.append(_staged(found, first))
                continue
            text, first = found.content, found.row
            firsts.append((*_staged(found, first), text, found.segments, capacity(text)))
        staged.add(rows, firsts, ())
        has_any = True
    return has_any


def _staged(found: FailedRow, first: int) -> StagedRow:
    return found.row, found.line, found.mobile, first, found.fields


def _create(
    session: SendSession,
    batch: Batch,
    number: int,
    staged: SendPlan,
    after: int,
    run: SendRun,
    *,
    yes: bool,
    again: bool,
) -> Batch | None:
    """Write the batch of a retry to the ledger, after a person's consent; None if nobody is left to send to.

    Recipients whom another batch has sent the same text are skipped, unless `again`.
    """
    header, is_confirmed = _header(session, batch, number), False
    if session.replies is not None:
        session.replies.before()
    while True:
        if run.rules.asks_opt_outs:
            staged.opt_outs.leave_out(session.profile)
        snapshot = session.ledger.snapshot()
        if not again:
            check_staged_overlap(session, staged, snapshot.owned, batch.id, skip_sent=True)
        leaves = run.rules.opens(time.time())
        leave_out_capped(session, staged, run.rules, leaves)
        staged.place()
        plan = staged.plan()
        if not is_confirmed:
            note_left_out(session.console, plan.left_out)
        if not plan.recipients:
            return None
        if not is_confirmed:
            recipients = counted(plan.recipients, "recipient")
            session.console.note(
                tr(
                    "the delivery to {recipients} of batch {name} failed",
                    recipients=recipients,
                    name=batch.name,
                )
            )
            check_limits(session, batch.terms, plan.segments, at=leaves)
            remainder = with_cost(plan.remainder, header.price)
            remainder = with_balance(session, batch.terms, remainder, asks=not yes)
            confirm(session.console, remainder, run.pace, yes=yes)
            session.open_gateway()  # raises without usable credentials, before anything is written
            is_confirmed = True
        created = session.ledger.create(staged, header, plan, after, snapshot, None)
        if created is not None:
            return created


def _header(session: SendSession, batch: Batch, number: int) -> BatchHeader:
    return BatchHeader(
        profile=session.profile.name,
        account=batch.account,
        product=batch.product,
        extno=batch.extno,
        source=f"retry of {batch.name}",
        is_csv=batch.is_csv,
        columns=batch.columns,
        mobile_column=batch.mobile_column,
        fingerprint=_identity(batch, number),
        origin=session.profile.origin,
        terms=batch.terms,
        price=session.profile.message_price,
        is_test=batch.is_test,
        text=batch.text,
    )


def _resume(session: SendSession, retry: Batch, run: SendRun, *, yes: bool, again: bool) -> SendResult:
    """Send the rest of a retry that was cut short."""

    def prepare(owned: SendBatch) -> None:
        left = with_cost(owned.left(), retry.price)
        if left.requests:
            rest = recipients_left(left.recipients)
            session.console.note(
                tr(
                    "resuming batch {name}, started {age}: {rest}",
                    name=retry.name,
                    age=age_of(retry),
                    rest=rest,
                )
            )
        check_limits(session, retry.terms, left.segments, is_started=retry.tried > 0)
        left = with_balance(session, retry.terms, left, asks=not yes)
        confirm(session.console, left, run.pace, yes=yes)
        check_overtaken(session, owned, retry, again=again, skip_sent=True)

    return send_rest(session, retry, run, prepare, resumed=True)
