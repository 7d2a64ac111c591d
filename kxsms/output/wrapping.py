"""Lines that wrap at words on a terminal, and never inside a command that a person may copy."""

import re
from collections.abc import Iterator

from kxsms.domain.lines import CLOSING, OPENING, pieces, width_of
from kxsms.output.hints import COMMAND

_INDENT = "  "
_LEAST = 20
_SEPARATING = ",; ，；、"
"""Marks after a command that the end of its line stands for."""
_NARROW_MARKS = rf"[^\s'\"{OPENING}\u1100-\U0010ffff]"
# A quoted value, with the narrow characters next to it. An apostrophe within a word or at its end opens none.
_QUOTED = (
    rf"(?<!{_NARROW_MARKS}){_NARROW_MARKS}*+"
    rf"(?:(?<![A-Za-z0-9])'[^']+'(?![A-Za-z0-9])|\"[^\"]+\"|“[^“”]+”|‘[^‘’]+’|「[^「」]+」|『[^『』]+』)"
    rf"{_NARROW_MARKS}*[{CLOSING}]*"
)


def wrapped(text: str, columns: int) -> str:
    """Return a text as lines of at most `columns`, the further ones indented.

    A command that does not fit into what is left of a line gets a line of its own, whole, however long.
    """
    columns = max(columns, _LEAST)
    if width_of(text) <= columns:
        return text
    lines, line, is_closed, follows_command = [], "", False, False
    for blanks, piece, is_command in _pieces(text, columns - len(_INDENT)):
        joined = f"{line}{blanks}{piece}"
        if not is_closed and (not line.strip() or width_of(joined) <= columns):
            line, follows_command = joined, is_command
            continue
        if follows_command:
            piece = piece.lstrip(_SEPARATING)
            if not piece:
                continue
        lines.append(line)
        line, is_closed, follows_command = _INDENT + piece, is_command, is_command
    return "\n".join([*lines, line])


def _pieces(text: str, room: int) -> Iterator[tuple[str, str, bool]]:
    """Yield the parts that no line break may divide: the blanks before, the part, is it a command.

    A quoted value is one of them if it fits into `room` columns.
    """
    for blanks, part, is_command in _divided(text, COMMAND):
        if is_command:
            yield blanks, part, True
            continue
        for more, piece, is_quoted in _divided(part, _QUOTED):
            is_whole = is_quoted and width_of(piece) <= room
            if is_whole:
                yield blanks + more, piece, False
            else:
                yield from ((before, each, False) for before, each in pieces(blanks + more + piece))
            blanks = ""


def _divided(text: str, pattern: str) -> Iterator[tuple[str, str, bool]]:
    """Yield what a pattern finds and what lies between: the blanks before, the part, is it found."""
    end = 0
    for found in re.finditer(pattern, text):
        before = text[end : found.start()]
        yield "", before.rstrip(" "), False
        yield " " * (len(before) - len(before.rstrip(" "))), found[0], True
        end = found.end()
    yield "", text[end:], False
