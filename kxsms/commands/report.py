"""`kxsms report`: fetch and show delivery reports."""

from typing import Annotated

from kxsms.commands.options import GATEWAY, PRODUCT, shared
from kxsms.commands.record_options import (
    All,
    Exec,
    ForBatch,
    ForMobile,
    ForTask,
    Interval,
    NoPull,
    Reparse,
    Since,
    Summary,
    Until,
    Watch,
    filter_option,
    interval_of,
    most_of,
)
from kxsms.commands.sessions import record_session, refuse_unwatchable, refuse_unwatched
from kxsms.context import Context
from kxsms.domain.record_summary import RecordsSummary
from kxsms.domain.records import DeliveryState, RecordKind
from kxsms.domain.results import RecordsResult

State = Annotated[
    DeliveryState | None,
    filter_option(metavar="STATE", help=f"Show only reports in this state: {', '.join(DeliveryState)}."),
]


@shared(GATEWAY, PRODUCT)
def report(
    context: Context,
    since: Since = None,
    until: Until = None,
    mobile: ForMobile = None,
    task: ForTask = None,
    batch: ForBatch = None,
    state: State = None,
    summary: Summary = False,
    every: All = False,
    no_pull: NoPull = False,
    reparse: Reparse = False,
    watch: Watch = False,
    interval: Interval = None,
    command: Exec = None,
) -> RecordsResult | RecordsSummary | None:
    """Fetch new delivery reports, keep them, and show them.

    With a filter or --no-pull, show all that the ledger keeps. On a terminal, sum up more than 50 records,
    and show the last 20 of them.

    \b
    Examples:
      kxsms report
      kxsms report --since 2d --state failed
      kxsms report --no-pull --since 7d --summary
      kxsms report --no-pull --batch 3f2a -o csv > reports.csv
      kxsms report --watch -o jsonl
      kxsms report --watch --state failed --exec './warn.sh'
    """
    from kxsms.inbox.receive import RecordQuery, receive
    from kxsms.inbox.watch import watch as watch_records

    refuse_unwatched("report", command, watch=watch)
    seconds = interval_of(interval, "report", watch=watch)
    most = most_of(context, "report", summary=summary, every=every, watch=watch)
    query = RecordQuery(
        RecordKind.REPORT, since, until, mobile, task, batch, state, not no_pull, reparse, summary, most
    )
    if not watch:
        return receive(record_session(context, batch), query)
    refuse_unwatchable(context)
    watch_records(record_session(context, batch), query, seconds, command)
    return None
