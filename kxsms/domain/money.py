"""Money: exact amounts of the currency in which the account is billed."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal  # loaded where there is a price: a send may have none

FINEST = "0.00001"
"""A thousandth of a fen, to which prices and costs are exact."""

HIGHEST_PRICE = 10_000

_MOST_DIGITS = 18
"""Digits of a balance that a person can read."""


def cost_of(segments: int, price: "Decimal | None") -> "Decimal | None":
    """Return the cost of billed messages, or None without a price."""
    return None if price is None else segments * price


def json_cost(cost: "Decimal | None") -> int | float | None:
    """Return a cost for JSON: the number itself if it is whole, else the float that is written as it is.

    Below 90 billion every thousandth of a fen has a float of its own.
    """
    if cost is None:
        return None
    return int(cost) if cost == cost.to_integral_value() else float(cost)


def messages(balance: "Decimal") -> str:
    """Return a balance as people read it: 1,234, or 12.5 of a gateway that counts parts of messages."""
    return f"{balance:,f}" if abs(balance.adjusted()) < _MOST_DIGITS else str(balance)


def amount(cost: "Decimal") -> str:
    """Return an amount as people read it: 1,234.50, or 0.045 where the fen would hide something."""
    from decimal import ROUND_HALF_UP, Decimal

    fen = cost.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{fen:,}" if fen == cost or abs(cost) >= 1 else f"{cost.normalize():,f}"
