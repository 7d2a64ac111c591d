"""The progress of a batch: a status line on a terminal, elsewhere a note now and then."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from kxsms.domain.batch import RecipientCounts
from kxsms.domain.claim import Settlement
from kxsms.domain.states import RequestState
from kxsms.domain.words import duration
from kxsms.errors import Failure

if TYPE_CHECKING:
    from kxsms.domain.results import Task
    from kxsms.output.console import Console

_REDRAW_SECONDS = 0.2
_PATIENCE_SECONDS = 1.0
_NOTE_SECONDS = 60.0
_VERBOSE_NOTE_SECONDS = 10.0


class Progress:
    """An observer of the dispatcher that writes requests as they end, and how far the batch is."""

    def __init__(
        self, counts: RecipientCounts, console: "Console", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._clock = clock
        self._total = counts.recipients
        self._counts = Counter(
            {
                RequestState.ACCEPTED: counts.accepted,
                RequestState.REJECTED: counts.rejected,
                RequestState.UNKNOWN: counts.unknown,
                RequestState.NOT_SENT: counts.not_sent,
            }
        )
        self._done_at_start = self._counts.total()
        self._started = self._shown = clock()
        self._redraws = console.can_redraw
        self._notes = not self._redraws and not console.quiet
        self._note_seconds = _VERBOSE_NOTE_SECONDS if console.verbose else _NOTE_SECONDS
        self._has_retried = False

    @property
    def tick(self) -> float | None:
        """Return after how many seconds without an answer `moved` is due."""
        if self._redraws:
            return _REDRAW_SECONDS
        return self._note_seconds if self._notes else None

    def ended(self, task: "Task") -> None:
        """Show a request that has ended. The result reports it if stdout cannot be written."""
        with suppress(Failure):
            self._console.show_task(task)

    def moved(self, settled: Sequence[Settlement]) -> None:
        """Count settled requests, and show the progress if it is time to."""
        for settlement in settled:
            if settlement.state is not RequestState.PLANNED:
                self._counts[settlement.state] += settlement.claim.recipients
        now = self._clock()
        elapsed, since_shown = now - self._started, now - self._shown
        if self._redraws and elapsed >= _PATIENCE_SECONDS and since_shown >= _REDRAW_SECONDS:
            self._shown = now
            self._console.status(self._line(elapsed))
        elif self._notes and since_shown >= self._note_seconds:
            self._shown = now
            self._console.note(self._line(elapsed))

    def retries(self, reason: str) -> None:
        """Note the first retry of a request, and why."""
        if not self._has_retried:
            self._has_retried = True
            self._console.note(f"{reason}; retrying")

    def close(self) -> None:
        """Remove the status line."""
        self._console.status(None)

    def _line(self, elapsed: float) -> str:
        names = {
            RequestState.ACCEPTED: "accepted",
            RequestState.REJECTED: "rejected",
            RequestState.UNKNOWN: "unknown",
        }
        parts = [f"{self._counts[state]:,} {name}" for state, name in names.items() if self._counts[state]]
        done = self._counts.total()
        line = f"{done:,} of {self._total:,} ({done * 100 // max(1, self._total)} %)"
        speed = (done - self._done_at_start) / max(0.001, elapsed)
        if speed:
            parts += [f"{speed:,.0f}/s", f"{duration((self._total - done) / speed)} left"]
        return "  ".join([line, ", ".join(parts)]) if parts else line
