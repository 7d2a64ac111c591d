"""How far something is, in recipients, and how long it took."""

from collections.abc import Sequence
from typing import NamedTuple

from kxsms.domain.batch import Batch, RecipientCounts


class Figures(NamedTuple):
    """How far something is: how many of `total` recipients are `done`, and the `parts` to show, by name."""

    done: int
    total: int
    parts: tuple[tuple[str, int], ...]


def of_sending(counts: RecipientCounts, unknown: int, in_flight: int) -> Figures:
    """Return how far a send is."""
    done = counts.accepted + counts.rejected + counts.not_sent + unknown
    parts = ("accepted", counts.accepted), ("rejected", counts.rejected)
    return Figures(done, counts.recipients, (*parts, ("unknown", unknown), ("in flight", in_flight)))


def of_delivery(batch: Batch) -> Figures:
    """Return how far the delivery reports of a batch are."""
    done, total = batch.delivered + batch.failed, batch.counts.accepted
    parts = ("delivered", batch.delivered), ("failed", batch.failed), ("pending", batch.pending)
    return Figures(done, total, parts)


def percent(part: int, whole: int) -> str:
    """Return a share in percent, rounded; 0 and 100 only of none and of all."""
    rounded = round(100 * part / whole) if whole else 0
    if part and not rounded:
        return "<1 %"
    return ">99 %" if rounded == 100 and part < whole else f"{rounded} %"


def cells_of(parts: Sequence[int], whole: int, cells: int) -> list[int]:
    """Return how many of the `cells` of a bar each part takes: one at least of any, and not more than all."""
    sizes = [max(1, round(part * cells / whole)) if part else 0 for part in parts]
    excess = sum(sizes) - cells
    if excess > 0 or (excess < 0 and sum(parts) == whole):
        sizes[sizes.index(max(sizes))] -= excess
    return sizes


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Return the smallest of some ordered values that at least so many percent of them do not exceed."""
    return ordered[-(-len(ordered) * percent // 100) - 1]
