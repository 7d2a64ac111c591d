"""The look of a table on a terminal, in a pipe and as CSV."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal, TextIO

from kxsms.domain.health import check_name
from kxsms.language import joined, tr
from kxsms.output.json import dumps, in_parts
from kxsms.output.view import Cell, Shares, Table
from kxsms.output.visible import visible
from kxsms.output.words import heading, other_words, values_of
from kxsms.output.wrapping import wrapped

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as Drawing
    from rich.text import Text

    from kxsms.domain.health import Check

_NUMBERS = {"recipients", "count", "cost", "accepted", "rejected", "unknown", "failed", "replies"}
_LONG = {"message", "content", "source", "text", "extra", "value"}
"""Columns that wrap first where a table is too wide."""
_LEAST_OF_LONG, _GAP = 16, 2
STYLES = {
    "accepted": "green",
    "delivered": "green",
    "rejected": "red",
    "failed": "red",
    "not_sent": "yellow",
    "unknown": "yellow",
}


_MARKS = {True: ("✓", "green"), False: ("✗", "bold red"), None: ("–", "dim")}
_INDENT = "   "


def text_of(cell: Cell) -> str:
    """Return a cell as text: nothing for None, JSON for a number or a structure."""
    if isinstance(cell, str):
        return cell
    return "" if cell is None or cell == {} else dumps(cell)


def text_rows(table: Table) -> Iterator[list[str]]:
    """Return the cells of a table as text, row by row."""
    return ([text_of(cell) for cell in row] for row in table.rows)


def as_lines(table: Table) -> Iterator[str]:
    """Return a header and a line per row, in parts: fields between tabs, never cut."""
    rows = chain([table.columns], text_rows(table))
    return in_parts("\t".join(map(visible, row)) + "\n" for row in rows)


class _Line:
    """A file whose `csv.writer` returns the line that it would have written."""

    def write(self, line: str) -> str:
        return line


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, on_terminal: bool) -> Iterator[str]:
    """Return a CSV by RFC 4180, in parts: exact for programs, control characters escaped on a terminal."""
    import csv

    # The type of csv.writer says nothing of what `writerow` returns.
    writer: Any = csv.writer(_Line(), lineterminator="\n" if on_terminal else "\r\n")
    lines: Iterable[Sequence[Cell]] = chain([columns], rows)
    if on_terminal:
        lines = ([visible(text_of(cell)) for cell in row] for row in lines)
    return in_parts(map(writer.writerow, lines))


def rich_console(terminal: TextIO) -> "Console":
    """Return a console that draws on a terminal."""
    from rich.console import Console

    # By default rich takes NO_COLOR for colours alone, and keeps bold.
    color_system: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    return Console(file=terminal, highlight=False, color_system=color_system)


def draw_checklist(checks: "Sequence[Check]", terminal: TextIO) -> None:
    """Draw checks on a terminal: mark, name, detail and time, and below them the hint."""
    from rich.cells import cell_len
    from rich.table import Table as Drawing
    from rich.text import Text

    console = rich_console(terminal)
    names = max(cell_len(check_name(check.check)) for check in checks)
    for check in checks:
        mark, style = _MARKS[check.ok]
        drawing = Drawing.grid(padding=(0, 2, 0, 0), expand=True)
        drawing.add_column(width=1)
        drawing.add_column(width=names)
        drawing.add_column(ratio=1, overflow="fold")
        drawing.add_column(justify="right", width=9)
        name, time = check_name(check.check), tr("{count} ms", count=f"{check.ms:,.0f}")
        drawing.add_row(
            Text(mark, style=style), Text(name), Text(visible(check.detail)), Text(time, style="dim")
        )
        console.print(drawing)
        if check.hint:
            hint = wrapped(tr("hint: {text}", text=visible(check.hint)), console.width - len(_INDENT))
            console.print(Text(_INDENT + hint.replace("\n", f"\n{_INDENT}")), soft_wrap=True)


def draw(table: Table, terminal: TextIO) -> None:
    """Draw a table on a terminal. Cells wrap; nothing is cut, and no markup is interpreted."""
    from rich.text import Text

    console = rich_console(terminal)
    rows = list(table.rows)
    if not rows:
        console.print(Text(table.empty or tr("nothing")))
    elif table.sideways:
        _draw_sideways(table.columns, rows[0], console)
    else:
        _draw_rows(table, rows, console)


def _draw_sideways(columns: Sequence[str], row: Sequence[Cell], console: "Console") -> None:
    """Draw one row as lines, each with its heading."""
    from rich.cells import cell_len
    from rich.text import Text

    drawing = _drawing()
    drawing.show_header = False
    drawing.add_column(style="bold", no_wrap=True)
    drawing.add_column(overflow="fold")
    room = console.width - _GAP - max(cell_len(heading(column)) for column in columns)
    for column, cell in zip(columns, row, strict=True):
        if isinstance(cell, Shares):
            from kxsms.output.shares import shares_text

            drawing.add_row(Text(heading(column)), shares_text(cell, room))
        elif cell is not None:
            drawing.add_row(Text(heading(column)), _cell_text(cell, *_words_of(column, [cell])))
    console.print(drawing)


def _draw_rows(table: Table, rows: Sequence[Sequence[Cell]], console: "Console") -> None:
    """Draw rows below a header, without the columns for which there is no room."""
    from rich.cells import cell_len

    drawing = _drawing()
    words = [_words_of(column, [row[place] for row in rows]) for place, column in enumerate(table.columns)]
    widths = {
        column: max(map(cell_len, [heading(column), *texts]))
        for column, texts in zip(table.columns, words, strict=True)
    }
    hidden = _hidden(table, widths, console.width)
    for column in table.columns:
        if column not in hidden:
            side: Literal["left", "right"] = "right" if column in _NUMBERS else "left"
            least = _least(table, column, widths[column])
            drawing.add_column(heading(column), justify=side, overflow="fold", min_width=least)
    for row, *texts in zip(rows, *words, strict=True):
        cells = zip(table.columns, row, texts, strict=True)
        drawing.add_row(*(_cell_text(cell, text) for column, cell, text in cells if column not in hidden))
    console.print(drawing)
    if hidden:
        note_hidden(console, hidden)


def _drawing() -> "Drawing":
    from rich.table import Table as Drawing

    return Drawing(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_edge=False)


def _words_of(column: str, cells: Iterable[Cell]) -> list[str]:
    """Return what people read in the cells of a column."""
    words = values_of(column)
    texts = (visible(text_of(cell)) for cell in cells)
    return [words.get(text) or other_words(column, text) for text in texts]


def _cell_text(cell: Cell, text: str) -> "Text":
    from rich.text import Text

    style = STYLES.get(cell, "") if isinstance(cell, str) else ""
    return Text(text, style=style, overflow="fold")


def note_hidden(console: "Console", columns: Iterable[str]) -> None:
    """Name the columns for which a terminal has no room."""
    from rich.text import Text

    names = joined(map(heading, columns))
    console.print(Text(tr("not shown: {names}; use a wider terminal, or -o csv", names=names)))


def _least(table: Table, column: str, width: int) -> int | None:
    """Return the cells that a column takes at least, None for one that may become as narrow as needed."""
    if column not in _LONG:
        return width
    return min(width, _LEAST_OF_LONG) if table.hidden_first else None


def _hidden(table: Table, widths: Mapping[str, int], room: int) -> list[str]:
    """Return the columns for which a terminal has no room, of those that may be hidden."""
    taken = {column: (_least(table, column, width) or 0) + _GAP for column, width in widths.items()}
    hidden: list[str] = []
    for column in table.hidden_first:
        if sum(taken.values()) - _GAP <= room:
            break
        if taken.pop(column, None) is not None:
            hidden.append(column)
    return hidden
