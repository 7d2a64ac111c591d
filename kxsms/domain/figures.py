"""How far something is, in recipients."""

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
    parts = ("delivered", batch.delivered), ("failed", batch.failed), ("pending", max(0, total - done))
    return Figures(done, total, parts)
