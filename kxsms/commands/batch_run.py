"""`kxsms batch run`: send the batches that are due."""

from typing import TYPE_CHECKING, Annotated

import typer

from kxsms.commands.options import CONFIG, MASK, PROFILE, RESULT, SANDBOX, WIRE, shared
from kxsms.commands.sessions import (
    refuse_raw,
    refuse_unwatchable,
    send_session,
    stop_on_signal,
    use_profile_of,
)
from kxsms.context import Context
from kxsms.domain.results import Interrupted, RunResult

if TYPE_CHECKING:
    from kxsms.domain.batch import Batch
    from kxsms.sending.ports import SendSession


@shared(PROFILE, CONFIG, SANDBOX, RESULT, WIRE, MASK)
def run(
    context: Context,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep running, and send each batch when it is due.")
    ] = False,
) -> RunResult | Interrupted:
    """Send the batches that are due.

    A scheduled batch is due at its time, a waiting one when its hours or its day have come. kxsms sends each
    with its own profile, limits and pace. It leaves a batch to another process that sends it; with a ledger
    in PostgreSQL, it sends it together with that one. Run this from cron each minute, or with --watch. With
    --profile, kxsms sends only the batches of that profile.

    \b
    Examples:
      kxsms batch run
      kxsms batch run --watch
    """
    from kxsms.sending.run import run_due, watch_due

    refuse_raw(context, "batch run")
    if watch:
        refuse_unwatchable(context)
    options = context.options
    profile = options.profile if options.explicit_profile else None
    if profile is not None:
        _ = context.profile  # raises if there is no such profile: cron would run in vain
    ledger = context.ledger(writable=True)
    stop = stop_on_signal(context)

    def session_for(batch: "Batch") -> "SendSession":
        context.use(options)
        use_profile_of(context, batch)
        return send_session(context, ledger, batch.terms)

    if not watch:
        return run_due(ledger, session_for, stop, profile)
    watch_due(ledger, session_for, stop, context.console, context.note_written, profile)
    assert stop.status is not None
    return Interrupted(stop.status)
