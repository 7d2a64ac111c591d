"""A table with bars on a terminal."""

from collections.abc import Sequence
from typing import TextIO

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from kxsms.domain.figures import cells_of
from kxsms.output.drawing import note_hidden, rich_console
from kxsms.output.view import Bar, Chart
from kxsms.output.visible import visible
from kxsms.output.words import heading

_SIGNS = "█▒·░"
_STYLES = ("green", "red", "", "yellow")
_LEAST, _MOST = 8, 40
"""Cells of the longest bar."""
_MOST_OF_CELL = 32
"""Cells that a column takes at most, and half of the terminal: longer texts wrap, so that bars have room."""
_GAP = 2


def draw_chart(chart: Chart, terminal: TextIO) -> None:
    """Draw a chart on a terminal: the key, its bar, and as many columns as there is room for.

    The columns that are hidden are named below the table.
    """
    console = rich_console(terminal)
    widths = [
        min(_MOST_OF_CELL, console.width // 2, max(cell_len(visible(cell)) for cell in cells)) + _GAP
        for cells in zip(map(heading, chart.columns), *chart.rows, strict=True)
    ]
    hidden: list[str] = []
    for name in chart.hidden_first:
        room = console.width - _room_of(chart, widths, hidden)
        if room >= _LEAST:
            break
        if name in chart.columns:
            hidden.append(name)
    cells = max(1, min(_MOST, console.width - _room_of(chart, widths, hidden)))
    shown = [index for index, name in enumerate(chart.columns) if name not in hidden]
    drawing = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold", show_edge=False)
    drawing.add_column(heading(chart.columns[0]), overflow="fold", min_width=widths[0] - _GAP)
    drawing.add_column("", no_wrap=True, width=cells)
    for index in shown[1:]:
        drawing.add_column(heading(chart.columns[index]), justify="right", overflow="fold")
    most = max((bar.total for bar in chart.bars if bar is not None), default=0)
    for row, bar in zip(chart.rows, chart.bars, strict=True):
        texts = [Text(visible(row[index]), overflow="fold") for index in shown]
        drawing.add_row(texts[0], Text() if bar is None else _drawn(bar, most, cells), *texts[1:])
    console.print(drawing)
    if chart.legend is not None:
        console.print(_legend(chart.legend))
    if hidden:
        note_hidden(console, (name for name in chart.columns if name in hidden))


def _room_of(chart: Chart, widths: Sequence[int], hidden: Sequence[str]) -> int:
    """Return the columns of the terminal that everything but the bars takes."""
    names = zip(chart.columns, widths, strict=True)
    return _GAP + sum(width for name, width in names if name not in hidden)


def _drawn(bar: Bar, most: int, cells: int) -> Text:
    """Return a bar whose length is relative to the longest one: a cell at least for any part."""
    text = Text()
    for size, sign, style in zip(cells_of(bar.parts, most, cells), _SIGNS, _STYLES, strict=True):
        text.append(sign * size, style=style)
    return text


def _legend(names: Sequence[str]) -> Text:
    text = Text()
    for name, sign, style in zip(names, _SIGNS, _STYLES, strict=True):
        text.append(sign, style=style)
        text.append(f" {heading(name)}  ")
    text.rstrip()
    return text
