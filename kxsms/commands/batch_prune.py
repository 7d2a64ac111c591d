"""`kxsms batch prune`: delete the numbers and texts of old batches, and keep their figures."""

from datetime import datetime
from typing import Annotated

import typer

from kxsms.commands.options import CONFIG, RESULT, SANDBOX, shared
from kxsms.commands.sessions import refuse_raw
from kxsms.context import Context
from kxsms.domain.results import PruneResult
from kxsms.errors import InputError, UsageError
from kxsms.language import tr


@shared(SANDBOX, CONFIG, RESULT)
def prune(
    context: Context,
    older_than: Annotated[
        str | None,
        typer.Option(
            metavar="AGE", help="Prune what ended before an age such as 180d or 26w, or a date: 7d at least."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be pruned, and change nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Prune without asking.")] = False,
) -> PruneResult:
    """Delete the numbers and texts of old batches.

    kxsms deletes the rows, texts, requests, records and answers of batches that ended before AGE. It keeps
    their figures, the list of opt-outs, and what it takes to recognise the same send again. It does not prune
    batches that are unfinished, that have unknown recipients, or whose reports and replies were never shown.
    It asks first. See kxsms help privacy.

    \b
    Examples:
      kxsms batch prune --older-than 180d --dry-run
      kxsms batch prune --older-than 26w --yes
    """
    from kxsms.domain.pruning import PruneTerms
    from kxsms.domain.zones import iso
    from kxsms.sending.prune import prune as prune_batches

    refuse_raw(context, "batch prune")
    if older_than is None:
        raise UsageError(tr("batch prune needs --older-than AGE"), tr("use an age such as --older-than 180d"))
    before = _moment(older_than)
    terms = PruneTerms(before.timestamp(), _longest_cap(context))
    ledger = context.ledger(writable=not dry_run)
    pruned = prune_batches(ledger.pruning(terms), context.console, dry_run=dry_run, yes=yes)
    return PruneResult(iso(before), dry_run, pruned)


def _moment(text: str) -> datetime:
    """Return the time of --older-than, in the zone of this machine. Raise UsageError or InputError."""
    from kxsms.domain.pruning import SHORTEST_SECONDS
    from kxsms.domain.times import read_moment

    now = datetime.now().astimezone()
    assert now.tzinfo is not None
    hint = tr("use an age such as 180d or 26w, or a date such as 2026-06-01")
    try:
        moment = read_moment(text, now, now.tzinfo)
        if moment.timestamp() < 0:
            raise ValueError(tr("too long ago"))
    except (ValueError, OverflowError) as reason:
        raise UsageError(tr("--older-than {text!r} is {reason}", text=text, reason=reason), hint) from None
    if now.timestamp() - moment.timestamp() < SHORTEST_SECONDS:
        raise InputError(
            tr("--older-than {text!r} is less than 7 days", text=text),
            tr("use 7d or more: kxsms compares new batches with those of the last 7 days"),
        )
    return moment


def _longest_cap(context: Context) -> float:
    """Return the seconds of the longest cap of any profile. Raises ProfileError."""
    if context.options.sandbox:
        return 0
    config = context.config
    caps = [cap for name in config.tables for cap in config.profile(name).cap.values()]
    return max((cap.seconds for cap in caps), default=0)
