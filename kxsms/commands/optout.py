"""`kxsms optout`: list, add, remove, import and export the recipients who opted out."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kxsms.commands.layout import KxsmsCommand, KxsmsGroup, show_help_alone
from kxsms.commands.options import CONFIG, MASK, PROFILE, RESULT, SANDBOX, shared
from kxsms.commands.sessions import note_mask, refuse_raw
from kxsms.context import Context
from kxsms.domain.format import Format
from kxsms.domain.results import Export, Facts, OptOutList
from kxsms.domain.words import counted
from kxsms.errors import InputError, LimitReached, UsageError
from kxsms.language import tr

if TYPE_CHECKING:
    from kxsms.domain.opt_out import OptOut
    from kxsms.ledger.opt_outs import OptOuts

app = typer.Typer(
    cls=KxsmsGroup,
    help="List, add, remove, import and export recipients who opted out.",
    callback=show_help_alone,
    invoke_without_command=True,
)

Mobiles = Annotated[list[str], typer.Argument(metavar="MOBILE...", help="The numbers.")]
File = Annotated[
    str | None,
    typer.Argument(metavar="[FILE]", help="A file with a number per line, a CSV or a workbook; - for stdin."),
]
Reason = Annotated[str | None, typer.Option(metavar="TEXT", help="Keep a reason with the numbers.")]
SkipInvalid = Annotated[bool, typer.Option("--skip-invalid", help="Skip invalid lines.")]
FromReplies = Annotated[
    bool, typer.Option("--from-replies", help="Import from the replies that the ledger keeps.")
]
Out = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Write a new file: .csv, .xlsx or .jsonl. [default: stdout]"),
]


@app.command("list", cls=KxsmsCommand)
@shared(PROFILE, SANDBOX, CONFIG, RESULT, MASK)
def list_(context: Context) -> OptOutList:
    """List the recipients who opted out, the oldest first.

    The list is that of the profile's gateway and account, for all products. A batch skips them.
    """
    refuse_raw(context, "optout list")
    return OptOutList(_opt_outs(context, writable=False).list(), context.profile.timezone)


@app.command(cls=KxsmsCommand)
@shared(PROFILE, SANDBOX, CONFIG, MASK)
def add(context: Context, mobiles: Mobiles, reason: Reason = None) -> None:
    """Add recipients who opted out.

    \b
    Example:
      kxsms optout add 13800000000 --reason 'asked by phone'
    """
    from kxsms.domain.opt_out import by_person

    wanted, opt_outs = _normalised(mobiles), _opt_outs(context, writable=True)
    _note_added(context, opt_outs.add([by_person(wanted, reason)]), len(wanted))


@app.command(cls=KxsmsCommand)
@shared(PROFILE, SANDBOX, CONFIG, MASK)
def remove(
    context: Context,
    mobiles: Mobiles,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without asking.")] = False,
) -> None:
    """Remove recipients who agreed to get texts again.

    kxsms asks first.
    """
    wanted = _normalised(mobiles)
    numbers = counted(len(wanted), "number")
    if not yes and not context.console.confirm(
        tr("Remove {numbers} from the opt-outs", numbers=numbers), "--yes"
    ):
        raise LimitReached(tr("nothing was changed: you answered no"))
    removed = _opt_outs(context, writable=True).remove(wanted)
    context.console.note(tr("removed {numbers}", numbers=counted(removed, "number")))


@app.command("import", cls=KxsmsCommand)
@shared(PROFILE, SANDBOX, CONFIG, MASK)
def import_(
    context: Context,
    file: File = None,
    from_replies: FromReplies = False,
    reason: Reason = None,
    skip_invalid: SkipInvalid = False,
) -> None:
    """Import opt-outs from a file, or from earlier replies.

    A CSV or a workbook has a column of numbers. If any is invalid, kxsms adds none. A file that
    optout export wrote keeps its times and reasons. With --from-replies, a number that you removed
    comes back only if it opted out again.

    \b
    Examples:
      kxsms optout import complaints.xlsx --reason 'complained'
      kxsms optout import --from-replies
    """
    if (file is None) != from_replies:
        raise UsageError(
            tr("optout import needs a FILE or --from-replies"),
            tr("give one of them; - reads a list from stdin"),
        )
    if file is None:
        _refuse_file_options(reason, skip_invalid=skip_invalid)
        added = _opt_outs(context, writable=True).import_replies()
        context.console.note(tr("added {numbers}", numbers=counted(added, "number")))
        return
    from kxsms.source.number_list import open_numbers
    from kxsms.source.opt_outs import opt_outs_in

    opt_outs = _opt_outs(context, writable=True)
    with open_numbers(file, lambda: context.console.stdin, context.console.note) as numbers:
        found = 0

        def lists() -> "Iterator[Sequence[OptOut]]":
            nonlocal found
            for some in opt_outs_in(numbers, reason, context.profile.timezone):
                found += len(some)
                yield some
            if not skip_invalid:
                numbers.refuse_invalid(tr(", or use --skip-invalid to add the others"))

        added = opt_outs.add(lists())
        numbers.warn_of_invalid(context.console.warn)
    _note_added(context, added, found)


@app.command(cls=KxsmsCommand)
@shared(PROFILE, SANDBOX, CONFIG, RESULT, MASK)
def export(context: Context, out: Out = None) -> Export | Facts:
    """Write the recipients who opted out, as CSV or Excel.

    kxsms optout import reads it again.

    \b
    Examples:
      kxsms optout export > optouts.csv
      kxsms optout export --out optouts.xlsx
    """
    from datetime import datetime

    from kxsms.commands.out_file import out_file
    from kxsms.domain.opt_out import COLUMNS
    from kxsms.domain.out_file import OutFile
    from kxsms.domain.zones import zone

    refuse_raw(context, "optout export")
    is_plain = context.options.format is Format.CSV
    file = None if out is None or out == "-" else out_file(out, None, is_plain=is_plain)
    opt_outs, local = _opt_outs(context, writable=False), zone(context.profile.timezone)
    rows = (
        (mobile, datetime.fromtimestamp(since, local).isoformat(timespec="seconds"), str(source), reason)
        for mobile, since, source, reason in opt_outs.list()
        if mobile is not None  # one that was forgotten has nothing to import again
    )
    if file is None:
        note_mask(context)
        return Export(COLUMNS, rows, OutFile._field_defaults["encoding"], is_plain)
    written = context.console.write_file(file, COLUMNS, rows, opt_outs.count())
    return Facts({"file": file.path, "rows": str(written)}, counts=("rows",))


def _refuse_file_options(reason: str | None, *, skip_invalid: bool) -> None:
    """Raise UsageError for an option that only means something with a file."""
    for option, is_given in {"--reason": reason is not None, "--skip-invalid": skip_invalid}.items():
        if is_given:
            raise UsageError(tr("{option} needs a FILE", option=option), tr("remove {option}", option=option))


def _note_added(context: Context, added: int, found: int) -> None:
    known = (
        "" if added == found else tr("; {found:,} already on the list or given twice", found=found - added)
    )
    context.console.note(tr("added {numbers}{known}", numbers=counted(added, "number"), known=known))


def _opt_outs(context: Context, *, writable: bool) -> "OptOuts":
    context.check_account()
    return context.ledger(writable=writable).opt_outs(context.profile)


def _normalised(mobiles: Iterable[str]) -> list[str]:
    """Return each number once, as 11 digits. Raise InputError for an invalid one."""
    from kxsms.domain.mobile import InvalidMobile, normalise

    found: dict[str, None] = {}
    for mobile in mobiles:
        try:
            found[normalise(mobile)] = None
        except InvalidMobile as reason:
            is_file = mobile == "-" or Path(mobile).is_file()
            read = tr(
                "run kxsms optout import {mobile} for the numbers of a file", mobile=shlex.quote(mobile)
            )
            hint = read if is_file else tr("use a number such as 13800000000")
            raise InputError(f"{mobile!r} {reason}", hint) from None
    return list(found)
