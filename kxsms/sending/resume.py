"""What `send`, `batch resume` and `batch retry` share: sending what a batch has left, and telling of it."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from kxsms.context import Context
from kxsms.domain.batch import Batch, Remainder, RequestState
from kxsms.domain.product import Product
from kxsms.domain.results import SendResult
from kxsms.errors import LimitReached, UsageError
from kxsms.sending.dispatcher import Dispatcher
from kxsms.sending.pacing import Pace

if TYPE_CHECKING:
    from kxsms.interrupts import StopRequest
    from kxsms.ledger.batches import Ledger
    from kxsms.ledger.claims import OwnedBatch

_LISTED = 100


def pace(context: Context, rate: int | None, concurrency: int | None, retries: int, pause_after: int) -> Pace:
    """How fast to send: as the options say, else the profile."""
    profile = context.profile
    return Pace(
        concurrency=profile.concurrency if concurrency is None else concurrency,
        rate=profile.rate if rate is None else rate,
        retries=retries,
        pause_after=pause_after,
    )


def softly(context: Context) -> "StopRequest":
    """From now on a first signal lets what is in flight be answered."""
    return context.stop_softly(
        "stopping when the answer to what is on its way has come", "the same again stops at once"
    )


def guard_cost(segments: int, most: int | None) -> None:
    """Raise Guard if more messages would be billed than allowed."""
    if most is not None and segments > most:
        what = _counted(segments, "message")
        raise LimitReached(f"{what} would be billed, more than {most:,}", "raise --max-cost, or send less")


def confirm(context: Context, left: Remainder, pace: Pace, *, yes: bool) -> None:
    """Ask whether to send so much. Raises Guard for a no, UsageError where nobody can be asked."""
    if yes or not left.requests:
        return
    seconds = left.requests / pace.rate if pace.rate else 0
    requests = _counted(left.requests, "request")
    how = f"{requests}, {_about(seconds)}" if seconds >= 1 else requests
    billed, people = _counted(left.segments, "billed message"), _counted(left.recipients, "recipient")
    question = f"Send {billed} to {people} ({how})"
    if not context.console.confirm(question, "--yes"):
        raise LimitReached("nothing was sent: the answer was no")


def guard_overtaken(
    context: Context, ledger: "Ledger", work: "OwnedBatch", batch: Batch, *, again: bool, skip_sent: bool
) -> None:
    """Raise Guard if others have sent their text to some who are left, or are about to; or leave them out."""
    held = ledger.snapshot().owned
    if skip_sent:
        count = work.skip_overtaken(held)
        if count:
            context.console.note(f"{count:,} left out: who {_have(count)} got the same text since")
    elif not again and (overlap := work.overtaken(held)) is not None:
        raise LimitReached(
            f"{overlap.recipients:,} of those who are left in batch {batch.name} {_have(overlap.recipients)}"
            f" got their text in batch {overlap.batch} since, or are about to",
            "--skip-sent leaves them out, --again sends to all",
        )


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def plan_retry(
    context: Context,
    ledger: "Ledger",
    work: "OwnedBatch",
    batch: Batch,
    *,
    unknown: bool,
    yes: bool,
    again: bool,
) -> None:
    """Plan the refused or the unknown recipients once more, if that is wanted.

    Raises UsageError for a batch that has something else to send, and Guard for a no.
    """
    counts = ledger.find(batch.name).counts
    if counts.unfinished:
        raise UsageError(
            f"batch {batch.name} is unfinished: {counts.unfinished:,} are left to send to",
            f"first: kxsms batch resume {batch.name}",
        )
    count = counts.unknown if unknown else counts.rejected
    if not count:
        context.console.note(f"nobody in batch {batch.name} is {'unknown' if unknown else 'refused'}")
        return
    state = RequestState.UNKNOWN if unknown else RequestState.REJECTED
    if not again and (overlap := work.overtaken(ledger.snapshot().owned, state)) is not None:
        raise LimitReached(
            f"{overlap.recipients:,} of them {_have(overlap.recipients)} got their text in batch"
            f" {overlap.batch} since",
            "--again sends to all",
        )
    if unknown and not yes:
        question = f"Send again, though {_counted(count, 'recipient')} may get the text a second time"
        if not context.console.confirm(question, "--yes"):
            raise LimitReached("nothing was sent: the answer was no")
    work.retry(state)


def _counted(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def _about(seconds: float) -> str:
    if seconds < 90:
        return f"about {seconds:.0f} s"
    return f"about {seconds / 60:.0f} minutes" if seconds < 5400 else f"about {seconds / 3600:.1f} hours"


def go_on(
    context: Context,
    ledger: "Ledger",
    batch: Batch,
    pace: Pace,
    prepare: "Callable[[OwnedBatch], None]",
    *,
    stop: "StopRequest | None" = None,
    resumed: bool,
) -> SendResult:
    """Send what a batch has left. `prepare` is called before anything leaves, and may raise.

    Raises Busy if another process is at it.
    """
    with ledger.own(batch) as work:
        prepare(work)
        stop = stop or softly(context)
        before = ledger.find(batch.name)
        watcher = context.watch(before.counts)
        planned = before.requests - before.tried
        dispatcher = Dispatcher(work, context.gateway, batch.extno, pace, stop, watcher, planned)
        dispatcher.run()
        watcher.close()
    result = told(context, ledger, batch, resumed=resumed, paused=dispatcher.paused, stop=stop)
    if batch.is_csv:
        context.console.note(f"batch {batch.name}: kxsms batch show {batch.name}")
    return result


def told(
    context: Context,
    ledger: "Ledger",
    batch: Batch,
    *,
    resumed: bool = False,
    replayed: bool = False,
    paused: str | None = None,
    stop: "StopRequest | None" = None,
) -> SendResult:
    """What became of a batch, as the ledger has it now."""
    reading, now = ledger.read(), ledger.find(batch.name)
    # A signal that came too late to stop anything has interrupted nothing.
    cut = stop is not None and (now.counts.unfinished or now.counts.sending or now.counts.unknown)
    return SendResult(
        profile=now.profile,
        product=Product(now.product),
        batch=now,
        resumed=resumed,
        replayed=replayed,
        tasks=reading.tasks(now, _LISTED),
        groups=reading.groups(now),
        problems=reading.problems(now, _LISTED),
        paused=paused,
        interrupted=stop.status if stop is not None and cut else None,
        codes=context.profile.codes,
        replies=reading.replies(now) if replayed else (),
    )


def ago(batch: Batch) -> str:
    """How long ago a batch was begun, in words."""
    seconds = max(0.0, time.time() - batch.created)
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {name}{'' if count == 1 else 's'} ago"
    return "just now"
