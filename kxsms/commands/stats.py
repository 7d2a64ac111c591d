"""`kxsms stats`: show the figures of what was sent."""

from typing import Annotated

import typer

from kxsms.commands.options import CONFIG, PROFILE, RESULT, SANDBOX, shared
from kxsms.commands.sessions import refuse_raw
from kxsms.context import Context
from kxsms.domain.stats import Stats, StatsBy
from kxsms.errors import UsageError
from kxsms.language import tr

_SINCE = "30d"


@shared(PROFILE, SANDBOX, CONFIG, RESULT)
def stats(
    context: Context,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Count batches since a date, a time or an age such as 7d.")
    ] = _SINCE,
    by: Annotated[
        StatsBy, typer.Option(metavar="FACT", help="Sum up by day, product, batch or code.")
    ] = StatsBy.DAY,
) -> Stats:
    """Show figures by day, product, batch or code.

    A batch counts on the day on which it was made, or for which it was scheduled. Tests do not count. With
    --profile, count only the batches of that profile. Days begin at midnight in the profile's timezone.

    \b
    Examples:
      kxsms stats
      kxsms stats --since 2026-11-01 --by product
      kxsms stats --by code -o json | jq '.[] | select(.rejected > 0)'
      kxsms stats --since 365d -o csv > year.csv
    """
    from datetime import datetime

    from kxsms.domain.times import read_moment
    from kxsms.domain.zones import zone

    refuse_raw(context, "stats")
    local = zone(context.profile.timezone)
    try:
        moment = read_moment(since, datetime.now(local), local).timestamp()
    except ValueError as reason:
        raise UsageError(
            tr("--since {since!r} is {reason}", since=since, reason=reason),
            tr("use a time such as 2026-11-22, '2026-11-22 10:00', 2h or 7d"),
        ) from None
    profile = context.options.profile if context.options.explicit_profile else None
    ledger = context.ledger(writable=False)
    return Stats(by, ledger.stats().rows(by, local, since=moment, profile=profile))
