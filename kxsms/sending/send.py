"""How a send is carried out: planned, weighed, written down, sent; or what of it is found done already."""

import time
from typing import TYPE_CHECKING

from kxsms.context import Context
from kxsms.domain.batch import Batch, BatchHeader, Remainder
from kxsms.domain.plan import Plan
from kxsms.domain.results import SendResult
from kxsms.errors import InputError, LimitReached
from kxsms.sending.checks import CheckedSend, SendOrder, draft, identity
from kxsms.sending.earlier import DOUBT_SECONDS, Action, action_for
from kxsms.sending.identity import fingerprint
from kxsms.sending.resume import ago, confirm, go_on, guard_cost, guard_overtaken, softly, told

if TYPE_CHECKING:
    from kxsms.ledger.batches import Ledger
    from kxsms.ledger.claims import OwnedBatch


def rehearse(context: Context, order: SendOrder) -> SendResult:
    """Say what a send would do. Nothing is sent or written. Raises InputError."""
    ledger = context.ledger(writable=False)
    drafted = draft(context, ledger, order)
    earlier = _earlier(ledger, order, drafted.fingerprint)
    is_known = earlier is not None and (order.source.is_csv or order.key is not None) and not order.again
    guard = None
    try:
        if order.looks_at_others and not is_known:
            drafted.weigh(ledger.snapshot().owned)
    except LimitReached as reason:
        guard = reason
    plan = drafted.plan()
    try:
        guard_cost(plan.segments, order.max_cost)
    except LimitReached as reason:
        guard = guard or reason
    if earlier is not None and is_known:
        left = earlier.counts.unfinished
        what = f"only {left:,} are left to send to" if left else "nothing would be sent"
        context.console.note(f"the same is batch {earlier.name}, begun {ago(earlier)}: {what}")
    return SendResult(
        context.profile.name,
        context.profile.product,
        plan=plan,
        dry_run=True,
        problems=plan.problems,
        guard=guard.message if guard else None,
        guard_hint=guard.hint if guard else None,
        codes=context.profile.codes,
    )


def carry_out(context: Context, order: SendOrder) -> SendResult:
    """Send what has to be sent. Raises InputError, Guard, Busy, ProfileError or Failure."""
    ledger = context.ledger(writable=True)
    after = ledger.last()
    earlier = _known(context, ledger, order)
    drafted = None
    if earlier is None:
        drafted = draft(context, ledger, order)
        earlier = _earlier(ledger, order, drafted.fingerprint)
    if earlier is not None and earlier.counts.sending and not earlier.has_owner:
        # A process that died there has left it so: first see what that means.
        with ledger.own(earlier):
            earlier = ledger.find(earlier.name)
    keyed = order.key is not None
    doubtful = earlier and ledger.doubtful(earlier.fingerprint, time.time() - DOUBT_SECONDS)
    action = action_for(
        earlier,
        is_csv=order.source.is_csv,
        keyed=keyed,
        again=order.again,
        is_doubtful=doubtful is not None,
    )
    if action is Action.BEGIN:
        drafted = drafted or draft(context, ledger, order)
        return _begin(context, ledger, order, drafted, after)
    assert earlier is not None
    if action is Action.CONTINUE:
        return _continue(context, ledger, order, earlier)
    if action is Action.REPLAY:
        context.console.note(
            f"nothing was sent: batch {earlier.name} of {ago(earlier)} was the same", always=True
        )
    elif doubtful is not None:
        earlier = doubtful
        context.console.note(
            f"nothing was sent: the same of {ago(earlier)} may have arrived; --again sends it", always=True
        )
    return told(context, ledger, earlier, replayed=True)


def _begin(
    context: Context, ledger: "Ledger", order: SendOrder, drafted: CheckedSend, after: int
) -> SendResult:
    stop, batch, seen, skipped = None, None, None, 0
    header = _header(context, order, drafted)
    ledger.refuse_twin(header, after)
    while batch is None:
        if order.looks_at_others:
            seen = ledger.snapshot()
            drafted.weigh(seen.owned)
        plan = drafted.plan()
        guard_cost(plan.segments, order.max_cost)
        if plan.skipped != skipped:
            skipped = plan.skipped
            _note_left_out(context, plan)
        if stop is None:
            _note_duplicates(context, order, plan)
            if order.source.is_csv:
                left = Remainder(plan.recipients, plan.requests, plan.segments)
                confirm(context, left, order.pace, yes=order.yes)
            context.gateway  # noqa: B018  without a usable profile nothing is written down either
            stop = softly(context)
        batch = ledger.create(drafted.draft, header, plan, after, seen)
    return go_on(context, ledger, batch, order.pace, lambda work: None, stop=stop, resumed=False)


def _note_left_out(context: Context, plan: Plan) -> None:
    have = "has" if plan.skipped == 1 else "have"
    context.console.note(f"{plan.skipped:,} left out: who {have} got the same text lately")


def _note_duplicates(context: Context, order: SendOrder, plan: Plan) -> None:
    if plan.duplicates:
        one = plan.duplicates == 1
        what = "row repeats another" if one else "rows repeat others"
        if not order.source.is_csv:
            what = "number is there already" if one else "numbers are there already"
        context.console.note(f"{plan.duplicates:,} {what}: each gets the text once")


def _header(context: Context, order: SendOrder, drafted: CheckedSend) -> BatchHeader:
    profile, source = context.profile, order.source
    return BatchHeader(
        profile=profile.name,
        account=profile.account or "",
        product=profile.product,
        extno=order.extno,
        source=source.name,
        is_csv=source.is_csv,
        columns=source.columns,
        mobile_column=source.mobile_column,
        fingerprint=drafted.fingerprint,
        source_key=_source_key(context, order),
        idempotency_key=order.key,
    )


def _continue(context: Context, ledger: "Ledger", order: SendOrder, batch: Batch) -> SendResult:
    def prepare(work: "OwnedBatch") -> None:
        guard_overtaken(context, ledger, work, batch, again=order.again, skip_sent=order.skip_sent)
        left = work.left()
        guard_cost(left.segments, order.max_cost)
        if left.requests:
            context.console.note(
                f"going on with batch {batch.name} of {ago(batch)}: {left.recipients:,} recipients are left"
            )
        if order.source.is_csv:
            confirm(context, left, order.pace, yes=order.yes)
            guard_overtaken(context, ledger, work, batch, again=order.again, skip_sent=order.skip_sent)

    return go_on(context, ledger, batch, order.pace, prepare, resumed=True)


def _source_key(context: Context, order: SendOrder) -> bytes | None:
    """A digest of the input's bytes and of all that decides what they mean."""
    if order.source.digest is None:
        return None
    return fingerprint(order.source.digest, *identity(context, order), order.terms)


def _known(context: Context, ledger: "Ledger", order: SendOrder) -> Batch | None:
    """The batch of the same input, found without reading it row by row."""
    key = _source_key(context, order)
    same = ledger.same(source_key=key) if key is not None else None
    if same is None:
        return None
    return _earlier(ledger, order, same.fingerprint)


def _earlier(ledger: "Ledger", order: SendOrder, mark: bytes) -> Batch | None:
    """The batch of the same send. Raises InputError if the idempotency key names another one."""
    if order.key is None:
        return ledger.same(fingerprint=mark)
    batch = ledger.of_key(order.key)
    if batch is not None and batch.fingerprint != mark:
        raise InputError(
            f"under the idempotency key {order.key!r} something else was sent, as batch {batch.name}",
            "another occasion needs another key",
        )
    return batch
