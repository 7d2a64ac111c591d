"""Placeholders that would reach a phone unfilled, because they are written in another style."""

import re
from collections.abc import Callable, Sequence

_NAME = r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*"
_MARKS = "#＃%％@＠$＄"
_OPENING, _CLOSING = r"｛\[［【《«<＜〈「『〔〖", r"｝\]］】》»>＞〉」』〕〗"
_INNER = rf"{{}}{_OPENING}{_CLOSING}{_MARKS}\r\n"
# The styles of mail merge, of other programs and of the gateway's templates. The first group is the name. The
# mark at the end of one may be the mark before the next one: `#1，#name#`.
_OF_COLUMNS = re.compile(
    rf"(?<!\{{)\{{\{{([^{_INNER}]+)\}}\}}(?!\}})|[$＄]\{{([^{_INNER}]+)\}}|\{{([^{_INNER}]+)｝"
    rf"|[{_OPENING}]([^{_INNER}]+)[}}{_CLOSING}]|[{_MARKS}]([^{_INNER}]+)(?=[{_MARKS}])"
)
_OF_PROGRAMS = re.compile(
    rf"(?<!\{{)\{{\{{\s*({_NAME})\s*\}}\}}(?!\}})|[$＄]\{{\s*({_NAME})\s*\}}|[#＃]({_NAME})[#＃]|[%％]({_NAME})[%％]"
    rf"|[@＠]var[(（]([^()（）]*)[)）]"
)
_IDENTIFIER = re.compile(rf"\s*{_NAME}\s*")
_SUSPECT = re.compile(rf"[{{{_OPENING}{_MARKS}]")
_IN_BRACES = re.compile(r"\{([^{}\r\n]*)\}")

NameOf = Callable[[str], str | None]
"""A function that returns the column of a name, as the file has it, or None."""


class LeftoverPlaceholder(ValueError):
    """A placeholder that nothing fills. `found` is what the text holds, `column` the column of that name."""

    def __init__(self, found: str, name: str, column: str | None) -> None:
        super().__init__(found)
        self.found = found
        self.name = name
        self.column = column


def refuse_other_styles(text: str, column_of: NameOf) -> None:
    """Raise LeftoverPlaceholder for a placeholder in another style than `{column}`.

    It is one if it names a column, or is what programs write: a Latin identifier, which may have dots, in
    `{{…}}`, `${…}`, `#…#` or `%…%`, or `@var(…)`. Anything else, such as `#双11#`, is a part of the text.
    """
    for found in _OF_COLUMNS.finditer(text):
        name = found[found.lastindex or 0]
        column = column_of(name)
        if column is not None:
            whole = (
                found[0] + text[found.end()] if found[0][0] in _MARKS and found[0][-1] != "}" else found[0]
            )
            raise LeftoverPlaceholder(whole, name, column)
    program = _OF_PROGRAMS.search(text)
    if program is not None:
        raise LeftoverPlaceholder(program[0], program[program.lastindex or 0], None)


def refuse_braces(text: str, column_of: NameOf) -> None:
    """Raise LeftoverPlaceholder for anything in braces: nothing fills it in a text that is no template."""
    found = _IN_BRACES.search(text)
    if found is not None:
        raise LeftoverPlaceholder(found[0], found[1], column_of(found[1]))


def refuse_in_value(value: str, column_of: NameOf) -> None:
    """Raise LeftoverPlaceholder for a placeholder in the value of a row: nothing fills values.

    Braces are a part of a value, unless they hold the name of a column or a Latin identifier.
    """
    refuse_other_styles(value, column_of)
    for found in _IN_BRACES.finditer(value):
        column = column_of(found[1])
        if column is not None or _IDENTIFIER.fullmatch(found[1]):
            raise LeftoverPlaceholder(found[0], found[1], column)


def may_hold_placeholder(texts: Sequence[str], column_of: NameOf) -> bool:
    """Return whether one of many texts may hold a placeholder; most of them at once hold none."""
    joined = "\n".join(texts)
    if not _SUSPECT.search(joined):
        return False
    if "{" in joined or _OF_PROGRAMS.search(joined):
        return True
    return any(column_of(name) for groups in set(_OF_COLUMNS.findall(joined)) for name in groups if name)
