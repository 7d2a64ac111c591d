"""Statistics: the figures of batches, summed up by day, product, batch or code."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from decimal import Decimal


class StatsBy(StrEnum):
    """The facts by which figures are summed up."""

    DAY = "day"
    PRODUCT = "product"
    BATCH = "batch"
    CODE = "code"


class StatsRow(NamedTuple):
    """The figures of all recipients who share a `key`: a day, a product, a batch or a code of the gateway.

    `segments` are the messages of accepted and unknown recipients, which were or may have been billed. `cost`
    is None if one of them has no price. `opted_out` are the recipients whose reply asked for no more texts.
    The key is None for requests without a code.
    """

    key: str | None
    recipients: int = 0
    segments: int = 0
    cost: "Decimal | None" = None
    accepted: int = 0
    rejected: int = 0
    unknown: int = 0
    delivered: int = 0
    failed: int = 0
    pending: int = 0
    replies: int = 0
    opted_out: int = 0


class Stats(NamedTuple):
    """Figures by a fact: days and batches from the oldest on, products and codes from the largest on."""

    by: StatsBy
    rows: tuple[StatsRow, ...]


def total_of(key: str, rows: Iterable[StatsRow]) -> StatsRow:
    """Return the sum of rows, with `key` as its key."""
    found = list(rows)
    counts = {
        name: sum(getattr(row, name) for row in found)
        for name in StatsRow._fields
        if name not in ("key", "cost")
    }
    return StatsRow(key, cost=sum_of_costs(row.cost for row in found if row.segments), **counts)


def sum_of_costs(costs: "Iterable[Decimal | None]") -> "Decimal | None":
    """Return the sum of costs, or None if one of them is not known, or if there are none."""
    from decimal import Decimal

    total = None
    for cost in costs:
        if cost is None:
            return None
        total = (total or Decimal(0)) + cost
    return total
