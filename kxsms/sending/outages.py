"""Outages of the ledger during a run, which waits for its end, and saves the outcomes that came."""

from collections.abc import Sequence
from contextlib import suppress

from kxsms.domain.claim import Settlement
from kxsms.errors import Failure, Spooled
from kxsms.interrupts import StopRequest
from kxsms.language import plural, tr
from kxsms.sending.ledger_ports import ClaimSource
from kxsms.sending.ports import SendObserver

_PATIENCE_SECONDS = 60.0
_AFTER_SIGNAL_SECONDS = 10.0
_UNNOTICED_SECONDS = 1.0


class Patience:
    """How long a run waits for a ledger whose server is away: a minute, less after a signal, once in all."""

    def __init__(self, stop: StopRequest, observer: SendObserver) -> None:
        self._stop = stop
        self._observer = observer
        self._is_over = False

    def lasts(self, seconds: float) -> bool:
        """Return whether to wait for a server that has been away for so long."""
        if self._stop.at_once or self._is_over:
            return False
        if seconds > _UNNOTICED_SECONDS:
            self._observer.retries(tr("the ledger cannot be reached"))
        return seconds < (_PATIENCE_SECONDS if self._stop.status is None else _AFTER_SIGNAL_SECONDS)

    def end(self) -> None:
        """Wait no longer."""
        self._is_over = True


def unsettled(batch: ClaimSource, settled: Sequence[Settlement], failure: Failure) -> Failure:
    """Save outcomes that the ledger could not settle in a local file. Return the error to end a run with.

    Where there can be no such file, the error names every outcome.
    """
    kept = None
    with suppress(Failure):
        kept = batch.spool(settled)
    if kept is not None:
        path, count = kept
        hint = plural(
            "{count} outcome is kept in {path}; run the same command again on this host when the server can"
            " be reached: it settles that first",
            "{count} outcomes are kept in {path}; run the same command again on this host when the server can"
            " be reached: it settles them first",
            count,
            path=path,
        )
        return Spooled(failure.message, hint)
    lost = [end.in_words() for end in settled if end.outcome is not None]
    details = [tr("answered, but not written to the ledger: {words}", words=words) for words in lost]
    return Failure(failure.message, failure.hint, details)
