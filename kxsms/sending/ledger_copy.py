"""The use case `ledger copy`: a ledger moves to another place, and the old one is sealed."""

import shlex
from collections.abc import Callable
from typing import Protocol

from kxsms.domain.figures import Figures
from kxsms.domain.ledger_copy import Copied, CopyPlan
from kxsms.domain.results import Facts
from kxsms.domain.words import counted
from kxsms.language import tr
from kxsms.sending.checks import confirm_or_stop
from kxsms.sending.ports import SendConsole


class CopyingLedger(Protocol):
    """The copying of a ledger: see `kxsms.ledger.copying`."""

    def plan(self) -> CopyPlan: ...

    def run(self, progress: Callable[[int, int], None]) -> tuple[Copied, ...]: ...


class CopyMeter(Protocol):
    """A meter that shows how far something is, until it is closed."""

    def start(self, done: int) -> None: ...

    def show(self, figures: Figures) -> None: ...

    def close(self) -> None: ...


def copy_ledger(copying: CopyingLedger, console: SendConsole, meter: CopyMeter, *, yes: bool) -> Facts:
    """Copy a ledger after a person's consent, and return what was copied.

    Raises LimitReached for an answer of no, UsageError without a terminal, InputError for a target that is
    not empty, Busy while another process uses the ledger, or Failure.
    """
    plan = copying.plan()
    copied: tuple[Copied, ...] = ()
    if plan.is_over:
        console.note(tr("the ledger was copied by an earlier command"))
    else:
        if plan.is_begun:
            console.note(tr("an earlier command began this copy: kxsms resumes it"))
        elif not yes:
            confirm_or_stop(console, _question(plan), tr("nothing copied"))
        try:
            copied = _run(copying, meter)
        except KeyboardInterrupt:
            console.note(
                tr("the copy is not complete; until it is, kxsms only reads {source}", source=plan.source),
                tr("run the same command again: it resumes the copy"),
            )
            raise
    console.note(
        tr("kxsms only reads {source} from now on", source=plan.source),
        tr(
            "set KXSMS_LEDGER, or ledger in the config, to {place} on every host",
            place=shlex.quote(plan.target),
        ),
    )
    counts = {"batches": str(plan.batches), "recipients": str(plan.recipients)}
    rows = None if plan.is_over else str(sum(one.rows for one in copied))
    return Facts({"from": plan.source, "to": plan.target, **counts, "rows": rows}, (*counts, "rows"))


def _question(plan: CopyPlan) -> str:
    return tr(
        "Copy {batches} ({recipients}) to {target}, and from now on only read {source}",
        batches=counted(plan.batches, "batch", "batches"),
        recipients=counted(plan.recipients, "recipient"),
        target=plan.target,
        source=plan.source,
    )


def _run(copying: CopyingLedger, meter: CopyMeter) -> tuple[Copied, ...]:
    meter.start(0)
    try:
        return copying.run(lambda done, total: meter.show(Figures(done, total, (("rows", done),))))
    finally:
        meter.close()
