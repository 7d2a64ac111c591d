"""`kxsms batch`: list, show, resume, retry, settle and export what was sent."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from kxsms.commands.batch_export import export
from kxsms.commands.batch_list import list_
from kxsms.commands.layout import KxsmsCommand, show_help_alone
from kxsms.commands.options import CONFIG, GATEWAY, MASK, RESULT, SANDBOX, shared
from kxsms.commands.send_options import Again, Concurrency, PauseAfter, Rate, Retries, SkipSent
from kxsms.commands.sessions import find_batch, refuse_raw, send_session, use_profile_of
from kxsms.completion.values import batch_ids
from kxsms.context import Context
from kxsms.domain.results import BatchStatus, Facts, SendResult
from kxsms.errors import Failure, UsageError

if TYPE_CHECKING:
    from kxsms.domain.batch import Batch
    from kxsms.ledger.batches import Ledger

_MOST_EVIDENCE = 100

app = typer.Typer(
    help="List, show, resume, retry, settle and export what was sent.",
    callback=show_help_alone,
    invoke_without_command=True,
)

Name = Annotated[
    str, typer.Argument(metavar="ID", help="The id of a batch, or its beginning.", autocompletion=batch_ids)
]
Rejected = Annotated[bool, typer.Option("--rejected", help="Resend to recipients whom the gateway refused.")]
Unknown = Annotated[bool, typer.Option("--unknown", help="Resend to recipients whose outcome is unknown.")]
Failed = Annotated[
    bool, typer.Option("--failed", help="Resend to recipients whose delivery failed, as a new batch.")
]
Watch = Annotated[
    bool, typer.Option("--watch", help="Wait until all is sent and no delivery report is pending, or Ctrl-C.")
]
TakeOver = Annotated[
    bool,
    typer.Option(
        "--take-over",
        help="Resume although kxsms cannot see whether the process that sent the batch has ended.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Resend without asking.")]
Accepted = Annotated[bool, typer.Option("--accepted", help="Settle them as accepted by the gateway.")]
NotSent = Annotated[bool, typer.Option("--not-sent", help="Settle them as not sent.")]
ForOne = Annotated[
    str | None, typer.Option("--mobile", metavar="MOBILE", help="Settle this recipient alone.")
]
SettleYes = Annotated[bool, typer.Option("--yes", "-y", help="Settle without asking.")]


app.command("list", cls=KxsmsCommand)(list_)


@app.command(cls=KxsmsCommand)
@shared(SANDBOX, CONFIG, RESULT, MASK)
def show(context: Context, name: Name, watch: Watch = False) -> BatchStatus:
    """Show the outcome of a batch, and what to do next.

    With --watch, show how far it is until everything is sent and every delivery report is there: other
    commands send and fetch them. Ctrl-C ends the wait, and shows the batch as it is then.

    \b
    Examples:
      kxsms batch show 3f2a
      kxsms batch show 3f2a --watch
    """
    refuse_raw(context, "batch show")
    ledger = context.ledger(writable=False)
    batch = find_batch(context, ledger, name)
    if not watch:
        return _status(context, ledger, batch)
    interrupted = _follow(context, ledger, batch)
    return _status(context, ledger, ledger.find(batch.name))._replace(interrupted=interrupted)


def _follow(context: Context, ledger: "Ledger", batch: "Batch") -> int | None:
    """Follow a batch. Return the exit status of the signal that ended this, if one did."""
    from kxsms.interrupts import StoppedBySignal
    from kxsms.sending.follow import follow

    try:
        follow(ledger, context.console, batch)
    except StoppedBySignal as stopped:
        return stopped.status
    return None


def _status(context: Context, ledger: "Ledger", batch: "Batch") -> BatchStatus:
    reading = ledger.read()
    return BatchStatus(
        batch,
        reading.groups(batch),
        reading.delivery(batch),
        _codes_of(context, batch),
        reading.evidence(batch, _MOST_EVIDENCE),
    )


def _codes_of(context: Context, batch: "Batch") -> Mapping[str, str]:
    """Return the user's words for codes in the profile with which a batch was sent, if it still exists."""
    if context.options.sandbox or batch.profile is None or batch.profile not in context.config.tables:
        return {}
    return context.config.profile(batch.profile).codes


@app.command("resume", cls=KxsmsCommand)
@shared(GATEWAY)
def resume_(
    context: Context,
    name: Name,
    take_over: TakeOver = False,
    again: Again = False,
    skip_sent: SkipSent = False,
    rate: Rate = None,
    concurrency: Concurrency = None,
    retries: Retries = None,
    pause_after: PauseAfter = None,
) -> SendResult:
    """Send the rest of a batch.

    kxsms sends nothing that was accepted or whose outcome is unknown. Even --take-over does not take a batch
    from a process that is known to be alive.

    \b
    Example:
      kxsms batch resume 3f2a
    """
    from kxsms.sending.resume import resume, run_for

    ledger = context.ledger(writable=True)
    batch = find_batch(context, ledger, name)
    use_profile_of(context, batch)
    terms = batch.terms.with_pace(rate, concurrency, retries, pause_after)
    run = run_for(context.profile, terms)
    session = send_session(context, ledger)
    return resume(session, batch, run, again=again, skip_sent=skip_sent, take_over=take_over)


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
        raise UsageError("batch retry needs --rejected, --unknown or --failed", "give exactly one of them")
    ledger = context.ledger(writable=True)
    batch = find_batch(context, ledger, name)
    use_profile_of(context, batch)
    terms = batch.terms.with_pace(rate, concurrency, retries, pause_after)
    run = run_for(context.profile, terms)
    session = send_session(context, ledger)
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
        raise UsageError("batch settle needs --accepted or --not-sent", "give exactly one of them")
    ledger = context.ledger(writable=True)
    batch = find_batch(context, ledger, name)
    state = RequestState.ACCEPTED if accepted else RequestState.NOT_SENT
    settle(ledger, context.console, batch, state, mobile=mobile, yes=yes)
    return _status(context, ledger, ledger.find(batch.name))


app.command("export", cls=KxsmsCommand)(export)


@app.command(cls=KxsmsCommand)
@shared(SANDBOX, RESULT)
def check(context: Context) -> Facts:
    """Check that the ledger is undamaged and that its counts are right."""
    refuse_raw(context, "batch check")
    ledger = context.ledger(writable=False)
    problems = ledger.check()
    if problems:
        raise Failure(
            f"the ledger {ledger.path} is damaged", "restore it from a backup", details=problems[:20]
        )
    facts = {"ledger": str(ledger.path), "batches": str(ledger.count()), "state": "ok"}
    return Facts(facts, counts=("batches",))
