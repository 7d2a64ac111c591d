"""The use case `batch cancel`: what is planned is not sent."""

from kxsms.domain.batch import Batch
from kxsms.domain.words import counted
from kxsms.language import tr
from kxsms.sending.checks import confirm_or_stop
from kxsms.sending.ledger_ports import SendLedger
from kxsms.sending.ports import SendConsole


def cancel(ledger: SendLedger, console: SendConsole, batch: Batch, *, yes: bool) -> None:
    """Cancel what is planned of a batch.

    Raises LimitReached for an answer of no, UsageError without a terminal, Busy, InputError or Failure.
    """
    name = batch.name
    with ledger.own(batch) as owned:
        left = owned.left().recipients
        if not left:
            console.note(tr("batch {name} has nothing left to cancel", name=name))
            return
        recipients = counted(left, "recipient")
        if not yes:
            confirm_or_stop(
                console,
                tr("Cancel {recipients} of batch {name}", recipients=recipients, name=name),
                tr("nothing changed"),
            )
        owned.cancel()
    if ledger.find(name).tried:
        hint = tr("run kxsms batch export {name} --state cancelled to get their rows", name=name)
    else:
        hint = tr("nothing of it was sent: run the same command to send or schedule it again")
    console.note(tr("cancelled {recipients} of batch {name}", recipients=recipients, name=name), hint)
