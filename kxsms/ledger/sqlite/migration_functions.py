"""Functions that the migrations call in their statements."""

import re
from collections import Counter
from typing import TYPE_CHECKING

from kxsms.domain.content import has_signature
from kxsms.domain.identity import digest_of, fingerprint, multiplied, text_numbers
from kxsms.domain.secret import trimmed
from kxsms.domain.values import clean_text, clean_value, has_hidden, without_start

if TYPE_CHECKING:
    import sqlite3


_FIRST_SIGNATURE = re.compile(r"【[^【】]+】")
_UNCLEAN = re.compile(r'(?:\A|\0)\s|\s(?:\0|\Z)|="')


def signed_text(text: str) -> str:
    """Return an older text as a later version would have sent it: its own signature is in front.

    Older versions did not see one behind invisible marks, and put the profile's before these.
    """
    text = clean_text(text)
    first = _FIRST_SIGNATURE.match(text)
    behind = text[first.end() :] if first else text
    bare = without_start(behind)
    hides_one = has_signature(bare) and behind.lstrip() != bare
    return bare if hides_one else text


def with_clean_values(text: str, fields: str) -> str | None:
    """Return a text in which the fields of its row, joined by NUL, are clean values; None if all were.

    Older versions filled values in with their blanks and marks. Which columns the text used is not known, so
    this may be another text than a later version would have made.
    """
    if not (_UNCLEAN.search(fields) or has_hidden(fields)):
        return None
    changed = text
    for field in sorted(fields.split("\0"), key=len, reverse=True):
        clean = clean_value(field)
        if clean and clean != field:
            changed = changed.replace(field, clean)
    return None if changed == text else clean_text(changed)


class _CleanFingerprint:
    """An aggregate of recipients: the fingerprint of their send, as it is with clean texts.

    Where no recipient was to get the same text twice, clean texts do not make one get it twice either.
    """

    def __init__(self) -> None:
        self._pairs: Counter[tuple[str, int]] = Counter()
        self._identity: tuple[object, ...] = ()

    def step(self, *row: object) -> None:
        """Take the text, the mobile number, the account, the product and the extension number of a row."""
        text, mobile, *identity = row
        assert isinstance(text, str)
        assert isinstance(mobile, int)
        self._pairs[text, mobile] += 1
        self._identity = tuple(identity)

    def finalize(self) -> bytes:
        """Return the fingerprint."""
        repeats = max(self._pairs.values(), default=1) > 1
        clean: Counter[tuple[str, int]] = Counter()
        for (text, mobile), times in self._pairs.items():
            pair = clean_text(text), mobile
            clean[pair] = clean[pair] + times if repeats else 1
        product = 1
        for (text, mobile), times in clean.items():
            (number,) = text_numbers([text])
            product = multiplied(product, [number + mobile] * times)
        return fingerprint(digest_of(product), *self._identity)


def register(connection: "sqlite3.Connection") -> None:
    """Let statements call the functions of this module, `trimmed` and `clean_text`."""
    connection.create_function("trimmed", 1, trimmed, deterministic=True)
    connection.create_function("clean_text", 1, clean_text, deterministic=True)
    connection.create_function("signed_text", 1, signed_text, deterministic=True)
    connection.create_function("with_clean_values", 2, with_clean_values, deterministic=True)
    # typeshed knows only aggregates of integers.
    connection.create_aggregate("clean_fingerprint", 5, _CleanFingerprint)  # type: ignore[arg-type]
