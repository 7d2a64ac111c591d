"""`kxsms batch`: list, run, resume, retry, cancel, settle, export and prune batches."""

from typing import Annotated

import typer

from kxsms.commands.batch_cancel import cancel
from kxsms.commands.batch_export import export
from kxsms.commands.batch_list import list_
from kxsms.commands.batch_prune import prune
from kxsms.commands.batch_report import report
from kxsms.commands.batch_run import run
from kxsms.commands.batch_show import show
from kxsms.commands.batch_status import Name, status_of
from kxsms.commands.layout import KxsmsCommand, KxsmsGroup, show_help_alone
from kxsms.commands.options import CONFIG, GATEWAY, MASK, RESULT, SANDBOX, shared
from kxsms.commands.send_options import Again, Concurrency, IgnoreBalance, PauseAfter, Rate, Retries, SkipSent
from kxsms.commands.sessions import find_unpruned, refuse_raw, send_session, use_profile_of
from kxsms.context import Context
from kxsms.domain.results import BatchStatus, Facts, SendResult
from kxsms.errors import Failure, UsageError
from kxsms.language import tr

app = typer.Typer(
    cls=KxsmsGroup,
    help="List, run, resume, retry, cancel, export and prune batches.",
    callback=show_help_alone,
    invoke_without_command=True,
)

Rejected = Annotated[bool, typer.Option("--rejected", help="Resend to recipients whom the gateway refused.")]
Unknown = Annotated[bool, typer.Option("--unknown", help="Resend to recipients whose outcome is unknown.")]
Failed = Annotated[
    bool, typer.Option("--failed", help="Resend to recipients whose delivery failed, as a new batch.")
]
TakeOver = Annotated[
    bool,
    typer.Option(
        "--take-over",
        help="Resume although kxsms cannot see whether the process that sent the batch has ended.",
    ),
]
Join = Annotated[
    bool,
    typer.Option(
        "--join",
        help="Send the batch together with the processes that send it now. Needs a ledger in PostgreSQL.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Resend without asking.")]
ResumeYes = Annotated[
    bool,
    typer.Option("--yes", "-y", help="Change nothing: resume never asks. Scripts may give it all the same."),
]
Accepted = Annotated[bool, typer.Option("--accepted", help="Settle them as accepted by the gateway.")]
NotSent = Annotated[bool, typer.Option("--not-sent", help="Settle them as not sent.")]
ForOne = Annotated[
    str | None, typer.Option("--mobile", metavar="MOBILE", help="Settle this recipient alone.")
]
SettleYes = Annotated[bool, typer.Option("--yes", "-y", help="Settle without asking.")]


app.command("list", cls=KxsmsCommand)(list_)
app.command("show", cls=KxsmsCommand)(show)


@app.command("resume", cls=KxsmsCommand)
@shared(GATEWAY)
def resume_(
    context: Context,
    name: Name,
    take_over: TakeOver = False,
    join: Join = False,
    yes: ResumeYes = False,
    again: Again = False,
    skip_sent: SkipSent = False,
    ignore_balance: IgnoreBalance = False,
    rate: Rate = None,
    concurrency: Concurrency = None,
    retries: Retries = None,
    pause_after: PauseAfter = None,
) -> SendResult:
    """Send the rest of a batch.

    kxsms sends nothing that was accepted or whose outcome is unknown. Even --take-over does not take a batch
    from a process that is known to be alive.

    With --join, several hosts send one batch. The rate is that of all of them together. Each stays until
    nothing is left to send.

    \b
    Examples:
      kxsms batch resume 3f2a
      kxsms batch resume 3f2a --join
    """
    from kxsms.sending.resume import resume, run_for

    ledger = context.ledger(writable=True)
    if join and not ledger.is_shared:
        raise UsageError(
            tr(
                "--join needs a ledger in PostgreSQL, which several hosts share; this one is {path}",
                path=ledger.shown,
            ),
            tr("leave out --join, or run kxsms help hosts"),
        )
    batch = find_unpruned(context, ledger, name)
    use_profile_of(context, batch)
    terms = batch.terms.with_pace(rate, concurrency, retries, pause_after)
    batch = batch._replace(terms=terms._replace(ignores_balance=ignore_balance or terms.ignores_balance))
    run = run_for(context.profile, terms)
    session = send_session(context, ledger, terms)
    return resume(session, batch, run, again=again, skip_sent=skip_sent, take_over=take_over, joins=join)


