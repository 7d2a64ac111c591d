"""The traces of one mobile number in texts and bytes: its digits, however they are spelled."""

import re
from collections.abc import Iterable

from kxsms.domain.marks import MARKS, SELECTORS

_BETWEEN = rf"[\s.,()\-\u00a0\u2010-\u2015\u2212{MARKS}{SELECTORS}]{{0,3}}"
_BETWEEN_BYTES = rb"(?:[\0 .,()\-\t]|\xc2\xa0|\xe2\x80[\x8b-\x95]){0,3}"
_DIGIT = re.compile(r"\\uff1[0-9]|[0-9０-９]")
_DIGIT_BYTES = re.compile(
    rb"\\uff1[0-9]|\xef\xbc[\x90-\x99]|\xa3[\xb0-\xb9]|\xff[\x10-\x19]|[\x10-\x19]\xff|[0-9]"
)

_APART = "|"
"""A character between two texts that are searched together: it stands in no spelling of a number."""

Value = str | bytes | int | float | None
"""A value of a column."""


class Traces:
    """All spellings of one number: with blanks or hyphens, in full width, and in other encodings."""

    def __init__(self, mobile: str) -> None:
        self.mobile = mobile
        self._text = re.compile(_BETWEEN.join(map(_spellings, mobile)))
        self._bytes = re.compile(_BETWEEN_BYTES.join(map(_spellings_in_bytes, mobile)))

    def are_in(self, value: Value) -> bool:
        """Return whether a value holds the number."""
        if isinstance(value, str):
            return self._text.search(value) is not None
        return isinstance(value, bytes) and self._bytes.search(value) is not None

    def are_in_any(self, values: Iterable[Value]) -> bool:
        """Return whether any of some values holds the number. It is fastest with hundreds of values."""
        texts, others = [], []
        for value in values:
            if isinstance(value, str):
                texts.append(value)
            elif isinstance(value, bytes):
                others.append(value)
        if self._text.search(_APART.join(texts)) is not None:
            return True
        return self._bytes.search(_APART.encode().join(others)) is not None

    def removed(self, value: Value) -> Value:
        """Return a value with a star for each digit of the number."""
        if isinstance(value, str):
            return self._text.sub(lambda found: _DIGIT.sub("*", found[0]), value)
        if isinstance(value, bytes):
            return self._bytes.sub(lambda found: _DIGIT_BYTES.sub(_stars, found[0]), value)
        return value

    @property
    def in_files(self) -> tuple[bytes, ...]:
        """Return the number as a database file may hold it: as text, or as SQLite writes whole numbers."""
        texts = tuple(self.mobile.encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))
        return (*texts, int(self.mobile).to_bytes(6, "big"))


def _spellings(digit: str) -> str:
    return rf"(?:{digit}|{chr(0xFF10 + int(digit))}|\\uff1{digit})"


def _spellings_in_bytes(digit: str) -> bytes:
    wide = chr(0xFF10 + int(digit))
    spellings = [digit.encode(), rb"\\uff1" + digit.encode()]
    spellings += [
        re.escape(wide.encode(encoding)) for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
    ]
    return b"(?:" + b"|".join(spellings) + b")"


def _stars(found: re.Match[bytes]) -> bytes:
    """Return a star of the same length, so that what surrounds it keeps its place and meaning."""
    return b"*" * len(found[0])
