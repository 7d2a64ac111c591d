"""The parts of a whole on a terminal: a bar, and a legend with counts and percentages."""

from rich.cells import cell_len
from rich.text import Text

from kxsms.domain.figures import cells_of, percent
from kxsms.language import tr
from kxsms.output.view import Shares
from kxsms.output.words import heading, percentage

_LOOKS = {
    "accepted": ("█", "green"),
    "delivered": ("█", "green"),
    "rejected": ("▒", "red"),
    "failed": ("▒", "red"),
    "unknown": ("░", "yellow"),
    "in_flight": ("▓", ""),
    "not_sent": ("·", "yellow"),
    "pending": ("·", ""),
}
"""The sign and the style of each part."""
_MOST_CELLS = 40
_GAP = 2


def shares_text(shares: Shares, room: int) -> Text:
    """Return the bar and, below it, the legend: the first part always, and each other one that is not 0.

    The legend breaks between two parts where there is no `room` for both.
    """
    counts = [count for _, count in shares.parts]
    whole = sum(counts)
    text = Text(overflow="fold")
    sizes = cells_of(counts, whole, max(1, min(_MOST_CELLS, room)))
    for (name, _), size in zip(shares.parts, sizes, strict=True):
        sign, style = _LOOKS[name]
        text.append(sign * size, style=style)
    left = 0
    for place, (name, count) in enumerate(shares.parts):
        if place and not count:
            continue
        number, share = f"{count:,}", percentage(percent(count, whole))
        if place:
            words = tr("{name} {count} ({share})", name=heading(name), count=number, share=share)
        else:
            words = tr(
                "{name} {count} of {whole} ({share})",
                name=heading(name),
                count=number,
                whole=f"{whole:,}",
                share=share,
            )
        words = f" {words}"
        width = cell_len(words) + 1
        is_on_new_line = left < width + _GAP
        text.append("\n" if is_on_new_line else " " * _GAP)
        left = (room if is_on_new_line else left - _GAP) - width
        sign, style = _LOOKS[name]
        text.append(sign, style=style)
        text.append(words)
    return text
