"""The approved template that a text misses most narrowly, and the first place where they differ."""

import unicodedata
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

from kxsms.domain.approved import (
    ApprovedTemplate,
    Gap,
    places_after,
    places_behind,
    without_signature,
)
from kxsms.domain.words import counted
from kxsms.language import located, tr

_CONTEXT = 10
"""Characters of the text that a message shows before the place."""
_SHOWN = 100
"""Characters of a template that a message shows."""

# Characters that look alike in full width and in half width, one for one.
_NARROW = str.maketrans(
    {
        **{chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)},
        **dict(zip("\u3000。、【】《》“”‘’—…￥", " .,[]<>\"\"''-.¥", strict=True)),
    }
)


class NearMiss(NamedTuple):
    """The nearest approved template, and in words what the text has that it does not."""

    template: ApprovedTemplate
    difference: str


def near_miss(text: str, templates: Sequence[ApprovedTemplate]) -> NearMiss:
    """Return the nearest template for a text that matches none: first one that differs in widths alone."""
    bare = without_signature(text)
    template = next((one for one in templates if _narrow_template(one).fits(narrow(bare))), None)
    template = template or max(templates, key=lambda one: _likeness(bare, one))
    return NearMiss(template, first_difference(template, bare))


def described(text: str, templates: Sequence[ApprovedTemplate]) -> str:
    """Return what keeps a text from matching, for the end of a sentence about it."""
    template, difference = near_miss(text, templates)
    shown = template.text if len(template.text) <= _SHOWN else template.text[:_SHOWN] + "…"
    return located(difference, repr(shown))


def narrow(text: str) -> str:
    """Return a text with full-width punctuation, letters, digits and blanks in half width."""
    return text.translate(_NARROW)


def _narrow_template(template: ApprovedTemplate) -> ApprovedTemplate:
    return template._replace(literals=tuple(map(narrow, template.literals)))


def _likeness(text: str, template: ApprovedTemplate) -> float:
    from difflib import SequenceMatcher

    own = narrow("".join(template.literals))
    return SequenceMatcher(None, narrow(text), own, autojunk=False).ratio()


def first_difference(template: ApprovedTemplate, text: str) -> str:
    """Return in words the first place where a text differs from a template that it does not match."""
    places, gap = 1, None
    for index, literal in enumerate(template.literals):
        starts, before = places, _lowest(places)
        if index:
            gap = template.gaps[index - 1]
            starts = places_behind(gap, places, len(text))
            if not starts:
                return tr(
                    "it ends {place}, where the nearest template has {spelling}",
                    place=_place(text, len(text)),
                    spelling=gap.spelling,
                )
        places = places_after(text, literal, starts)
        if index == len(template.literals) - 1:
            return _at_end(text, literal, starts, gap, before)
        if not places:
            return _in_literal(text, literal, starts, gap, before)
    raise AssertionError("a template has a literal")


def _at_end(text: str, literal: str, starts: int, gap: Gap | None, before: int) -> str:
    """Describe the difference if it is in the last literal of a template, or behind it."""
    if gap is not None and text.endswith(literal):
        return _of_length(len(text) - len(literal) - before, gap)
    ends = places_after(text, literal, starts)
    if ends:
        end = ends.bit_length() - 1
        return tr(
            "it has {text!r} {place}, where the nearest template ends",
            text=text[end],
            place=_place(text, end),
        )
    return _in_literal(text, literal, starts, gap, before)


def _of_length(characters: int, gap: Gap) -> str:
    found = counted(characters, "character") if characters else tr("nothing")
    allowed = counted(gap.most, "character")
    if gap.least < gap.most:
        allowed = tr("{least} to {most} characters", least=gap.least, most=gap.most)
    return tr(
        "it has {found} for {spelling}, which stands for {allowed} in the nearest template",
        found=found,
        spelling=gap.spelling,
        allowed=allowed,
    )


def _in_literal(text: str, literal: str, starts: int, gap: Gap | None, before: int) -> str:
    """Describe the difference to a literal that begins at none of the places `starts`."""
    found = text.find(literal, before)
    if gap is not None and found >= 0:
        return _of_length(found - before, gap)
    candidates = [place for place in range(len(text) + 1) if starts >> place & 1]
    start = max(candidates, key=lambda place: (_fitness(text[place:], literal), place))
    same = _in_a_row(text[start:], literal)
    place = start + same
    if place == len(text):
        return tr(
            "it ends {place}, where the nearest template has {literal!r}",
            place=_place(text, place),
            literal=literal[same],
        )
    ours, theirs = text[place], literal[same]
    if narrow(ours) == narrow(theirs):
        return tr(
            "it has {ours} {place}, where the nearest template has {theirs}",
            ours=_with_width(ours),
            place=_place(text, place),
            theirs=_with_width(theirs),
        )
    return tr(
        "it has {ours!r} {place}, where the nearest template has {theirs!r}",
        ours=ours,
        place=_place(text, place),
        theirs=theirs,
    )


def _fitness(text: str, literal: str) -> int:
    """Return how well a text begins with a literal: equal characters count, of any width.

    One difference is passed over: another character, which counts a little, or one too many or too few.
    """
    ours, theirs = narrow(text), narrow(literal)
    same = _in_a_row(ours, theirs)
    ours, theirs = ours[same:], theirs[same:]
    other, more, fewer = _equal(ours[1:], theirs[1:]), _equal(ours[1:], theirs), _equal(ours, theirs[1:])
    return 2 * same + max(2 * other + 1, 2 * more, 2 * fewer)


def _equal(one: str, other: str) -> int:
    return sum(ours == theirs for ours, theirs in zip(one, other, strict=False))


def _in_a_row(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _with_width(character: str) -> str:
    match unicodedata.east_asian_width(character):
        case "F" | "W":
            return tr("{character!r} (full-width)", character=character)
        case "Na" | "H":
            return tr("{character!r} (half-width)", character=character)
        case _:
            return f"{character!r} (U+{ord(character):04X})"


def _place(text: str, place: int) -> str:
    """Return where a place is, with `…` where a number is cut: the mask then masks this part too."""
    if not place:
        return tr("at its start")
    start = max(0, place - _CONTEXT)
    before, behind = ("…" if _is_in_number(text, cut) else "" for cut in (start, place))
    return tr("after {words!r}", words=before + text[start:place] + behind)


def _is_in_number(text: str, place: int) -> bool:
    return place > 0 and len(text[place - 1 : place + 1]) == 2 and text[place - 1 : place + 1].isdigit()


def _lowest(places: int) -> int:
    return (places & -places).bit_length() - 1
