"""How a batch goes, while it goes: a line that renews itself on a terminal, with `-v` also elsewhere."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from kxsms.domain.batch import RecipientCounts, RequestState, Settlement
from kxsms.domain.format import Format
from kxsms.domain.results import Task
from kxsms.errors import Failure
from kxsms.output.console import Console
from kxsms.output.render import render_task

_REDRAW_SECONDS = 0.2
_PATIENCE_SECONDS = 1.0
_LINE_SECONDS = 10.0


class Progress:
    """Watches the dispatcher: writes requests as they end, and says how far the batch is."""

    def __init__(self, counts: RecipientCounts, format: Format, console: Console, *, verbose: bool) -> None:
        self._format = format
        self._console = console
        self._total = counts.recipients
        self._counts = Counter(
            {
                RequestState.ACCEPTED: counts.accepted,
                RequestState.REJECTED: counts.rejected,
                RequestState.UNKNOWN: counts.unknown,
                RequestState.NOT_SENT: counts.not_sent,
            }
        )
        self._before = self._done
        self._begun = self._shown = time.monotonic()
        self._draws = console.can_redraw
        self._tells = verbose and not self._draws
        self._has_tried_again = False

    @property
    def tick(self) -> float | None:
        """Seconds after which the line is old."""
        if self._draws:
            return _REDRAW_SECONDS
        return _LINE_SECONDS if self._tells else None

    def ended(self, task: Task) -> None:
        """A request has ended. A failure to write it shows when the result is written."""
        with suppress(Failure):
            render_task(task, self._format, self._console)

    def moved(self, settled: Sequence[Settlement]) -> None:
        """Requests have been settled, or time has passed."""
        for ended in settled:
            if ended.state is not RequestState.PLANNED:
                self._counts[ended.state] += ended.claim.recipients
        now = time.monotonic()
        if self._draws and now - self._begun >= _PATIENCE_SECONDS and now - self._shown >= _REDRAW_SECONDS:
            self._shown = now
            self._console.status(self._line(now))
        elif self._tells and now - self._shown >= _LINE_SECONDS:
            self._shown = now
            self._console.note(self._line(now))

    def retries(self, reason: str) -> None:
        """A request was not sent, and will be tried again. Said once."""
        if not self._has_tried_again:
            self._has_tried_again = True
            self._console.note(f"{reason}; trying again")

    def close(self) -> None:
        """Remove the line."""
        self._console.status(None)

    @property
    def _done(self) -> int:
        return self._counts.total()

    def _line(self, now: float) -> str:
        names = {
            RequestState.ACCEPTED: "accepted",
            RequestState.REJECTED: "refused",
            RequestState.UNKNOWN: "unknown",
        }
        parts = [f"{self._counts[state]:,} {name}" for state, name in names.items() if self._counts[state]]
        line = f"{self._done:,} of {self._total:,} ({self._done * 100 // max(1, self._total)} %)"
        speed = (self._done - self._before) / max(0.001, now - self._begun)
        if speed:
            left = (self._total - self._done) / speed
            parts += [f"{speed:,.0f}/s", f"{duration(left)} left"]
        return "  ".join([line, ", ".join(parts)]) if parts else line


def duration(seconds: float) -> str:
    """`8 s`, `3:20 min`, `2:05 h`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600:,}:{whole % 3600 // 60:02} h"
