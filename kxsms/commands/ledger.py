"""`kxsms ledger`: show the ledger and who uses it, or copy it to another place."""

from typing import Annotated

import typer

from kxsms.commands.layout import KxsmsCommand, KxsmsGroup, show_help_alone
from kxsms.commands.options import CONFIG, RESULT, SANDBOX, shared
from kxsms.commands.sessions import refuse_raw
from kxsms.context import Context
from kxsms.domain.ledger_info import LedgerInfo
from kxsms.domain.results import Facts
from kxsms.errors import UsageError
from kxsms.language import tr

app = typer.Typer(
    cls=KxsmsGroup,
    help="Show the ledger and who uses it, or copy it to another place.",
    callback=show_help_alone,
    invoke_without_command=True,
)


@app.command(cls=KxsmsCommand)
@shared(SANDBOX, CONFIG, RESULT)
def info(context: Context) -> LedgerInfo:
    """Show where the ledger is, and who uses it.

    Show its engine, place, version and size, and how many batches it has. In PostgreSQL also show each
    process that sends or receives, on every host, with the seconds that are left of its lease.

    \b
    Examples:
      kxsms ledger info
      kxsms ledger info -o json | jq '.runners[] | select(.alive)'
    """
    refuse_raw(context, "ledger info")
    from kxsms.ledger.inspection import ledger_info

    found = ledger_info(context.place_to_open, context.origins)
    if not found.is_there:
        what = tr("there is no ledger in {place} yet: the first send creates it", place=found.place)
        context.console.note(what)
    return found


@app.command(cls=KxsmsCommand)
@shared(SANDBOX, CONFIG, RESULT)
def copy(
    context: Context,
    to: Annotated[
        str | None,
        typer.Option(metavar="URL|FILE", help="Copy to an empty schema in PostgreSQL, or to a new file."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Copy without asking.")] = False,
) -> Facts:
    """Copy the ledger to another place.

    kxsms copies everything that the ledger keeps, and then compares every row. Stop everything that sends or
    receives first. As soon as the copy begins, kxsms only reads the old ledger; it uses the new one only when
    all rows are equal. So no text is sent from both. If the command is interrupted, run it again: it resumes
    the copy. It asks first.

    \b
    Examples:
      kxsms ledger copy --to 'postgresql://kxsms@db.example.com/sms'
      kxsms ledger copy --to ~/ledger.sqlite3 --yes
    """
    refuse_raw(context, "ledger copy")
    if to is None:
        raise UsageError(tr("ledger copy needs --to URL or --to FILE"), tr("use kxsms ledger copy --help"))
    from kxsms.ledger.copying import LedgerCopy
    from kxsms.sending.ledger_copy import copy_ledger

    places = context.ledger_places
    target = places.to_open(places.other(to, sandbox=context.options.sandbox))
    copying = LedgerCopy(context.place_to_open, target, context.origins)
    return copy_ledger(context.enter(copying), context.console, context.console.meter(), yes=yes)
