"""A meter: a bar on a terminal, elsewhere a note now and then."""

import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from kxsms.domain.figures import Figures
from kxsms.domain.words import duration
from kxsms.language import joined, tr
from kxsms.output.words import heading

if TYPE_CHECKING:
    from kxsms.output.console import Console

_REDRAW_SECONDS = 0.2
_USUAL_COLUMNS = 80
_NOTE_SECONDS = 60.0
_VERBOSE_NOTE_SECONDS = 10.0
_RATE_SECONDS = 20.0
"""The time over which the rate is measured, at least: it falls soon after a gateway becomes slow."""


class Meter:
    """Shows figures when it is time to, the first ones after `patience` seconds. Nothing if `quiet`."""

    def __init__(
        self, console: "Console", patience: float = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._clock = clock
        self._bar = _loaded_bar() if console.can_redraw else None
        self._notes = not console.can_redraw and not console.quiet
        self._note_seconds = _VERBOSE_NOTE_SECONDS if console.verbose else _NOTE_SECONDS
        now = clock()
        self._due = now + (self._note_seconds if self._bar is None else patience)
        self._samples = deque[tuple[float, int]]()

    @property
    def tick(self) -> float | None:
        """Return after how many seconds `show` is due again."""
        if self._bar is not None:
            return _REDRAW_SECONDS
        return self._note_seconds if self._notes else None

    def start(self, done: int) -> None:
        """Measure the rate from now on."""
        self._samples.append((self._clock(), done))

    def show(self, figures: Figures) -> None:
        """Show figures if it is time to."""
        now = self._clock()
        if now < self._due or not (self._bar or self._notes):
            return
        rate = self._rate(now, figures.done)
        if self._bar is not None:
            draw, self._due = self._bar, now + _REDRAW_SECONDS
            self._console.status(lambda columns: draw(figures, rate, columns))
        else:
            self._due = now + self._note_seconds
            self._console.note(_in_words(figures, rate))

    def close(self) -> None:
        """Remove the bar."""
        self._console.status(None)

    def _rate(self, now: float, done: int) -> float:
        """Return how many recipients were done per second of late."""
        samples = self._samples
        while len(samples) > 1 and samples[1][0] <= now - _RATE_SECONDS:
            samples.popleft()
        samples.append((now, done))
        begun, before = samples[0]
        return max(0, done - before) / max(0.001, now - begun)


def _loaded_bar() -> Callable[[Figures, float, int], list[str]]:
    """Return what draws a bar, with all that it loads: later the process may be unable to open more files."""
    from kxsms.output.progress_bar import bar

    bar(Figures(0, 1, ()), 0, _USUAL_COLUMNS)
    return bar


def left_in_words(figures: Figures, rate: float) -> list[str]:
    """Return the rate and the time that is left, or nothing at a rate of 0."""
    if not rate:
        return []
    per_second = f"{rate:,.0f}" if rate >= 1 else f"{rate:.1g}"
    return [tr("{count}/s", count=per_second), left((figures.total - figures.done) / rate)]


def left(seconds: float) -> str:
    """Return the time that is left."""
    return tr("{duration} left", duration=duration(seconds))


def percent_of(figures: Figures) -> int:
    """Return how many percent are done; 100 only of all."""
    return figures.done * 100 // max(1, figures.total)


def _in_words(figures: Figures, rate: float) -> str:
    line = tr(
        "{done} of {total} ({percent} %)",
        done=f"{figures.done:,}",
        total=f"{figures.total:,}",
        percent=percent_of(figures),
    )
    parts = [
        tr("{count} {name}", count=f"{count:,}", name=heading(name)) for name, count in figures.parts if count
    ]
    parts += left_in_words(figures, rate)
    return "  ".join([line, joined(parts)]) if parts else line
