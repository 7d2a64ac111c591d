"""The use case `batch run`: send the batches that are due."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from kxsms.domain.batch import Batch
from kxsms.domain.product import Product
from kxsms.domain.results import RunResult, SendResult
from kxsms.domain.schedule import scheduled_clock
from kxsms.errors import Busy, KxsmsError, LimitReached, ProfileError
from kxsms.interrupts import StopRequest
from kxsms.language import tr
from kxsms.sending.ledger_ports import SendLedger
from kxsms.sending.ports import SendConsole, SendSession
from kxsms.sending.schedule import NotDue, refuse_late, send_due

_WATCH_SECONDS = 5.0
_AGAIN_SECONDS = 60.0

SessionFor = Callable[[Batch], SendSession]
"""A function that returns a session with the profile of a batch. It raises ProfileError."""


def run_due(
    ledger: SendLedger, session_for: SessionFor, stop: StopRequest, profile: str | None = None
) -> RunResult:
    """Send every batch that is due, of one profile or of all, until a signal.

    A batch that a check stops waits, with the reason. One that another process sends is left to it, unless
    several can send a batch together.
    """
    results = tuple(_results(ledger, session_for, stop, profile, ()))
    return RunResult(results, stop.status)


def watch_due(
    ledger: SendLedger,
    session_for: SessionFor,
    stop: StopRequest,
    console: SendConsole,
    note_written: Callable[[], None],
    profile: str | None = None,
) -> None:
    """Send every batch when it is due, until a signal, and write the result of each then.

    A batch that a check stops is tried again each minute, and named again for another reason.
    """
    stopped: dict[int, _Stopped] = {}
    while stop.status is None:
        now = time.monotonic()
        recent = {batch for batch, last in stopped.items() if now - last.at < _AGAIN_SECONDS}
        results = list(_results(ledger, session_for, stop, profile, recent))
        news = [result for result in results if _is_news(result, stopped)]
        for result in results:
            if result.batch is not None and result.guard is not None:
                stopped[result.batch.id] = _Stopped(now, result.guard)
        if news:
            console.announce(RunResult(tuple(news)))
            note_written()
        for result in news:
            if result.batch is not None and result.guard is not None:
                console.error(
                    tr("batch {name}: {guard}", name=result.batch.name, guard=result.guard), result.guard_hint
                )
        stop.wait(_WATCH_SECONDS)


class _Stopped(NamedTuple):
    """When a check last stopped a batch, by a monotonic clock, and why."""

    at: float
    reason: str


def _is_news(result: SendResult, stopped: Mapping[int, _Stopped]) -> bool:
    """Return whether a result is another one than that of the last try."""
    last = stopped.get(result.batch.id) if result.batch is not None else None
    return last is None or result.guard != last.reason


def _results(
    ledger: SendLedger,
    session_for: SessionFor,
    stop: StopRequest,
    profile: str | None,
    without: Collection[int],
) -> Iterator[SendResult]:
    """Send the batches that are due, without some, and yield the result of each."""
    for batch in ledger.due(ledger.now(), profile):
        if stop.status is not None:
            return
        if (batch.has_owner and not ledger.is_shared) or batch.id in without:
            continue
        result = _result(ledger, session_for, stop, batch)
        if result is not None:
            yield result


def _result(
    ledger: SendLedger, session_for: SessionFor, stop: StopRequest, batch: Batch
) -> SendResult | None:
    try:
        refuse_late(ledger, batch)
        return send_due(_session(ledger, session_for, batch), batch, stop, joins=ledger.is_shared)
    except NotDue:
        return None
    except (LimitReached, Busy, ProfileError) as error:
        return _waiting(ledger.find(batch.name), error)


def _session(ledger: SendLedger, session_for: SessionFor, batch: Batch) -> SendSession:
    try:
        return session_for(batch)
    except ProfileError as error:
        if not ledger.keep_back(batch, error.message):
            raise NotDue from None
        raise


def _waiting(batch: Batch, error: KxsmsError) -> SendResult:
    return SendResult(
        batch.profile,
        Product(batch.product),
        batch=batch,
        guard=error.message,
        guard_hint=error.hint,
        scheduled_for=scheduled_clock(batch),
    )
