"""Money: what a send costs, and whether the balance and the daily limit suffice for it."""

from decimal import Decimal

from kxsms.domain.batch import Remainder
from kxsms.domain.money import amount, cost_of


def with_cost(remainder: Remainder, price: Decimal | None) -> Remainder:
    """Return what is left to be sent, with its cost at a price for each billed message."""
    return remainder._replace(cost=cost_of(remainder.segments, price))


def funds_in_words(remainder: Remainder) -> str:
    """Return the cost and the balance for a question, in brackets; nothing where neither is known."""
    parts = []
    if remainder.cost is not None:
        parts.append(f"cost {amount(remainder.cost)}")
    if remainder.balance is not None:
        parts.append(f"balance {remainder.balance:,f}")
    return f" ({', '.join(parts)})" if parts else ""
