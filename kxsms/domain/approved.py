"""Approved templates: the texts that the vendor has approved, and which of them a text matches.

`{name}` stands for 1 to 50 characters, `{name:6}` for 1 to 6, `{name:4-6}` for 4 to 6; `{{` and `}}` are
braces. The signature in front of a text counts neither here nor there.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache, cached_property
from itertools import takewhile, zip_longest
from typing import NamedTuple

from kxsms.domain.content import MAX_CHARACTERS
from kxsms.domain.values import clean_text, without_start
from kxsms.language import tr

_MOST = 50
"""Characters that a placeholder without a length stands for at most."""

_SIGNATURE = re.compile(r"【[^【】]+】")
_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}:]*)(?::([^{}]*))?\}|[{}]")
_Token = str | tuple[int, int]
"""A character of an approved template, or the fewest and the most characters of a gap."""
_LENGTH = re.compile(r"(?:([0-9]{1,3})-)?([0-9]{1,3})")


class InvalidApproved(ValueError):
    """An approved template that nothing can match; the message says why."""


class Gap(NamedTuple):
    """A placeholder of an approved template, as it is spelled there, and the characters it stands for."""

    spelling: str
    least: int
    most: int


class ApprovedTemplate(NamedTuple):
    """An approved template: its text, and its literals with a gap between any two of them."""

    text: str
    literals: tuple[str, ...]
    gaps: tuple[Gap, ...]

    def fits(self, text: str) -> bool:
        """Return whether a text without its signature matches.

        Unlike a regular expression that tries again, this takes no longer for a hostile text.
        """
        places = 1
        for literal, gap in zip_longest(self.literals, self.gaps):
            places = places_after(text, literal, places)
            if gap is not None:
                places = places_behind(gap, places, len(text))
        return bool(places >> len(text) & 1)

    @property
    def tokens(self) -> tuple["_Token", ...]:
        """Return the characters and the gaps in order, with a NUL at the end."""
        found: list[_Token] = []
        for literal, gap in zip_longest(self.literals, self.gaps):
            found += literal
            if gap is not None:
                found.append((gap.least, gap.most))
        return (*found, "\0")


def places_after(text: str, literal: str, places: int) -> int:
    """Return the places behind a literal that begins at one of the places. Bit n stands for place n."""
    after, lowest = 0, (places & -places).bit_length() - 1
    if not literal or lowest < 0:
        return places
    at = text.find(literal, lowest)
    while at >= 0:
        if places >> at & 1:
            after |= 1 << (at + len(literal))
        at = text.find(literal, at + 1)
    return after


def places_behind(gap: Gap, places: int, length: int) -> int:
    """Return the places behind a gap that begins at one of the places, in a text of some length."""
    behind = 0
    for characters in range(gap.least, min(gap.most, length) + 1):
        behind |= places << characters
    return behind & ((1 << (length + 1)) - 1)


def without_signature(text: str) -> str:
    """Return a text without the signature in front of it."""
    return _SIGNATURE.sub("", text, count=1) if text.startswith("【") else text


@cache
def approved(text: str) -> ApprovedTemplate:
    """Return the approved template of a text, clean as the texts that are sent. Raise InvalidApproved."""
    clean = clean_text(without_start(text))
    bare = without_signature(clean)
    if not bare.strip():
        raise InvalidApproved(tr("is nothing but its signature") if clean.strip() else tr("is empty"))
    if "\0" in bare:
        raise InvalidApproved(tr("contains a NUL"))
    literals, end = [""], 0
    gaps: list[Gap] = []
    for token in _TOKEN.finditer(bare):
        found = token[0]
        literals[-1] += bare[end : token.start()]
        end = token.end()
        if found in ("{", "}"):
            braces = {"brace": found, "twice": found * 2}
            if found == "{":
                raise InvalidApproved(
                    tr("has a {brace} that is never closed; write {twice} for the character itself", **braces)
                )
            raise InvalidApproved(
                tr("has a {brace} that closes nothing; write {twice} for the character itself", **braces)
            )
        if found in ("{{", "}}"):
            literals[-1] += found[0]
            continue
        gap = _gap(found, token[2])
        if gaps and not literals[-1]:
            before = gaps.pop()
            gap = Gap(before.spelling + found, before.least + gap.least, before.most + gap.most)
        else:
            literals.append("")
        gaps.append(gap)
    literals[-1] += bare[end:]
    if not any(map(str.strip, literals)):
        raise InvalidApproved(tr("has no text of its own, only placeholders"))
    if sum(map(len, literals)) + sum(gap.least for gap in gaps) > MAX_CHARACTERS:
        raise InvalidApproved(
            tr(
                "is longer than the {limit} characters that a text may have",
                limit=MAX_CHARACTERS,
            )
        )
    return ApprovedTemplate(clean, tuple(literals), tuple(gaps))


def _gap(spelling: str, length: str | None) -> Gap:
    if length is None:
        return Gap(spelling, 1, _MOST)
    found = _LENGTH.fullmatch(length.strip())
    least, most = (int(found[1] or 1), int(found[2])) if found else (0, 0)
    if not 1 <= least <= most <= MAX_CHARACTERS:
        raise InvalidApproved(
            tr(
                "has the placeholder {spelling} without a valid length: write {{code:6}} for 1 to 6"
                " characters, {{code:4-6}} for 4 to 6",
                spelling=spelling,
            )
        )
    return Gap(spelling, least, most)


class ApprovedTemplates:
    """The approved templates of a product."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.templates: Sequence[ApprovedTemplate] = tuple(map(approved, texts))

    def match(self, text: str) -> ApprovedTemplate | None:
        """Return the first approved template that a text matches, or None."""
        bare = without_signature(text)
        return next((template for template in self.templates if template.fits(bare)), None)

    def misfits(self, texts: Collection[str]) -> Iterator[str]:
        """Yield those of many texts that match no approved template.

        One regular expression for all texts takes a tenth of the time of a call for each; the benchmark is
        `templates` of tests.bench.
        """
        if not texts:
            return
        joined = "\0".join(texts) + "\0"
        likely = self.match(next(iter(texts)))
        if likely is not None and _run_of((likely,)).fullmatch(joined):
            return
        if self._any.fullmatch(joined):
            return
        for text in texts:
            if not self._any.fullmatch(f"{text}\0") and self.match(text) is None:
                yield text

    @cached_property
    def _any(self) -> re.Pattern[str]:
        return _run_of(tuple(self.templates))


