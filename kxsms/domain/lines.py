"""Text in lines of a terminal: how wide it is, and where a line may end."""

import re
from collections.abc import Iterator
from unicodedata import combining, east_asian_width

CLOSING = "，。、！？；：）】》」』”’"
OPENING = "（【《「『“‘"
_ASCII_OPENING = "'\"(["
_NARROW = r"\x00-\u10ff"
# One wide character, with the marks that must not stand at the start or at the end of a line; or a word.
_PIECE = (
    rf"(?:\A[{re.escape(_ASCII_OPENING)}]+)?[{OPENING}]*+[^{_NARROW}{OPENING}]"
    rf"(?:[{CLOSING}]|[),.;:?!\]]++(?![A-Za-z0-9]))*"
    rf"(?:['\"]\W*\Z)?|[{OPENING}]*+[{_NARROW}]+[{CLOSING}]*|[{OPENING}]+"
)


def width_of(text: str) -> int:
    """Return how many columns a text takes: Chinese characters take two."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(each) else 1 + (east_asian_width(each) in "WF") for each in text)


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """Yield the words and the wide characters of a text, each with the blanks before it."""
    for word in re.finditer(r"( *)([^ ]+)", text):
        blanks = word[1]
        for piece in re.findall(_PIECE, word[2]):
            yield blanks, piece
            blanks = ""


def has_blank(before: str, after: str) -> bool:
    """Return whether there is a blank between two characters where the source has a line end."""
    wide = [each for each in (before, after) if width_of(each) > 1]
    has_mark = any(each in CLOSING + OPENING for each in (before, after))
    return not wide or (len(wide) < 2 and not has_mark)


def on_one_line(text: str) -> str:
    """Return a text whose line ends are blanks, but for those for which Chinese has none."""
    joined = ""
    for line in (" ".join(line.split()) for line in text.splitlines() if not line.isspace()):
        joined += f" {line}" if joined and has_blank(joined[-1], line[:1]) else line
    return joined


def filled(text: str, columns: int) -> list[str]:
    """Return a text as lines of at most `columns`, but for a word that is longer."""
    # A line that ends between Chinese characters ends without a blank.
    text = re.sub(rf"(?<=[^{_NARROW}])\s*\n\s*(?=[^{_NARROW}])", "", text.strip())
    lines, line = [], ""
    for blanks, piece in pieces(re.sub(r"\s*\n\s*", " ", text)):
        joined = f"{line}{blanks}{piece}"
        if line and width_of(joined) > columns:
            lines.append(line)
            joined = piece
        line = joined
    return [*lines, line] if line else lines
