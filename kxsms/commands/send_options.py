"""The options of `send`, some of which `batch resume` and `batch retry` have too."""

from functools import partial
from typing import Annotated, Literal

import typer

from kxsms.domain.profile import Profile

# The sections of the help.
_text = partial(typer.Option, rich_help_panel="Text")
_recipients = partial(typer.Option, rich_help_panel="Recipients")
_file = partial(typer.Option, rich_help_panel="Reading the file")
_limit = partial(typer.Option, rich_help_panel="Limits")
_pace = partial(typer.Option, rich_help_panel="Pace")
_repetition = partial(typer.Option, rich_help_panel="Sending again")

Mobiles = Annotated[list[str] | None, typer.Argument(metavar="[MOBILE]...", help="Send to these numbers.")]
Message = Annotated[
    str | None,
    _text(
        "--message",
        "-m",
        metavar="TEXT",
        help="Send this text; with --csv, {column} stands for the row's value.",
    ),
]
MessageFile = Annotated[str | None, _text(metavar="FILE", help="Read the text from a file; - for stdin.")]
Signature = Annotated[
    str | None,
    _text(
        metavar="NAME", help="Put 【NAME】 in front of a text without a signature. [default: the profile's]"
    ),
]
Extno = Annotated[
    str | None,
    _text(metavar="N", help="Send with this extension number, digits only. [default: the profile's]"),
]
LiteralText = Annotated[
    bool,
    _text(
        "--literal",
        help="Send text that looks like a placeholder unchanged; with --csv, kxsms still fills {column}.",
    ),
]
TrustValues = Annotated[
    bool,
    _text("--trust-values", help="Send values that look damaged, such as #N/A, unchanged."),
]
Csv = Annotated[
    str | None,
    _recipients("--csv", metavar="FILE", help="Send to each row of a CSV or workbook; - for stdin."),
]
ToFile = Annotated[
    str | None, _recipients(metavar="FILE", help="Send to the numbers in a file, one per line; - for stdin.")
]
MobileColumn = Annotated[
    str | None,
    _file(
        metavar="NAME",
        help="Take the numbers from this column. [default: found by its name, such as mobile or 手机号]",
    ),
]
Encoding = Annotated[
    str | None, _file(metavar="NAME", help="Read the CSV in this encoding. [default: detected]")
]
Delimiter = Annotated[
    str | None, _file(metavar="C", help="Separate the CSV's fields at C. [default: detected]")
]
HeaderRow = Annotated[
    int | None,
    _file(
        min=0,
        metavar="N",
        help="Take the names of the columns from line N of the file, and ignore the lines above; 0 if no line"
        " names them. [default: the first line that is not blank]",
    ),
]
SheetName = Annotated[
    str | None,
    _file(
        "--sheet", metavar="NAME|N", help="Read this sheet of a workbook. [default: the one with the numbers]"
    ),
]
HiddenRows = Annotated[
    Literal["send", "skip"] | None,
    _file("--hidden-rows", help="Send to the hidden rows of an .xlsx workbook too, or skip them."),
]
Limit = Annotated[int | None, _recipients(min=1, metavar="N", help="Use only the first N rows of the file.")]
SkipInvalid = Annotated[bool, _recipients("--skip-invalid", help="Skip invalid numbers and rows.")]
AllowDuplicates = Annotated[
    bool, _recipients("--allow-duplicates", help="Send a text once for each time that its number is listed.")
]
Exclude = Annotated[
    list[str] | None,
    _recipients(
        "--exclude",
        metavar="FILE",
        help="Skip the numbers in a list, CSV or workbook; - for stdin. May be repeated.",
    ),
]
IncludeOptedOut = Annotated[
    bool, _recipients("--include-opted-out", help="Send also to recipients who opted out; kxsms asks first.")
]
DryRun = Annotated[
    bool, _limit("--dry-run", help="Check everything and show what would be sent; send nothing.")
]
Out = Annotated[
    str | None,
    _limit(
        metavar="FILE",
        help="With --dry-run: write every number and text to a new .csv, .xlsx or .jsonl file.",
    ),
]
Yes = Annotated[bool, _limit("--yes", "-y", help="Send without asking.")]
MaxCost = Annotated[
    int | None, _limit(min=0, metavar="N", help="Send nothing if more than N messages would be billed.")
]
TestTo = Annotated[
    str | None,
    _limit(metavar="MOBILE", help="Send the text of the first row to this number alone, as a test."),
]
IgnoreBalance = Annotated[
    bool, _limit("--ignore-balance", help="Skip the check of the balance before a batch.")
]
WindowOption = Annotated[
    str | None,
    _limit(
        "--window",
        metavar="HH:MM-HH:MM",
        help="Send in these hours only; 00:00-24:00 for any hour. [default: the profile's]",
    ),
]
AtOption = Annotated[
    str | None,
    _limit(
        "--at",
        metavar="TIME",
        help="Send later: at a time such as '2026-11-27 10:00', 10:00, 'tomorrow 10:00' or +2h.",
    ),
]
Wait = Annotated[
    bool,
    _limit("--wait", help="Wait for the time of --at and for the hours of --window, then send."),
]
CapOption = Annotated[
    str | None,
    _limit(
        "--cap",
        metavar="N/PERIOD",
        help="Send at most N texts to a number in PERIOD, such as 3/24h or 10/7d. [default: the profile's]",
    ),
]
Rate = Annotated[
    int | None,
    _pace(
        min=0,
        metavar="N",
        help=f"Send at most N requests per second; 0 for no limit. [default: the profile's, {Profile.rate}]",
    ),
]
Concurrency = Annotated[
    int | None,
    _pace(
        min=1,
        max=256,
        metavar="N",
        help=f"Send at most N requests at a time. [default: the profile's, {Profile.concurrency}]",
    ),
]
Retries = Annotated[
    int | None,
    _pace(
        min=0,
        metavar="N",
        help="Retry a request up to N times when the gateway definitely did not accept it. [default: 5]",
    ),
]
PauseAfter = Annotated[
    int | None,
    _pace(min=0, metavar="N", help="Pause after N equal failures in a row; 0 for never. [default: 10]"),
]
Again = Annotated[
    bool, _repetition("--again", help="Send even to recipients who were already sent the same text.")
]
SkipSent = Annotated[
    bool, _repetition("--skip-sent", help="Skip recipients who were sent the same text in the last 7 days.")
]
Key = Annotated[
    str | None,
    _repetition(
        "--idempotency-key", metavar="KEY", help="Send at most once per KEY, however often the command runs."
    ),
]
