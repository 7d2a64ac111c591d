"""Helpers of the targets: the parts of an input, and the checks of an error line."""

from collections.abc import Sequence
from typing import TypeVar

from kxsms.errors import KxsmsError

T = TypeVar("T")

TOKEN = "s3cret+token/with=signs"
"""A token that must appear in no error line."""

BREAK = b"\x1e"
"""The separator of the parts of an input."""

_LONGEST = 1_000
"""The longest error line in characters, without what the user gave."""

_ESCAPED = 10
"""Characters of an error line for one character that the user gave."""


class Choices:
    """Choices from the front of an input, one byte each; the rest is the data."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def number(self, most: int) -> int:
        """Return a number from 0 to `most`, and 0 at the end of the input."""
        value = self._data[0] % (most + 1) if self._data else 0
        self._data = self._data[1:]
        return value

    def one(self, things: Sequence[T]) -> T:
        """Return one of the things."""
        return things[self.number(len(things) - 1)]

    def rest(self) -> bytes:
        """Return the rest of the input."""
        return self._data


def parts(data: bytes, count: int) -> list[bytes]:
    """Return the parts of an input; the last ones may be empty."""
    found = data.split(BREAK, count - 1)
    return found + [b""] * (count - len(found))


def text(data: bytes) -> str:
    """Return text as the command line has it: invalid UTF-8 becomes surrogates."""
    return data.decode("utf-8", "surrogateescape")


def check_error(
    error: KxsmsError, *where: str, hint: bool = False, secret: bool = True, given: int = 0
) -> None:
    """Check that an error line begins with one of the places, is not too long, and keeps the secret.

    `given` is the number of characters that the user gave; unless `secret`, the line may contain the token.
    """
    line = error.message
    assert line.strip(), "an error without words"
    assert len(line) <= _LONGEST + _ESCAPED * given, f"an error line of {len(line)} characters"
    assert not where or line.startswith(where), f"{line!r} does not begin with any of {where}"
    assert error.hint or not hint, f"{line!r} has no hint"
    for each in (line, error.hint or "", *error.details):
        assert not secret or TOKEN not in each, "the token is in an error line"


def ensure(condition: object, problem: str) -> None:
    """Raise AssertionError unless the condition holds; for except clauses, where ruff forbids assert."""
    assert condition, problem


def words(*texts: str) -> tuple[bytes, ...]:
    """Return each word of the texts, as tokens."""
    return tuple(word.encode() for text in texts for word in text.split())
