"""The use case `batch prune`: old batches lose their rows, texts and records."""

from typing import Protocol

from kxsms.domain.pruning import Pruned
from kxsms.domain.words import counted
from kxsms.language import tr
from kxsms.sending.checks import confirm_or_stop
from kxsms.sending.ports import SendConsole


class PruningLedger(Protocol):
    """The pruning of a ledger: see `kxsms.ledger.pruning`."""

    def find(self) -> Pruned: ...

    def run(self) -> Pruned: ...


def prune(pruning: PruningLedger, console: SendConsole, *, dry_run: bool, yes: bool) -> Pruned:
    """Prune a ledger after a person's consent, or return what would be pruned.

    Raises LimitReached for an answer of no, UsageError without a terminal, or Failure.
    """
    if dry_run:
        return pruning.find()
    if not yes:
        found = pruning.find()
        if not found.is_nothing:
            confirm_or_stop(console, _question(found), tr("nothing deleted"))
    return pruning.run()  # even if nothing is old enough: a pruning that was killed may have left something


def _question(found: Pruned) -> str:
    batches, recipients = counted(found.batches, "batch", "batches"), counted(found.recipients, "recipient")
    records = counted(found.records, "report or reply", "reports and replies")
    answers = counted(found.answers, "answer of the gateway", "answers of the gateway")
    return tr(
        "Delete the numbers and texts of {batches} ({recipients}), {records} and {answers} for good",
        batches=batches,
        recipients=recipients,
        records=records,
        answers=answers,
    )
