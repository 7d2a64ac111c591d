"""`kxsms batch list`: list the batches."""

from typing import Annotated

import typer

from kxsms.commands.options import CONFIG, MASK, PROFILE, RESULT, SANDBOX, shared
from kxsms.commands.sessions import refuse_raw
from kxsms.context import Context
from kxsms.domain.results import BatchList
from kxsms.domain.states import BatchState
from kxsms.errors import UsageError
from kxsms.language import tr


@shared(PROFILE, CONFIG, SANDBOX, RESULT, MASK)
def list_(
    context: Context,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="List the N newest batches.")] = 50,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="List batches created since a date, a time or an age such as 7d."),
    ] = None,
    state: Annotated[
        BatchState | None,
        typer.Option(
            metavar="STATE",
            help=f"List batches in one state: {', '.join(BatchState)}.",
        ),
    ] = None,
) -> BatchList:
    """List the batches, the newest first. With --profile, list only those of that profile.

    \b
    Examples:
      kxsms batch list
      kxsms batch list --state unfinished
      kxsms batch list --since 7d -o json | jq '.[] | select(.unknown > 0)'
    """
    refuse_raw(context, "batch list")
    profile = context.options.profile if context.options.explicit_profile else None
    moment = None if since is None else _moment(since)
    ledger = context.ledger(writable=False)
    return BatchList(tuple(ledger.batches(limit, since=moment, profile=profile, state=state)))


def _moment(text: str) -> float:
    """Return the time of --since in seconds since 1970, in the zone of this machine. Raises UsageError."""
    from datetime import datetime

    from kxsms.domain.times import read_moment

    now = datetime.now().astimezone()
    assert now.tzinfo is not None
    try:
        return read_moment(text, now, now.tzinfo).timestamp()
    except ValueError as reason:
        raise UsageError(
            tr("--since {text!r} is {reason}", text=text, reason=reason),
            tr("use a time such as 2026-11-22, '2026-11-22 10:00', 2h or 7d"),
        ) from None
