"""`kxsms mo`: what people have answered."""

from typing import Annotated

import typer

from kxsms.commands.options import (
    ForBatch,
    ForMobile,
    ForTask,
    Interval,
    NoPull,
    Reparse,
    Since,
    Until,
    Watch,
    shared,
)
from kxsms.commands.sessions import record_session, refuse_unwatchable
from kxsms.context import Context
from kxsms.domain.records import RecordKind
from kxsms.domain.results import RecordsResult
from kxsms.errors import UsageError


@shared
def mo(
    context: Context,
    since: Since = None,
    until: Until = None,
    mobile: ForMobile = None,
    task: ForTask = None,
    batch: ForBatch = None,
    no_pull: NoPull = False,
    reparse: Reparse = False,
    watch: Watch = False,
    interval: Interval = 60.0,
    command: Annotated[
        str | None,
        typer.Option("--exec", metavar="CMD", help="Run this for each new reply, its JSON on stdin."),
    ] = None,
) -> RecordsResult | None:
    """Fetch the new replies from phones, keep them, and show them.

    With a filter or --no-pull it shows all that are kept.

    \b
    Examples:
      kxsms mo
      kxsms mo --no-pull --mobile 13800000000
      kxsms mo --watch -o jsonl --interval 10
      kxsms mo --watch --exec './answer.sh'
    """
    from kxsms.inbox.receive import RecordQuery, receive
    from kxsms.inbox.watch import watch as watch_records

    if command is not None and not watch:
        raise UsageError("--exec needs --watch", "run kxsms mo --watch --exec CMD")
    query = RecordQuery(RecordKind.MO, since, until, mobile, task, batch, None, not no_pull, reparse)
    if not watch:
        return receive(record_session(context), query)
    refuse_unwatchable(context)
    watch_records(record_session(context), query, interval, command)
    return None
