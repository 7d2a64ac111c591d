"""The use case `forget`: one number is removed from the ledger and from the log."""

from collections.abc import Callable
from typing import Protocol

from kxsms.domain.forgetting import Forgot
from kxsms.domain.words import counted
from kxsms.language import tr
from kxsms.sending.checks import confirm_or_stop
from kxsms.sending.ports import SendConsole


class ForgettingLedger(Protocol):
    """The forgetting of a number: see `kxsms.ledger.forgetting`."""

    def find(self) -> Forgot: ...

    def run(self) -> Forgot: ...


def forget(
    forgetting: ForgettingLedger,
    mask_log: Callable[[bool], int],
    console: SendConsole,
    *,
    dry_run: bool,
    yes: bool,
) -> Forgot:
    """Forget a number after a person's consent, or return what would be removed.

    `mask_log` masks it in the log, or with True only counts. Raises LimitReached for an answer of no,
    UsageError without a terminal, Busy or Failure.
    """
    if dry_run:
        return forgetting.find()._replace(log_lines=mask_log(True))
    if not yes:
        found = forgetting.find()._replace(log_lines=mask_log(True))
        if not found.is_nothing:
            confirm_or_stop(console, _question(found), tr("nothing removed"))
    removed = forgetting.run()  # even if nothing is found: one that was killed may have left its bytes
    return removed._replace(log_lines=mask_log(False))


def _question(found: Forgot) -> str:
    batches, texts = counted(found.batches, "batch", "batches"), counted(found.texts, "text")
    records = counted(found.records, "report or reply", "reports and replies")
    return tr(
        "Remove this number from {batches}, with {texts} and {records}, for good (not from exports and"
        " backups that were made earlier)",
        batches=batches,
        texts=texts,
        records=records,
    )
