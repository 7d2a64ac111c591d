"""The options of `send`, some of which `batch resume` and `batch retry` have too."""

from typing import Annotated

import typer

from kxsms.domain.profile import Profile

_TEXT = "Text"
_RECIPIENTS = "Recipients and files"
_LIMITS = "Limits"
_PACE = "Pace"
_REPETITION = "Sending again"

Mobiles = Annotated[list[str] | None, typer.Argument(metavar="[MOBILE]...", help="Send to these numbers.")]
Message = Annotated[
    str | None,
    typer.Option(
        "--message",
        "-m",
        metavar="TEXT",
        help="Send this text; with --csv, {column} stands for the row's value.",
        rich_help_panel=_TEXT,
    ),
]
MessageFile = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Read the text from a file; - for stdin.", rich_help_panel=_TEXT),
]
Signature = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Put 【NAME】 in front of a text without a signature. [default: the profile's]",
        rich_help_panel=_TEXT,
    ),
]
Extno = Annotated[
    str | None,
    typer.Option(
        metavar="N",
        help="Send with this extension number, digits only. [default: the profile's]",
        rich_help_panel=_TEXT,
    ),
]
Csv = Annotated[
    str | None,
    typer.Option(
        "--csv",
        metavar="FILE",
        help="Send to each row of a CSV file; - for stdin.",
        rich_help_panel=_RECIPIENTS,
    ),
]
ToFile = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Send to the numbers in a file, one per line; - for stdin.",
        rich_help_panel=_RECIPIENTS,
    ),
]
MobileColumn = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Take the numbers from this column. [default: found by its name, such as mobile or 手机号]",
        rich_help_panel=_RECIPIENTS,
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="Read the CSV in this encoding. [default: detected]", rich_help_panel=_RECIPIENTS
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        metavar="C", help="Separate the CSV's fields at C. [default: detected]", rich_help_panel=_RECIPIENTS
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="Use only the first N rows of the CSV.", rich_help_panel=_RECIPIENTS
    ),
]
SkipInvalid = Annotated[
    bool,
    typer.Option("--skip-invalid", help="Skip invalid numbers and rows.", rich_help_panel=_RECIPIENTS),
]
AllowDuplicates = Annotated[
    bool,
    typer.Option(
        "--allow-duplicates",
        help="Send a text to a number as often as both are listed.",
        rich_help_panel=_RECIPIENTS,
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Check everything and show what would be sent; send nothing.",
        rich_help_panel=_LIMITS,
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Send without asking.", rich_help_panel=_LIMITS)]
MaxCost = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        help="Send nothing if more than N messages would be billed.",
        rich_help_panel=_LIMITS,
    ),
]
Rate = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        help=f"Send at most N requests per second; 0 for no limit. [default: the profile's, {Profile.rate}]",
        rich_help_panel=_PACE,
    ),
]
Concurrency = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=256,
        metavar="N",
        help=f"Send at most N requests at a time. [default: the profile's, {Profile.concurrency}]",
        rich_help_panel=_PACE,
    ),
]
Retries = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="Retry a request up to N times when the gateway definitely did not accept it.",
        show_default=True,
        rich_help_panel=_PACE,
    ),
]
PauseAfter = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="Pause after N equal failures in a row; 0 for never.",
        show_default=True,
        rich_help_panel=_PACE,
    ),
]
Again = Annotated[
    bool,
    typer.Option(
        "--again",
        help="Send the same text again to recipients who were already sent it.",
        rich_help_panel=_REPETITION,
    ),
]
SkipSent = Annotated[
    bool,
    typer.Option(
        "--skip-sent",
        help="Skip recipients who were sent the same text in the last 7 days.",
        rich_help_panel=_REPETITION,
    ),
]
Key = Annotated[
    str | None,
    typer.Option(
        "--idempotency-key",
        metavar="KEY",
        help="Send at most once per KEY, however often the command runs.",
        rich_help_panel=_REPETITION,
    ),
]
