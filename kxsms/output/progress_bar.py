"""The bar that shows on a terminal how far something is."""

import io
import os
import sys
from collections.abc import Iterator
from typing import Literal

from rich.cells import cell_len
from rich.console import Console
from rich.progress_bar import ProgressBar
from rich.text import Text

from kxsms.domain.figures import Figures
from kxsms.language import tr
from kxsms.output.drawing import STYLES
from kxsms.output.meter import left, left_in_words, percent_of
from kxsms.output.words import heading

_LEAST_BAR = 10
_GAP = "  "
_WIDEST_RATE = "99,999/s"
_WIDEST_SECONDS = 3599


def bar(figures: Figures, rate: float, columns: int) -> list[str]:
    """Return lines of at most `columns`: the bar with count, rate and time left, and the parts below."""
    color_system: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    # An ASCII terminal gets an ASCII bar.
    paper = io.TextIOWrapper(io.BytesIO(), getattr(sys.stderr, "encoding", None) or "utf-8")
    console = Console(
        file=paper, width=columns, force_terminal=True, color_system=color_system, highlight=False
    )
    lines = [_first(console, figures, rate, columns), *_parts(figures, columns)]
    return [_drawn(console, line) for line in lines]


def _first(console: Console, figures: Figures, rate: float, columns: int) -> Text:
    total = f"{figures.total:,}"
    done = f"{figures.done:>{len(total)},}"
    words = [
        tr("{done} of {total}", done=done, total=total),
        tr("{number} %", number=f"{percent_of(figures):>3}"),
    ]
    room = [*words, _WIDEST_RATE, left(_WIDEST_SECONDS)]  # so that the bar keeps its width
    words += left_in_words(figures, rate)
    while len(room) > 1 and columns - _width(room) < _LEAST_BAR:
        room.pop()
    line = Text(no_wrap=True)
    width = columns - _width(room)
    if width >= _LEAST_BAR:
        drawing = ProgressBar(
            max(1, figures.total),
            figures.done,
            width=width,
            style="dim",
            complete_style="green",
            finished_style="green",
        )
        for segment in console.render(drawing, console.options.update(width=width)):
            line.append(segment.text, segment.style)
        line.append(" " * (width - cell_len(line.plain)))
        line.append(_GAP)
    line.append(_GAP.join(words[: len(room)]) if line else words[0].lstrip())
    return line


def _width(words: list[str]) -> int:
    return sum(cell_len(word) + len(_GAP) for word in words)


def _parts(figures: Figures, columns: int) -> Iterator[Text]:
    """Yield the parts, as many on each line as it holds."""
    line = Text(no_wrap=True)
    for name, count in figures.parts:
        part = Text(f"{heading(name)} {count:,}", style=STYLES.get(name, "") if count else "")
        if line and cell_len(line.plain) + len(_GAP) + cell_len(part.plain) > columns:
            yield line
            line = Text(no_wrap=True)
        if line:
            line.append(_GAP)
        line.append_text(part)
    yield line


def _drawn(console: Console, line: Text) -> str:
    with console.capture() as captured:
        console.print(line, no_wrap=True, overflow="crop", end="")
    return captured.get()
