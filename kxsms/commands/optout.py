"""`kxsms optout`: list, add, remove and import the recipients who opted out."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from kxsms.commands.layout import KxsmsCommand, show_help_alone
from kxsms.commands.options import CONFIG, MASK, PROFILE, RESULT, SANDBOX, shared
from kxsms.commands.sessions import refuse_raw
from kxsms.context import Context
from kxsms.domain.results import OptOutList
from kxsms.domain.words import counted
from kxsms.errors import InputError, LimitReached, UsageError

if TYPE_CHECKING:
    from kxsms.ledger.opt_outs import OptOuts

app = typer.Typer(
    help="List, add, remove and import recipients who opted out.",
    callback=show_help_alone,
    invoke_without_command=True,
)

Mobiles = Annotated[list[str], typer.Argument(metavar="MOBILE…", help="The numbers.")]


@app.command("list", cls=KxsmsCommand)
@shared(PROFILE, SANDBOX, CONFIG, RESULT, MASK)
def list_(context: Context) -> OptOutList:
    """List the recipients who opted out, the oldest first.

    The list is that of the profile's gateway and account, for all products. kxsms send does not read it yet.
    """
    refuse_raw(context, "optout list")
    return OptOutList(_opt_outs(context, writable=False).list(), context.profile.timezone)


@app.command(cls=KxsmsCommand)
@shared(PROFILE, SANDBOX, CONFIG, MASK)
def add(
    context: Context,
    mobiles: Mobiles,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Keep a reason with them.")] = None,
) -> None:
    """Add recipients who opted out.

    \b
    Example:
      kxsms optout add 13800000000 --reason 'asked by phone'
    """
    wanted = _normalised(mobiles)
    added = _opt_outs(context, writable=True).add(wanted, reason)
    context.console.note(f"added {counted(added, 'number')}")


@app.command(cls=KxsmsCommand)
@shared(PROFILE, SANDBOX, CONFIG, MASK)
def remove(
    context: Context,
    mobiles: Mobiles,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without asking.")] = False,
) -> None:
    """Remove recipients who opted out, because they agreed to get texts again. kxsms asks first."""
    wanted = _normalised(mobiles)
    numbers = counted(len(wanted), "number")
    if not yes and not context.console.confirm(f"Remove {numbers} from the opt-outs", "--yes"):
        raise LimitReached("nothing was changed: you answered no")
    removed = _opt_outs(context, writable=True).remove(wanted)
    context.console.note(f"removed {counted(removed, 'number')}")


@app.command("import", cls=KxsmsCommand)
@shared(PROFILE, SANDBOX, CONFIG, MASK)
def import_(
    context: Context,
    from_replies: Annotated[
        bool, typer.Option("--from-replies", help="Import from the replies that the ledger keeps.")
    ] = False,
) -> None:
    """Import opt-outs from the replies that kxsms fetched earlier.

    A number that you removed comes back only if it opted out again.
    """
    if not from_replies:
        raise UsageError("optout import needs --from-replies", "use --from-replies")
    added = _opt_outs(context, writable=True).import_replies()
    context.console.note(f"added {counted(added, 'number')}")


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
            raise InputError(f"{mobile!r} {reason}", "use a number such as 13800000000") from None
    return list(found)
