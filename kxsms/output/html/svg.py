"""The charts of the report: SVG whose lengths are percentages, so that no text is scaled with them."""

from collections.abc import Iterable, Sequence
from html import escape

_GAP = 0.15
"""The share of a column that stays empty."""


def stacked_bar(label: str, parts: Sequence[tuple[str, int, str]]) -> str:
    """Return one bar of parts: the class, the count and the title of each."""
    total = sum(count for _, count, _ in parts) or 1
    rects, left = [], 0.0
    for kind, count, title in parts:
        if count:
            width = 100 * count / total
            rects.append(_rect(kind, title, x=left, width=width, y=0, height=100))
            left += width
    return _svg("bar", label, rects)


def columns(
    label: str, bars: Sequence[tuple[int, int]], titles: Sequence[str], kinds: tuple[str, str]
) -> str:
    """Return columns of two parts each, the first part below. `kinds` are the classes of the parts."""
    most = max((sum(bar) for bar in bars), default=0) or 1
    width = 100 / max(1, len(bars))
    rects = []
    for place, (bar, title) in enumerate(zip(bars, titles, strict=True)):
        top = 100.0
        for kind, count in zip(kinds, bar, strict=True):
            if count:
                height = 100 * count / most
                top -= height
                left = (place + _GAP / 2) * width
                rects.append(_rect(kind, title, x=left, width=width * (1 - _GAP), y=top, height=height))
    return _svg("columns", label, rects)


def meter(label: str, kind: str, share: float) -> str:
    """Return a bar that fills a share of its place, from 0 to 1."""
    return _svg("meter", label, [_rect(kind, label, x=0, width=100 * share, y=0, height=100)])


def _svg(kind: str, label: str, parts: Iterable[str]) -> str:
    return f'<svg class="{kind}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'


def _rect(kind: str, title: str, *, x: float, width: float, y: float, height: float) -> str:
    place = f'x="{x:.2f}%" y="{y:.2f}%" width="{width:.2f}%" height="{height:.2f}%"'
    return f'<rect class="{kind}" {place}><title>{escape(title)}</title></rect>'
