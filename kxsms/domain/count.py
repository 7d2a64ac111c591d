"""Counts as the gateway writes them: text that is mostly a number."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

_MOST_DIGITS = 4_000
"""Python itself writes no longer whole number as text."""


def read_count(text: str) -> "Decimal | None":
    """Return the number that a text is, exactly, or None if it is not a finite number."""
    from decimal import Decimal, InvalidOperation

    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def json_number(text: str) -> int | float | None:
    """Return the number that a text is, for JSON, or None if no number of Python is exactly that."""
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        return int(text)  # nearly every count, without loading `decimal`
    number = read_count(text)
    if number is None or max(abs(number.adjusted()), len(number.as_tuple().digits)) > _MOST_DIGITS:
        return None
    if number == (whole := int(number)):
        return whole
    fraction = float(number)
    return fraction if type(number)(repr(fraction)) == number else None
