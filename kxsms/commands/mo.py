"""`kxsms mo`: fetch and show replies from phones."""

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
    interval_of,
    most_of,
)
from kxsms.commands.sessions import record_session, refuse_unwatchable, refuse_unwatched
from kxsms.context import Context
from kxsms.domain.record_summary import RecordsSummary
from kxsms.domain.records import RecordKind
from kxsms.domain.results import RecordsResult


@shared(GATEWAY, PRODUCT)
def mo(
    context: Context,
    since: Since = None,
    until: Until = None,
    mobile: ForMobile = None,
    task: ForTask = None,
    batch: ForBatch = None,
    summary: Summary = False,
    every: All = False,
    no_pull: NoPull = False,
    reparse: Reparse = False,
    watch: Watch = False,
    interval: Interval = None,
    command: Exec = None,
) -> RecordsResult | RecordsSummary | None:
    """Fetch new replies from phones, keep them, and show them.

    With a filter or --no-pull, show all that the ledger keeps. On a terminal, sum up more than 50 records,
    and show the last 20 of them.

    \b
    Examples:
      kxsms mo
      kxsms mo --no-pull --mobile 13800000000
      kxsms mo --no-pull --since 7d --summary
      kxsms mo --watch -o jsonl --interval 10
      kxsms mo --watch --exec './answer.sh'
    """
    from kxsms.inbox.receive import RecordQuery, receive
    from kxsms.inbox.watch import watch as watch_records

    refuse_unwatched("mo", command, watch=watch)
    seconds = interval_of(interval, "mo", watch=watch)
    most = most_of(context, "mo", summary=summary, every=every, watch=watch)
    query = RecordQuery(
        RecordKind.MO, since, until, mobile, task, batch, None, not no_pull, reparse, summary, most
    )
    if not watch:
        return receive(record_session(context, batch), query)
    refuse_unwatchable(context)
    watch_records(record_session(context, batch), query, seconds, command)
    return None
