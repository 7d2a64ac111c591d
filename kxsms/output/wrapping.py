"""Lines that wrap at words on a terminal, and never inside a command that a person may copy."""

import re
from collections.abc import Iterator
from unicodedata import combining, east_asian_width

from kxsms.output.hints import COMMAND

_INDENT = "  "
_LEAST = 20
_CLOSING = "，。、！？；：）】》」』”’"
_OPENING = "（【《「『“‘"
# One wide character, with the marks that must not stand at the start or at the end of a line; or a word.
_PIECE = re.compile(rf"[{_OPENING}]*[^\x00-\u10ff{_OPENING}][{_CLOSING}]*|[\x00-\u10ff]+|.", re.S)


def width_of(text: str) -> int:
    """Return how many columns a text takes: Chinese characters take two."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(each) else 1 + (east_asian_width(each) in "WF") for each in text)


def wrapped(text: str, columns: int) -> str:
    """Return a text as lines of at most `columns`, the further ones indented.

    A command that does not fit into what is left of a line gets a line of its own, whole, however long.
    """
    columns = max(columns, _LEAST)
    if width_of(text) <= columns:
        return text
    lines, line, is_closed = [], "", False
    for blanks, piece, is_command in _pieces(text):
        joined = f"{line}{blanks}{piece}"
        if not is_closed and (not line.strip() or width_of(joined) <= columns):
            line = joined
            continue
        if is_closed:
            piece = piece.lstrip(",; ")
            if not piece:
                continue
        lines.append(line)
        line, is_closed = _INDENT + piece, is_command
    return "\n".join([*lines, line])


def _pieces(text: str) -> Iterator[tuple[str, str, bool]]:
    """Yield the parts that no line break may divide: the blanks before, the part, is it a command."""
    end = 0
    for command in COMMAND.finditer(text):
        yield from _words(text[end : command.start()])
        before = text[end : command.start()]
        yield " " * (len(before) - len(before.rstrip(" "))), command[0], True
        end = command.end()
    yield from _words(text[end:])


def _words(text: str) -> Iterator[tuple[str, str, bool]]:
    for word in re.finditer(r"( *)([^ ]+)", text):
        blanks = word[1]
        for piece in _PIECE.findall(word[2]):
            yield blanks, piece, False
            blanks = ""
