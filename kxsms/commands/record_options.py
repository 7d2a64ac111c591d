"""The options of `report` and `mo`."""

from functools import partial
from math import isnan
from typing import Annotated

import typer

from kxsms.completion.values import batch_ids
from kxsms.context import Context
from kxsms.domain.format import Format
from kxsms.errors import UsageError
from kxsms.language import tr

_INTERVAL_SECONDS = 60.0
_MOST_ON_TERMINAL = 50
"""Records that a terminal shows one by one: of more, the first would be out of sight."""

# The sections of the help.
filter_option = partial(typer.Option, rich_help_panel="Filters")
figures_option = partial(typer.Option, rich_help_panel="Figures")
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
Summary = Annotated[
    bool,
    figures_option("--summary", help="Show figures by state, code and batch instead of the records."),
]
All = Annotated[
    bool,
    figures_option(
        "--all",
        help=f"Show every record on a terminal, also where there are more than {_MOST_ON_TERMINAL}.",
    ),
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
        raise UsageError(
            tr("--interval needs --watch"),
            tr("run kxsms {command} --watch --interval {seconds:g}", command=command, seconds=seconds),
        )
    if seconds is not None and isnan(seconds):
        raise UsageError(
            tr("--interval must be a number, not nan"), tr("run kxsms {command} --help", command=command)
        )
    return _INTERVAL_SECONDS if seconds is None else seconds


def most_of(context: Context, command: str, *, summary: bool, every: bool, watch: bool) -> int | None:
    """Return how many records are shown one by one, None for any number.

    Raise UsageError for a summary together with an option that shows each record.
    """
    shown = context.options.format
    if summary and watch:
        raise UsageError(
            tr("--summary does not work with --watch"),
            tr("run kxsms {command} --summary from cron", command=command),
        )
    if summary and every:
        raise UsageError(tr("--summary and --all contradict each other"), tr("use one of them"))
    if summary and shown.is_raw:
        raise UsageError(
            tr("--summary has no {shown} output", shown=shown), tr("use -o table, json, jsonl or csv")
        )
    is_for_people = shown is Format.TABLE and context.console.stdout_is_terminal
    return _MOST_ON_TERMINAL if is_for_people and not every else None
