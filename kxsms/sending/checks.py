"""A send as it was asked for, and the draft that is made of it."""

import time
from typing import TYPE_CHECKING, NamedTuple

from kxsms.context import Context
from kxsms.domain.plan import Plan, count_invalid, listed_problems
from kxsms.errors import LimitReached
from kxsms.sending.earlier import OVERLAP_SECONDS
from kxsms.sending.identity import fingerprint
from kxsms.sending.pacing import Pace
from kxsms.sending.planner import Planner, PlanOptions, SourceSummary, place_plan
from kxsms.source.rows import Source

if TYPE_CHECKING:
    from kxsms.ledger.database import Ledger
    from kxsms.ledger.staging import StagedPlan


class SendOrder(NamedTuple):
    """A send as it was asked for."""

    source: Source
    terms: PlanOptions
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


class CheckedSend(NamedTuple):
    """A draft, read and checked."""

    draft: "StagedPlan"
    draught: SourceSummary
    fingerprint: bytes
    order: SendOrder

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
            raise LimitReached(
                f"{overlap.recipients:,} recipient{' has' if one else 's have'} got the same text in the last"
                f" seven days, or perhaps, in batch {overlap.batch}",
                "--skip-sent sends to the others, --again to all",
            )

    def plan(self) -> Plan:
        """What will be sent."""
        return place_plan(self.draft, self.draught)


def draft(context: Context, ledger: "Ledger", order: SendOrder) -> CheckedSend:
    """Read and check the source. Raises InputError."""
    draft = ledger.draft()
    planner = Planner(order.source, order.terms, draft, context.capacity(order.extno))
    draught = planner.read()
    if draught.invalid:
        what = count_invalid(draught.invalid, is_csv=order.source.is_csv)
        context.console.warn(f"{what}, left out", details=listed_problems(draught.problems, draught.invalid))
    if draught.unsigned is not None:
        what = f"{draught.unsigned!r} has" if order.source.is_csv else "the text has"
        context.console.warn(f"{what} no signature 【…】 in front: it may be refused", "--signature NAME")
    mark = fingerprint(draught.digest, *identity(context, order))
    return CheckedSend(draft, draught, mark, order)


def identity(context: Context, order: SendOrder) -> tuple[object, ...]:
    """What makes a send the same besides its numbers and texts."""
    profile = context.profile
    return profile.account, profile.product.value, order.extno