@app.command("retry", cls=KxsmsCommand)
@shared(GATEWAY)
def retry_(
    context: Context,
    name: Name,
    rejected: Rejected = False,
    unknown: Unknown = False,
    failed: Failed = False,
    yes: Yes = False,
    again: Again = False,
    ignore_balance: IgnoreBalance = False,
    rate: Rate = None,
    concurrency: Concurrency = None,
    retries: Retries = None,
    pause_after: PauseAfter = None,
) -> SendResult:
    """Resend to refused, unknown or failed recipients.

    Where the outcome is unknown, recipients may get the text twice: kxsms asks first. It also asks before
    --failed, which makes a new batch. It does not ask before --rejected. Each recipient whose delivery failed
    is retried in one batch only: the same command again shows its outcome. To retry recipients whose delivery
    failed again, give the ID of that batch.

    \b
    Examples:
      kxsms batch retry 3f2a --rejected
      kxsms batch retry 3f2a --unknown --yes
      kxsms batch retry 3f2a --failed
    """
    from kxsms.sending.resume import retry, run_for
    from kxsms.sending.retry_failed import retry_failed

    if rejected + unknown + failed != 1:
        raise UsageError(
            tr("batch retry needs --rejected, --unknown or --failed"), tr("give exactly one of them")
        )
    ledger = context.ledger(writable=True)
    batch = find_unpruned(context, ledger, name)
    use_profile_of(context, batch)
    terms = batch.terms.with_pace(rate, concurrency, retries, pause_after)
    batch = batch._replace(terms=terms._replace(ignores_balance=ignore_balance or terms.ignores_balance))
    run = run_for(context.profile, terms)
    session = send_session(context, ledger, terms)
    if failed:
        return retry_failed(session, batch, run, yes=yes, again=again)
    return retry(session, batch, run, unknown=unknown, yes=yes, again=again)


@app.command("settle", cls=KxsmsCommand)
@shared(SANDBOX, CONFIG, RESULT, MASK)
def settle_(
    context: Context,
    name: Name,
    accepted: Accepted = False,
    not_sent: NotSent = False,
    mobile: ForOne = None,
    yes: SettleYes = False,
) -> BatchStatus:
    """Decide about recipients whose outcome is unknown.

    batch show lists the delivery reports that may be about them. kxsms asks before it settles
    them. Run batch resume to send to those that you settled as not sent.

    \b
    Examples:
      kxsms batch settle 3f2a --accepted
      kxsms batch settle 3f2a --not-sent --mobile 13800000000 --yes
    """
    from kxsms.domain.states import RequestState
    from kxsms.sending.settle import settle

    refuse_raw(context, "batch settle")
    if accepted == not_sent:
        raise UsageError(tr("batch settle needs --accepted or --not-sent"), tr("give exactly one of them"))
    ledger = context.ledger(writable=True)
    batch = find_unpruned(context, ledger, name)
    state = RequestState.ACCEPTED if accepted else RequestState.NOT_SENT
    settle(ledger, context.console, batch, state, mobile=mobile, yes=yes)
    return status_of(context, ledger, ledger.find(batch.name))


app.command("run", cls=KxsmsCommand)(run)
app.command("cancel", cls=KxsmsCommand)(cancel)
app.command("export", cls=KxsmsCommand)(export)
app.command("report", cls=KxsmsCommand)(report)
app.command("prune", cls=KxsmsCommand)(prune)


@app.command(cls=KxsmsCommand)
@shared(SANDBOX, CONFIG, RESULT)
def check(context: Context) -> Facts:
    """Check that the ledger is undamaged and that its counts are right."""
    refuse_raw(context, "batch check")
    ledger = context.ledger(writable=False)
    problems = ledger.check()
    if problems:
        raise Failure(
            tr("the ledger {path} is damaged", path=ledger.shown),
            tr("restore it from a backup"),
            details=problems[:20],
        )
    facts = {"ledger": ledger.shown, "batches": str(ledger.count()), "state": "ok"}
    return Facts(facts, counts=("batches",))
