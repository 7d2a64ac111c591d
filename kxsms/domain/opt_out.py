"""Opt-outs: the replies by which a recipient asks for no more texts."""

import re
import time
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

_NOT_COMPARED = re.compile(r"[\W_]+")
"""Blanks, quotes, punctuation and invisible marks."""


class OptOutSource(StrEnum):
    """The way in which kxsms learned of an opt-out."""

    REPLY = "reply"
    PERSON = "person"


class OptOut(NamedTuple):
    """A recipient who opted out. `since` is in seconds since 1970; the reason of a reply is its text.
    `mobile` is None for one that was forgotten."""

    mobile: str | None
    since: float
    source: OptOutSource
    reason: str | None


COLUMNS = ("mobile", "since", "source", "reason")
"""The columns of an export of opt-outs."""


def by_person(mobiles: Iterable[str | int], reason: str | None) -> list[OptOut]:
    """Return the opt-outs of recipients that a person adds now."""
    now = time.time()
    return [OptOut(str(mobile), now, OptOutSource.PERSON, reason) for mobile in mobiles]


class OptOutKeywords:
    """The keywords of a profile, compared without width, case, blanks, quotes and punctuation."""

    def __init__(self, keywords: Iterable[str]) -> None:
        self._keywords = frozenset(filter(None, map(_compared, keywords)))

    def __bool__(self) -> bool:
        """Return whether any reply can match."""
        return bool(self._keywords)

    def match(self, content: str | None) -> bool:
        """Return whether a whole reply is one of the keywords."""
        return content is not None and _compared(content) in self._keywords


@lru_cache(maxsize=4096)
def _compared(text: str) -> str:
    """Return a text as keywords are compared."""
    return _NOT_COMPARED.sub("", unicodedata.normalize("NFKC", text)).casefold()
