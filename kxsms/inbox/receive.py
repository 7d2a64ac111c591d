"""What `report` and `mo` share: fetching what is new, and showing what is wanted."""

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from kxsms.context import Context
from kxsms.domain.format import Format
from kxsms.domain.mobile import InvalidMobile, normalise
from kxsms.domain.records import DeliveryState, FetchFailure, MoReply, RecordFilter, RecordKind
from kxsms.domain.results import RecordsResult
from kxsms.domain.times import read_moment, zone
from kxsms.errors import InputError, Refused, UsageError
from kxsms.inbox.fetch import Fetch, FetchResult

if TYPE_CHECKING:
    from kxsms.ledger.answers import KeptAnswers
    from kxsms.ledger.batches import Ledger

_LONGEST_WAIT = 300.0


class RecordQuery(NamedTuple):
    """What is asked for, as it was typed."""

    kind: RecordKind
    since: str | None = None
    until: str | None = None
    mobile: str | None = None
    task: str | None = None
    batch: str | None = None
    state: DeliveryState | None = None
    pull: bool = True
    reparse: bool = False


def receive(context: Context, asked: RecordQuery) -> RecordsResult:
    """Fetch what is new, and show it; or, with a filter, show what the ledger has.

    Raises Refused or NoAnswer; what came before is kept.
    """
    ledger = context.ledger(writable=True)
    ledger.settle_orphans()
    inbox = ledger.answers(context.profile)
    wanted = _wanted(context, ledger, asked)
    pulled = _pull(context, inbox, asked)
    if pulled.ending is not None and not (pulled.numbers or pulled.news):
        raise pulled.ending
    ending = None
    if pulled.ending is not None:
        is_refusal = isinstance(pulled.ending, Refused)
        ending = FetchFailure(pulled.ending.message, pulled.ending.hint, is_refusal)
    if context.options.format.is_raw:
        for body in pulled.ending.bodies if pulled.ending is not None else ():
            context.body_came(body)
        bodies = () if asked.pull else inbox.bodies(asked.kind)
        return RecordsResult(asked.kind, (), pulled.news, ending, bodies)
    shows_all = not asked.pull or not wanted.is_all
    records = inbox.records(asked.kind, wanted, among=None if shows_all else pulled.numbers)
    return RecordsResult(asked.kind, records, pulled.news, ending)


def _wanted(context: Context, ledger: "Ledger", asked: RecordQuery) -> RecordFilter:
    local = zone(context.profile.timezone)
    return RecordFilter(
        since=_moment(asked.since, "--since", local),
        until=_moment(asked.until, "--until", local),
        mobile=_mobile(asked.mobile),
        task=asked.task,
        batch=ledger.find(asked.batch).id if asked.batch is not None else None,
        state=asked.state,
    )


def _moment(text: str | None, option: str, local: tzinfo) -> float | None:
    if text is None:
        return None
    try:
        return read_moment(text, datetime.now(local), local).timestamp()
    except ValueError as reason:
        raise UsageError(
            f"{option} {text!r}: {reason}", "such as 2026-11-22, '2026-11-22 10:00', 2h, 7d"
        ) from None


def _mobile(text: str | None) -> str | None:
    try:
        return normalise(text) if text is not None else None
    except InvalidMobile as reason:
        raise InputError(f"{text!r} {reason}", "--mobile wants a number such as 13800000000") from None


def _pull(
    context: Context, inbox: "KeptAnswers", asked: RecordQuery, *, waiting: bool = False, told: bool = False
) -> FetchResult:
    """Fetch what is new, unless only the ledger is asked. `told`: what is of before has been said."""
    fetching = Fetch(asked.kind, context.gateway, inbox, waiting=waiting)
    fetching.reread(everything=asked.reparse)
    if asked.pull:
        fetching.fetch(context.body_came)
    pulled = fetching.result()
    for batch, count in pulled.settled.items():
        context.console.note(
            f"batch {batch}: {count:,} of whom nobody knew were sent to, as a delivery report shows"
        )
    if pulled.still and not told:
        answers = "1 answer" if pulled.still == 1 else f"{pulled.still:,} answers"
        context.console.note(f"{answers} of before still cannot be read, and kept")
    return pulled


def watch(context: Context, asked: RecordQuery, interval: float, command: str | None) -> None:
    """Show each new record as a line as it comes, until interrupted or until nobody reads.

    A gateway that is away is waited for, ever longer, and told of once. `command` is run for each reply.
    """
    if context.options.format not in (Format.JSONL, Format.TABLE):
        raise UsageError(f"--watch has no {context.options.format} output", "-o jsonl")
    ledger = context.ledger(writable=True)
    ledger.settle_orphans()
    inbox = ledger.answers(context.profile)
    wanted = _wanted(context, ledger, asked)
    arguments = _arguments(command) if command is not None else None
    wait, is_away, is_first = interval, False, True
    while True:
        pulled = _pull(context, inbox, asked, waiting=arguments is not None, told=not is_first)
        is_first = False
        for answer in pulled.news:
            context.console.warn(f"an answer could not be read, and is kept: {answer.problem}")
        for record in inbox.records(asked.kind, wanted, among=pulled.numbers):
            context.show_record(record)
        if isinstance(pulled.ending, Refused):
            raise pulled.ending
        if pulled.ending is not None:
            if not is_away:
                context.console.warn(f"{pulled.ending.message}; waiting for it")
            wait, is_away = min(wait * 2, max(_LONGEST_WAIT, interval)), True
        else:
            if is_away:
                context.console.note("the gateway is back")
            wait, is_away = interval, False
        if arguments is not None:
            _run_for_each(context, inbox, arguments)
        if not context.console.wait(wait):
            return


def _arguments(command: str) -> list[str]:
    """A command's words. Raises UsageError."""
    import shlex

    try:
        arguments = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--exec {command!r}: {error}") from None
    if not arguments:
        raise UsageError("--exec names no command")
    return arguments


def _run_for_each(context: Context, inbox: "KeptAnswers", arguments: list[str]) -> None:
    """Run a command for every reply that waits for it, one at a time; one that fails has to wait longer."""
    import subprocess

    for number, reply in inbox.waiting():
        assert isinstance(reply, MoReply)
        try:
            status = subprocess.run(arguments, input=context.json_of(reply), check=False).returncode
        except OSError as error:
            hint = "name a program; it is run without a shell"
            raise InputError(f"--exec {arguments[0]!r}: {error.strerror}", hint) from None
        if status == 0:
            inbox.has_run(number)
        else:
            context.console.warn(
                f"{arguments[0]} failed ({status}) for the reply of {reply.mobile}; it is kept"
            )