@cache
def _run_of(templates: Sequence[ApprovedTemplate]) -> re.Pattern[str]:
    """Return a regular expression for texts that match templates, each with a NUL behind it.

    All that it matches fits. It ends a gap at the first place where it may end, never tries another, and so
    refuses some texts that fit.
    """
    rows = list(dict.fromkeys(template.tokens for template in templates))
    return re.compile(f"(?:(?:【[^【】\0]+】)?+{_either(rows)})*+")


def _either(rows: Sequence[Sequence[_Token]]) -> str:
    """Return a regular expression for any of some rows of tokens; what several begin with is tried once."""
    found = []
    for head, rests in _branches(rows):
        if isinstance(head, str):
            found.append(re.escape(head) + (_either(rests) if any(rests) else ""))
        else:
            behind = "|".join(re.escape(str(literal)) for literal, _ in _branches(rests))
            found.append(f"(?>[^\0]{{{head[0]},{head[1]}}}?(?={behind})){_either(rests)}")
    return f"(?:{'|'.join(found)})"


def _branches(rows: Sequence[Sequence[_Token]]) -> Iterator[tuple[_Token, list[Sequence[_Token]]]]:
    """Yield each gap, or longest literal, that rows begin with, and the rests of these rows."""
    groups: dict[_Token, list[Sequence[_Token]]] = {}
    for row in rows:
        groups.setdefault(row[0], []).append(row)
    for head, alike in groups.items():
        if isinstance(head, str):
            same = takewhile(
                lambda tokens: len(set(tokens)) == 1 and isinstance(tokens[0], str), zip(*alike, strict=False)
            )
            head = "".join(str(tokens[0]) for tokens in same)
            yield head, [row[len(head) :] for row in alike]
        else:
            yield head, [row[1:] for row in alike]
