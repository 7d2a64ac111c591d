"""The width of a line on a terminal."""

import unicodedata

_WIDTHS = {"W": 2, "F": 2}


def width(line: str) -> int:
    """Return how many columns of a terminal a line takes."""
    return sum(_WIDTHS.get(unicodedata.east_asian_width(character), 1) for character in line)
