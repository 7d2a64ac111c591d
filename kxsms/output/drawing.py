"""How a table looks on a terminal, in a pipe and as CSV."""

import os
from dataclasses import dataclass
from typing import Literal, TextIO

from kxsms.output.documents import dumps
from kxsms.output.visible import visible

Cell = object
TROUBLES = ("rejected", "unknown", "failed", "replies")
"""Columns of a list of batches that are there only if some batch has any."""
_NUMBERS = {"recipients", "count", "accepted", *TROUBLES}
_LONG = {"message", "content", "source", "extra", "value"}
"""Columns that are broken first where a table is too wide."""
_LABELS = {"segments": "billed messages", "task_id": "task id", "not_sent": "not sent"}
_STYLES = {
    "accepted": "green",
    "delivered": "green",
    "rejected": "red",
    "failed": "red",
    "not_sent": "yellow",
    "unknown": "yellow",
}


@dataclass(frozen=True)
class Table:
    """Columns and rows. `sideways`: a single row, drawn on a terminal as one line a column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sideways: bool = False
    empty: str = "nothing"


def text_of(cell: Cell) -> str:
    """A cell as text: nothing for None, JSON for what is not a leaf."""
    if cell is None or cell == {}:
        return ""
    return cell if isinstance(cell, str) else dumps(cell)


def as_lines(table: Table) -> str:
    """Tab-separated, with a header, one line a row, never cut."""
    rows = [table.columns, *table.rows]
    return "".join("\t".join(visible(text_of(cell)) for cell in row) + "\n" for row in rows)


def as_csv(table: Table, *, harmless: bool) -> str:
    """CSV by RFC 4180, exact for programs; `harmless` escapes what a terminal would act on."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n" if harmless else "\r\n")
    for row in [table.columns, *table.rows]:
        cells = [text_of(cell) for cell in row]
        writer.writerow([visible(cell) for cell in cells] if harmless else cells)
    return text.getvalue()


def draw(table: Table, terminal: TextIO) -> None:
    """Draw a table on a terminal. Cells wrap; nothing is cut, and no markup is interpreted."""
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table as Drawing
    from rich.text import Text

    # Of its own, rich takes NO_COLOR for colours alone and leaves bold.
    color_system: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    console = Console(file=terminal, highlight=False, color_system=color_system)
    drawing = Drawing(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_edge=False)

    def cell_text(cell: Cell) -> Text:
        text = visible(text_of(cell))
        return Text(text, style=_STYLES.get(text, ""), overflow="fold")

    def label(column: str) -> str:
        return _LABELS.get(column, column)

    if not table.rows:
        console.print(Text(table.empty))
        return
    if table.sideways:
        drawing.show_header = False
        drawing.add_column(style="bold", no_wrap=True)
        drawing.add_column(overflow="fold")
        for column, cell in zip(table.columns, table.rows[0], strict=True):
            if cell is not None:
                drawing.add_row(Text(label(column)), cell_text(cell))
    else:
        for place, column in enumerate(table.columns):
            side: Literal["left", "right"] = "right" if column in _NUMBERS else "left"
            cells = [label(column), *(text_of(row[place]) for row in table.rows)]
            least = None if column in _LONG else max(map(cell_len, cells))
            drawing.add_column(label(column), justify=side, overflow="fold", min_width=least)
        for row in table.rows:
            drawing.add_row(*(cell_text(cell) for cell in row))
    console.print(drawing)
