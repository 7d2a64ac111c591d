"""The options of `report` and `mo`."""

from typing import Annotated

import typer

from kxsms.completion.values import batch_ids

FILTERS = "Filters"
FETCHING = "Fetching"

Since = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Show records from TIME on: a date, a time, or an age such as 2h or 7d.",
        rich_help_panel=FILTERS,
    ),
]
Until = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Show records before TIME.", rich_help_panel=FILTERS),
]
ForMobile = Annotated[
    str | None,
    typer.Option(
        "--mobile", metavar="NUMBER", help="Show only records of this number.", rich_help_panel=FILTERS
    ),
]
ForTask = Annotated[
    str | None,
    typer.Option("--task", metavar="ID", help="Show only records of this task id.", rich_help_panel=FILTERS),
]
ForBatch = Annotated[
    str | None,
    typer.Option(
        "--batch",
        metavar="ID",
        help="Show only records of this batch.",
        autocompletion=batch_ids,
        rich_help_panel=FILTERS,
    ),
]
NoPull = Annotated[
    bool,
    typer.Option(
        "--no-pull",
        help="Show what the ledger keeps, without asking the gateway.",
        rich_help_panel=FETCHING,
    ),
]
Reparse = Annotated[
    bool,
    typer.Option(
        "--reparse",
        help="Parse all kept answers again, after a change of the config.",
        rich_help_panel=FETCHING,
    ),
]
Watch = Annotated[
    bool,
    typer.Option(
        "--watch", help="Keep asking until Ctrl-C, and show each new record.", rich_help_panel=FETCHING
    ),
]
Interval = Annotated[
    float,
    typer.Option(
        min=0.1,
        metavar="SECONDS",
        help="Wait this long between two requests. [default: 60]",
        show_default=False,
        rich_help_panel=FETCHING,
    ),
]
