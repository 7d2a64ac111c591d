"""`kxsms forget`: remove one number from everything that kxsms keeps."""

from pathlib import Path
from typing import Annotated

import typer

from kxsms.commands.options import CONFIG, RESULT, SANDBOX, shared
from kxsms.commands.sessions import refuse_raw
from kxsms.context import Context
from kxsms.domain.forgetting import ForgetResult
from kxsms.errors import InputError
from kxsms.language import tr


@shared(SANDBOX, CONFIG, RESULT, ("log_file",))
def forget(
    context: Context,
    mobile: Annotated[str, typer.Argument(metavar="MOBILE", help="The number.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be removed, and change nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without asking.")] = False,
) -> ForgetResult:
    """Remove a number, its texts, replies and values for good.

    kxsms removes them from batches, reports, replies, the gateway's answers and the log that --log-file
    names. It sends nothing more to the number from earlier batches. It keeps a keyed hash, so that it still
    recognises the number: an opt-out, and what was sent in the last 7 days, count. Exports and backups that
    were made earlier stay as they are. See kxsms help privacy.

    \b
    Examples:
      kxsms forget 13800000000 --dry-run
      kxsms forget 13800000000 --yes --log-file kxsms.log
    """
    from kxsms.domain.mobile import InvalidMobile, masked_mobile, normalise
    from kxsms.sending.forget import forget as forget_number
    from kxsms.source.log_file import mask_in_log

    refuse_raw(context, "forget")
    try:
        number = normalise(mobile)
    except InvalidMobile as reason:
        raise InputError(f"{mobile!r} {reason}", tr("use a number such as 13800000000")) from None
    log = context.options.log_file

    def mask_log(only_count: bool) -> int:
        return 0 if log is None else mask_in_log(Path(log).expanduser(), number, dry_run=only_count)

    ledger = context.ledger(writable=not dry_run)
    forgot = forget_number(ledger.forgetting(number), mask_log, context.console, dry_run=dry_run, yes=yes)
    return ForgetResult(masked_mobile(number), dry_run, forgot)
