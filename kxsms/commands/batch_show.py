"""`kxsms batch show`: show a batch, or follow it until it is over."""

from typing import TYPE_CHECKING, Annotated

import typer

from kxsms.commands.batch_status import Name, status_of
from kxsms.commands.options import CONFIG, MASK, RESULT, SANDBOX, shared
from kxsms.commands.sessions import find_batch, refuse_raw
from kxsms.context import Context
from kxsms.domain.results import BatchStatus

if TYPE_CHECKING:
    from kxsms.domain.batch import Batch
    from kxsms.ledger.batches import Ledger


@shared(SANDBOX, CONFIG, RESULT, MASK)
def show(
    context: Context,
    name: Name,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Wait until all is sent and no delivery report is pending, or Ctrl-C."),
    ] = False,
) -> BatchStatus:
    """Show the outcome of a batch, and what to do next.

    With --watch, show how far it is until everything is sent and every delivery report is there: other
    commands send and fetch them. Ctrl-C ends the wait, and shows the batch as it is then.

    \b
    Examples:
      kxsms batch show 3f2a
      kxsms batch show 3f2a --watch
    """
    refuse_raw(context, "batch show")
    ledger = context.ledger(writable=False)
    batch = find_batch(context, ledger, name)
    if not watch:
        return status_of(context, ledger, batch)
    interrupted = _follow(context, ledger, batch)
    return status_of(context, ledger, ledger.find(batch.name))._replace(interrupted=interrupted)


def _follow(context: Context, ledger: "Ledger", batch: "Batch") -> int | None:
    """Follow a batch. Return the exit status of the signal that ended this, if one did."""
    from kxsms.interrupts import StoppedBySignal
    from kxsms.sending.follow import follow

    try:
        follow(ledger, context.console, batch)
    except StoppedBySignal as stopped:
        return stopped.status
    return None
