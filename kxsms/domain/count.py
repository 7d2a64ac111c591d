"""Counts as the gateway writes them: text that is mostly a number."""

from decimal import Decimal, InvalidOperation

_MOST_DIGITS = 4_000
"""Python itself writes no longer whole number as text."""


def read_count(text: str) -> Decimal | None:
    """Return the number that a text is, exactly, or None if it is not a finite number."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def json_number(text: str) -> int | float | None:
    """Return the number that a text is, for JSON, or None if JSON's readers would see another number."""
    number = read_count(text)
    if (
        number is None
        or abs(number.adjusted()) > _MOST_DIGITS
        or len(number.as_tuple().digits) > _MOST_DIGITS
    ):
        return None
    if number == (whole := int(number)):
        return whole
    return fraction if Decimal(repr(fraction := float(number))) == number else None
