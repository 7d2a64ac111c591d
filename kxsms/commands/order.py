"""A send as it was asked for, and how it is carried out: planned, weighed, written down, sent."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kxsms.commands.going import ago, confirm, go_on, guard_cost, guard_overtaken, softly, told
from kxsms.context import Context
from kxsms.domain.batch import Batch, Header, Left
from kxsms.domain.plan import Plan
from kxsms.domain.results import SendResult
from kxsms.errors import Guard, InputError
from kxsms.sending.occasion import DOUBT_SECONDS, OVERLAP_SECONDS, Action, action_for
from kxsms.sending.pacing import Pace
from kxsms.sending.planner import Draught, Planner, Terms, fingerprint, named, settled_plan, summary
from kxsms.sending.source import Source

if TYPE_CHECKING:
    from kxsms.ledger.draft import Draft
    from kxsms.ledger.store import Ledger
    from kxsms.ledger.work import Work


@dataclass(frozen=True)
class Order:
    """A send as it was asked for."""

    source: Source
    terms: Terms
    extno: str | None
    key: str | None
    again: bool
    skip_sent: bool
    max_cost: int | None
    yes: bool
    pace: Pace

    @property
    def looks_at_others(self) -> bool:
        """Whether it matters what other batches have sent."""
        return self.skip_sent or (self.source.is_csv and self.key is None and not self.again)


def rehearse(context: Context, order: Order) -> SendResult:
    ledger = context.ledger(writable=False)
    drafted = _draft(context, ledger, order)
    earlier = _earlier(ledger, order, drafted.fingerprint)
    is_known = earlier is not None and (order.source.is_csv or order.key is not None) and not order.again
    guard = None
    try:
        if order.looks_at_others and not is_known:
            drafted.weigh(ledger.look().held)
    except Guard as reason:
        guard = reason
    plan = drafted.plan()
    try:
        guard_cost(plan.segments, order.max_cost)
    except Guard as reason:
        guard = guard or reason
    if earlier is not None and is_known:
        left = earlier.counts.unfinished
        what = f"only {left:,} are left to send to" if left else "nothing would be sent"
        context.streams.note(f"the same is batch {earlier.name}, begun {ago(earlier)}: {what}")
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


def carry_out(context: Context, order: Order) -> SendResult:
    ledger = context.ledger(writable=True)
    after = ledger.last()
    earlier = _known(context, ledger, order)
    drafted = None
    if earlier is None:
        drafted = _draft(context, ledger, order)
        earlier = _earlier(ledger, order, drafted.fingerprint)
    if earlier is not None and earlier.counts.sending and not earlier.is_held:
        # A process that died there has left it so: first see what that means.
        with ledger.work_on(earlier):
            earlier = ledger.named(earlier.name)
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
        drafted = drafted or _draft(context, ledger, order)
        return _begin(context, ledger, order, drafted, after)
    assert earlier is not None
    if action is Action.CONTINUE:
        return _continue(context, ledger, order, earlier)
    if action is Action.REPLAY:
        context.streams.note(
            f"nothing was sent: batch {earlier.name} of {ago(earlier)} was the same", always=True
        )
    elif doubtful is not None:
        earlier = doubtful
        context.streams.note(
            f"nothing was sent: the same of {ago(earlier)} may have arrived; --again sends it", always=True
        )
    return told(context, ledger, earlier, replayed=True)


def _begin(context: Context, ledger: "Ledger", order: Order, drafted: "_Drafted", after: int) -> SendResult:
    stop, batch, seen = None, None, None
    header = _header(context, order, drafted)
    ledger.refuse_twin(header, after)
    while batch is None:
        if order.looks_at_others:
            seen = ledger.look()
            drafted.weigh(seen.held)
        plan = drafted.plan()
        guard_cost(plan.segments, order.max_cost)
        if stop is None:
            _note_left_out(context, order, plan)
            if order.source.is_csv:
                left = Left(plan.recipients, plan.requests, plan.segments)
                confirm(context, left, order.pace, yes=order.yes)
            context.gateway  # noqa: B018  without a usable profile nothing is written down either
            stop = softly(context)
        batch = ledger.create(drafted.draft, header, plan, after, seen)
    return go_on(context, ledger, batch, order.pace, lambda work: None, stop=stop, resumed=False)


def _note_left_out(context: Context, order: Order, plan: Plan) -> None:
    if plan.skipped:
        have = "has" if plan.skipped == 1 else "have"
        context.streams.note(f"{plan.skipped:,} left out: who {have} got the same text lately")
    if plan.duplicates:
        one = plan.duplicates == 1
        what = "row repeats another" if one else "rows repeat others"
        if not order.source.is_csv:
            what = "number is there already" if one else "numbers are there already"
        context.streams.note(f"{plan.duplicates:,} {what}: each gets the text once")


def _header(context: Context, order: Order, drafted: "_Drafted") -> Header:
    profile, source = context.profile, order.source
    return Header(
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


def _continue(context: Context, ledger: "Ledger", order: Order, batch: Batch) -> SendResult:
    def prepare(work: "Work") -> None:
        guard_overtaken(context, ledger, work, batch, again=order.again, skip_sent=order.skip_sent)
        left = work.left()
        guard_cost(left.segments, order.max_cost)
        if left.requests:
            context.streams.note(
                f"going on with batch {batch.name} of {ago(batch)}: {left.recipients:,} recipients are left"
            )
        if order.source.is_csv:
            confirm(context, left, order.pace, yes=order.yes)
            guard_overtaken(context, ledger, work, batch, again=order.again, skip_sent=order.skip_sent)

    return go_on(context, ledger, batch, order.pace, prepare, resumed=True)


@dataclass(frozen=True)
class _Drafted:
    """A draft, read and checked."""

    draft: "Draft"
    draught: Draught
    fingerprint: bytes
    order: Order

    def weigh(self, held: tuple[int, ...]) -> None:
        """Leave out who has got the same text before, or raise Guard for them, as was asked for.

        `held` are the batches that have an owner at this moment.
        """
        since = time.time() - OVERLAP_SECONDS
        if self.order.skip_sent:
            self.draft.skip_overlap(since, held)
            return
        overlap = self.draft.overlap(since, held)
        if overlap is not None:
            one = overlap.recipients == 1
            raise Guard(
                f"{overlap.recipients:,} recipient{' has' if one else 's have'} got the same text in the last"
                f" seven days, or perhaps, in batch {overlap.batch}",
                "--skip-sent sends to the others, --again to all",
            )

    def plan(self) -> Plan:
        """What will be sent."""
        return settled_plan(self.draft, self.draught)


def _draft(context: Context, ledger: "Ledger", order: Order) -> _Drafted:
    """Read and check the source. Raises InputError."""
    draft = ledger.draft()
    planner = Planner(order.source, order.terms, draft, lambda text: context.capacity(text, order.extno))
    draught = planner.read()
    if draught.invalid:
        what = summary(draught.invalid, is_csv=order.source.is_csv)
        context.streams.warn(f"{what}, left out", details=named(draught.problems, draught.invalid))
    if draught.unsigned is not None:
        what = f"{draught.unsigned!r} has" if order.source.is_csv else "the text has"
        context.streams.warn(f"{what} no signature 【…】 in front: it may be refused", "--signature NAME")
    mark = fingerprint(draught.digest, *_identity(context, order))
    return _Drafted(draft, draught, mark, order)


def _identity(context: Context, order: Order) -> tuple[object, ...]:
    """What makes a send the same besides its numbers and texts."""
    profile = context.profile
    return profile.account, profile.product.value, order.extno


def _source_key(context: Context, order: Order) -> bytes | None:
    """A digest of the input's bytes and of all that decides what they mean."""
    if order.source.digest is None:
        return None
    return fingerprint(order.source.digest, *_identity(context, order), order.terms)


def _known(context: Context, ledger: "Ledger", order: Order) -> Batch | None:
    """The batch of the same input, found without reading it row by row."""
    key = _source_key(context, order)
    same = ledger.same(source_key=key) if key is not None else None
    if same is None:
        return None
    return _earlier(ledger, order, same.fingerprint)


def _earlier(ledger: "Ledger", order: Order, mark: bytes) -> Batch | None:
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
