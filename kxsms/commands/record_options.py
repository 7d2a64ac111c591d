"""The options of `report` and `mo`."""

from functools import partial
from math import isnan
from typing import Annotated

import typer

from kxsms.completion.values import batch_ids
from kxsms.errors import UsageError

_INTERVAL_SECONDS = 60.0

# The sections of the help.
filter_option = partial(typer.Option, rich_help_panel="Filters")
fetch_option = partial(typer.Option, rich_help_panel="Fetching")

Since = Annotated[
    str | None,
    filter_option(
        metavar="TIME", help="Show records from TIME on: a date, a time, or an age such as 2h or 7d."
    ),
]
Until = Annotated[str | None, filter_option(metavar="TIME", help="Show records before TIME.")]
ForMobile = Annotated[
    str | None, filter_option("--mobile", metavar="NUMBER", help="Show only records of this number.")
]
ForTask = Annotated[
    str | None, filter_option("--task", metavar="ID", help="Show only records of this task id.")
]
ForBatch = Annotated[
    str | None,
    filter_option("--batch", metavar="ID", help="Show only records of this batch.", autocompletion=batch_ids),
]
NoPull = Annotated[
    bool, fetch_option("--no-pull", help="Show what the ledger keeps, without asking the gateway.")
]
Reparse = Annotated[
    bool, fetch_option("--reparse", help="Parse all kept answers again, after a change of the config.")
]
Watch = Annotated[bool, fetch_option("--watch", help="Keep asking until Ctrl-C, and show each new record.")]
Exec = Annotated[
    str | None,
    fetch_option(
        "--exec",
        metavar="COMMAND",
        help="With --watch, run this command for each new record, its JSON on stdin.",
    ),
]
Interval = Annotated[
    float | None,
    fetch_option(
        min=0.1,
        max=86_400,
        metavar="SECONDS",
        help=f"Wait this long between two requests. [default: {_INTERVAL_SECONDS:g}]",
        show_default=False,
    ),
]


def interval_of(seconds: float | None, command: str, *, watch: bool) -> float:
    """Return the time between two requests. Raise UsageError for an unusable one."""
    if seconds is not None and not watch:
        raise UsageError("--interval needs --watch", f"run kxsms {command} --watch --interval {seconds:g}")
    if seconds is not None and isnan(seconds):
        raise UsageError("--interval must be a number, not nan", f"run kxsms {command} --help")
    return _INTERVAL_SECONDS if seconds is None else seconds
