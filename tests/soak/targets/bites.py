"""What targets share: an input cut into parts, and what every error line has to have."""

from collections.abc import Sequence
from typing import TypeVar

from kxsms.errors import KxsmsError

T = TypeVar("T")

TOKEN = "s3cret+token/with=signs"
"""Must show up in no error line."""

BREAK = b"\x1e"
"""Between the parts of an input."""

_LONGEST = 1_000
"""Characters of an error line, but for what was given by a person."""

_ESCAPED = 10
"""Characters that one of them may take."""


class Bites:
    """Takes decisions from the front of an input, a byte each; what is left is the matter itself."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def number(self, most: int) -> int:
        """From 0 to the most; 0 where the input is at its end."""
        value = self._data[0] % (most + 1) if self._data else 0
        self._data = self._data[1:]
        return value

    def one(self, things: Sequence[T]) -> T:
        """One of some things."""
        return things[self.number(len(things) - 1)]

    def rest(self) -> bytes:
        """All that is left."""
        return self._data


def parts(data: bytes, count: int) -> list[bytes]:
    """The parts of an input; the last ones may be empty."""
    found = data.split(BREAK, count - 1)
    return found + [b""] * (count - len(found))


def text(data: bytes) -> str:
    """A text as the command line gives it: what is no UTF-8 stands there as surrogates."""
    return data.decode("utf-8", "surrogateescape")


def check_error(
    error: KxsmsError, *where: str, hint: bool = False, secret: bool = True, given: int = 0
) -> None:
    """That an error line says something, and of one of these places, is no longer than what was `given` makes
    it, and keeps the secret where there is one to keep."""
    line = error.message
    assert line.strip(), "an error without words"
    assert len(line) <= _LONGEST + _ESCAPED * given, f"an error line of {len(line)} characters"
    assert not where or line.startswith(where), f"{line!r} does not begin with any of {where}"
    assert error.hint or not hint, f"{line!r} has no hint"
    for said in (line, error.hint or "", *error.details):
        assert not secret or TOKEN not in said, "the token is in an error line"


def ensure(condition: object, what: str) -> None:
    """Raise AssertionError: assert, where an error is at hand."""
    assert condition, what


def pieces(*written: str) -> tuple[bytes, ...]:
    """Tokens: each of the words of some texts."""
    return tuple(word.encode() for text in written for word in text.split())
