"""Placeholders that would reach a phone unfilled, because they are written in another style."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from kxsms.domain.columns import Columns

_NAME = r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*"
_MARKS = "#＃%％@＠$＄"
_OPENING, _CLOSING = r"｛\[［【《«<＜〈「『〔〖", r"｝\]］】》»>＞〉」』〕〗"
_ROUND, _DOLLARS = "(（", "$＄"
_INNER = rf"{{}}{_OPENING}{_CLOSING}{_MARKS}\r\n"
# Compiled when a text needs them: that takes a single send longer than all its other checks.
# The styles of mail merge, of other programs and of the gateway's templates. The first group is the name. The
# mark at the end of one may be the mark before the next one: `#1，#name#`.
_OF_COLUMNS = (
    rf"(?<!\{{)\{{\{{([^{_INNER}]+)\}}\}}(?!\}})|[$＄]\{{([^{_INNER}]+)\}}|\{{([^{_INNER}]+)｝"
    rf"|[{_OPENING}]{{1,2}}([^{_INNER}]+)[}}{_CLOSING}]{{1,2}}|[{_MARKS}]([^{_INNER}]+)(?=[{_MARKS}])"
)
_OF_PROGRAMS = (
    rf"(?<!\{{)\{{\{{\s*({_NAME})\s*\}}\}}(?!\}})|[$＄]\{{\s*({_NAME})\s*\}}|[#＃]({_NAME})[#＃]|[%％]({_NAME})[%％]"
    rf"|[@＠]var[(（]([^()（）]*)[)）]"
)
# Running text has these too, so they have to name a column exactly. The name after $ has no end.
_IN_RUNNING_TEXT = (
    rf"[%％]\(([^{_INNER}()（）]+)\)[sd]|[(（]([^{_INNER}()（）]+)[)）]|([$＄])(?=([^{_INNER}]+))"
)
_OF_PAGES = rf"<%[=-]?([^{_INNER}]+?)-?%>"
_LONGEST_NAME = 40
_GOES_ON = re.compile(r"[A-Za-z0-9_]{2}")
_IDENTIFIER = rf"\s*{_NAME}\s*"
# For many texts at once: a pattern that begins with one character is found ten times as fast as all styles.
_SIGNS = (*_OPENING.replace("\\", ""), *_MARKS, *_ROUND)
_IN_BRACES = re.compile(r"\{([^{}\r\n]*)\}")

_NAMES_KEPT = 10_000


@cache
def _names_after(mark: str) -> re.Pattern[str]:
    inner = f"{_INNER}()（）" if mark in _ROUND else _INNER
    return re.compile(rf"{re.escape(mark)}([^{inner}]+)")


class ColumnNames:
    """The names of a file's columns, as placeholders hold them."""

    def __init__(self, header: Sequence[str] = ()) -> None:
        self._columns = Columns(header)
        self.names = header
        self._exact = frozenset(header)
        self.meant = lru_cache(_NAMES_KEPT)(self._meant)
        """Return the column that a name means, as the file has it, or None."""

    def _meant(self, name: str) -> str | None:
        found = self._columns.named(name.strip())
        return self.names[found[0]] if found else None

    def exact(self, text: str, *, may_go_on: bool = False) -> str | None:
        """Return the column that a text is, to the letter; if it `may_go_on`, the one that it begins with.

        A column whose name is a number is none: running text is full of them.
        """
        for end in range(min(len(text), _LONGEST_NAME), 0, -1) if may_go_on else (len(text),):
            name = text[:end]
            if name in self._exact and not name.isdecimal() and not _GOES_ON.match(text, end - 1):
                return name
        return None


class LeftoverPlaceholder(ValueError):
    """A placeholder that nothing fills. `found` is what the text holds, `column` the column of that name."""

    def __init__(self, found: str, name: str, column: str | None) -> None:
        super().__init__(found)
        self.found = found
        self.name = name
        self.column = column


def refuse_other_styles(text: str, columns: ColumnNames) -> None:
    """Raise LeftoverPlaceholder for a placeholder in another style than `{column}`.

    It is one if it names a column, or is what programs write: a Latin identifier, which may have dots, in
    `{{…}}`, `${…}`, `#…#` or `%…%`, or `@var(…)`. Anything else, such as `#双11#`, is a part of the text.
    """
    if columns.names:
        _refuse_names(text, columns)
    if "{{" in text or any(mark in text for mark in _MARKS):
        program = re.search(_OF_PROGRAMS, text)
        if program is not None:
            raise LeftoverPlaceholder(program[0], program[program.lastindex or 0], None)


def _refuse_names(text: str, columns: ColumnNames) -> None:
    for found in re.finditer(_OF_COLUMNS, text):
        name = found[found.lastindex or 0]
        column = columns.meant(name)
        if column is not None:
            whole = (
                found[0] + text[found.end()] if found[0][0] in _MARKS and found[0][-1] != "}" else found[0]
            )
            raise LeftoverPlaceholder(whole, name, column)
    for found in re.finditer(_OF_PAGES, text):
        column = columns.meant(found[1])
        if column is not None:
            raise LeftoverPlaceholder(found[0], found[1], column)
    for found in re.finditer(_IN_RUNNING_TEXT, text):
        name = columns.exact(found[found.lastindex or 0], may_go_on=bool(found[3]))
        if name is not None:
            raise LeftoverPlaceholder(f"{found[3]}{name}" if found[3] else found[0], name, name)


def refuse_braces(text: str, columns: ColumnNames) -> None:
    """Raise LeftoverPlaceholder for anything in braces: nothing fills it in a text that is no template."""
    found = _IN_BRACES.search(text)
    if found is not None:
        raise LeftoverPlaceholder(found[0], found[1], columns.meant(found[1]))


def refuse_in_value(value: str, columns: ColumnNames) -> None:
    """Raise LeftoverPlaceholder for a placeholder in the value of a row: nothing fills values.

    Braces are a part of a value, unless they hold the name of a column or a Latin identifier.
    """
    refuse_other_styles(value, columns)
    for found in _IN_BRACES.finditer(value):
        column = columns.meant(found[1])
        if column is not None or re.fullmatch(_IDENTIFIER, found[1]):
            raise LeftoverPlaceholder(found[0], found[1], column)


def may_hold_placeholder(texts: Sequence[str], columns: ColumnNames) -> bool:
    """Return whether one of many texts may hold a placeholder; most of them at once hold none."""
    joined = "\n".join(texts)
    if "{" in joined or "<%" in joined:
        return True
    for mark in _SIGNS:
        for name in set(_names_after(mark).findall(joined)) if mark in joined else ():
            if _may_be_one(mark, name, columns):
                return True
    return False


def _may_be_one(mark: str, name: str, columns: ColumnNames) -> bool:
    """Return whether a mark and what follows it may be a placeholder."""
    if mark in _ROUND:
        return columns.exact(name) is not None
    if mark in _MARKS and (re.fullmatch(_IDENTIFIER, name) or name.startswith(("var(", "var（"))):
        return True
    if mark in _DOLLARS and columns.exact(name, may_go_on=True):
        return True
    return columns.meant(name) is not None
