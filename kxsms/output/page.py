"""A page of Markdown on a terminal."""

import os
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TextIO

from rich.console import Console, ConsoleOptions, JustifyMethod, RenderResult
from rich.containers import Lines
from rich.markdown import (
    CodeBlock,
    Heading,
    Markdown,
    MarkdownContext,
    MarkdownElement,
    Paragraph,
    TableDataElement,
    TableElement,
)
from rich.style import Style
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from kxsms.compat import override
from kxsms.domain.lines import CLOSING, has_blank, pieces, width_of

if TYPE_CHECKING:
    from markdown_it.token import Token

_WIDEST = 100
"""Columns of a line: longer ones are hard to read."""

# Bold and nothing else can be read on every background; rich itself paints a dark one behind code.
_THEME = Theme(
    {
        "markdown.h1": "bold underline",
        "markdown.h2": "bold",
        "markdown.h3": "bold",
        "markdown.code": Style(bold=True, meta={"code": True}),
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


class _Prose(Text):
    """A text whose lines may also end between two Chinese characters, but not within code."""

    @override
    def wrap(self, console: Console, width: int, **options: Any) -> Lines:
        codes = [(start, end) for start, end, style in self.spans if isinstance(style, Style) and style.meta]
        lines = self.divide(_line_ends(self.plain, width, codes))
        # Each of them fits, but for a word that is longer than a line: a table would cut it.
        options["overflow"] = "fold"
        return Lines(each for line in lines for each in line.wrap(console, width, **options))


def _line_ends(text: str, columns: int, codes: Collection[tuple[int, int]]) -> list[int]:
    """Return the offsets at which a text is divided into lines, never before a mark that closes."""
    ends: list[int] = []
    start = end = offset = 0
    for blanks, piece in pieces(text):
        if blanks or (piece[0] not in CLOSING and not any(first < offset < last for first, last in codes)):
            end = offset + len(blanks)
        offset += len(blanks) + len(piece)
        if end > start and width_of(text[start:offset]) > columns:
            ends.append(end)
            start = end
    return ends


class _Paragraph(Paragraph):
    """A paragraph, also in an item of a list."""

    @override
    def on_enter(self, context: MarkdownContext) -> None:
        super().on_enter(context)
        self.text = _Prose(justify=self.justify)


class _Cell(TableDataElement):
    """A cell of a table."""

    def __init__(self, justify: JustifyMethod) -> None:
        super().__init__(justify)
        self.content = _Prose(justify=justify)


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
        "paragraph_open": _Paragraph,
        "heading_open": _Heading,
        "fence": _CodeBlock,
        "code_block": _CodeBlock,
        "table_open": _Table,
        "td_open": _Cell,
        "th_open": _Cell,
    }

    def __init__(self, markup: str) -> None:
        super().__init__(markup)
        for token in self.parsed:
            token.children = token.children and _joined(token.children)


def _joined(tokens: "Sequence[Token]") -> "list[Token]":
    """Return the parts of a paragraph without the line ends for which Chinese has no blank."""
    return [
        token
        for index, token in enumerate(tokens)
        if token.type != "softbreak" or has_blank(_shown(tokens[:index])[-1:], _shown(tokens[index:])[:1])
    ]


def _shown(tokens: "Sequence[Token]") -> str:
    # Code has blanks around it, even if it begins or ends with a Chinese character.
    return "".join("`" if token.type == "code_inline" else token.content for token in tokens)


def draw_page(markdown: str, terminal: TextIO) -> None:
    """Draw Markdown on a terminal, at most 100 columns wide."""
    # rich obeys NO_COLOR for colours but keeps bold; None switches off both.
    color_system: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    console = Console(file=terminal, highlight=False, color_system=color_system, theme=_THEME)
    console.print(_Page(markdown), width=min(console.width, _WIDEST), crop=False)
