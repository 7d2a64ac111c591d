"""`kxsms batch cancel`: do not send the rest of a batch."""

from typing import Annotated

import typer

from kxsms.commands.batch_status import Name, status_of
from kxsms.commands.options import CONFIG, MASK, RESULT, SANDBOX, shared
from kxsms.commands.sessions import find_batch, refuse_raw
from kxsms.context import Context
from kxsms.domain.results import BatchStatus


@shared(SANDBOX, CONFIG, RESULT, MASK)
def cancel(
    context: Context,
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Cancel without asking.")] = False,
) -> BatchStatus:
    """Cancel the recipients of a batch that are left.

    kxsms asks first. If nothing of the batch was sent, the same command sends or schedules it again. A batch
    that another process is sending cannot be cancelled: stop that process first.

    \b
    Example:
      kxsms batch cancel 3f2a
    """
    from kxsms.sending.cancel import cancel as cancel_batch

    refuse_raw(context, "batch cancel")
    ledger = context.ledger(writable=True)
    batch = find_batch(context, ledger, name)
    cancel_batch(ledger, context.console, batch, yes=yes)
    return status_of(context, ledger, ledger.find(batch.name))
