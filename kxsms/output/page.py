"""A page of Markdown on a terminal."""

import os
from typing import ClassVar, Literal, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement, TableElement
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from kxsms.compat import override

_WIDEST = 100
"""Columns of a line: longer ones are hard to read."""

# Bold and nothing else can be read on every background; rich itself paints a dark one behind code.
_THEME = Theme(
    {
        "markdown.h1": "bold underline",
        "markdown.h2": "bold",
        "markdown.h3": "bold",
        "markdown.code": "bold",
        "markdown.code_block": "none",
        "markdown.table.header": "bold",
        "markdown.table.border": "none",
        "markdown.item.bullet": "none",
    }
)


class _Heading(Heading):
    """A heading on the left, at every level."""

    @override
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.text


class _CodeBlock(CodeBlock):
    """Indented code, its lines never broken, so that a command can be copied."""

    @override
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = str(self.text).splitlines()
        yield Text("\n".join(f"    {line}" for line in lines), no_wrap=True, overflow="ignore")


class _Table(TableElement):
    """A table without the blank lines that rich draws as its edges: blank lines are around it already."""

    @override
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for table in super().__rich_console__(console, options):
            if isinstance(table, Table):
                table.show_edge = False
            yield table


class _Page(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _Heading,
        "fence": _CodeBlock,
        "code_block": _CodeBlock,
        "table_open": _Table,
    }


def draw_page(markdown: str, terminal: TextIO) -> None:
    """Draw Markdown on a terminal, at most 100 columns wide."""
    # rich obeys NO_COLOR for colours but keeps bold; None switches off both.
    color_system: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    console = Console(file=terminal, highlight=False, color_system=color_system, theme=_THEME)
    console.print(_Page(markdown), width=min(console.width, _WIDEST), crop=False)
