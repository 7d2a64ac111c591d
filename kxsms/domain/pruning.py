"""Pruning: which batches lose their rows, texts and records, and why others keep them."""

from enum import StrEnum
from typing import NamedTuple

SHORTEST_SECONDS = 7 * 24 * 3600.0
"""The least age of what is pruned: overlap with a new batch counts for as long."""


class Reason(StrEnum):
    """The reasons for which an old batch is not pruned. Where several hold, the first is used."""

    UNFINISHED = "unfinished"
    UNKNOWN = "unknown"
    DOUBTFUL = "doubtful"
    CAP = "cap"
    NOT_SHOWN = "not_shown"
    NEEDED = "needed"
    IN_USE = "in_use"


class Kept(NamedTuple):
    """Old batches that are not pruned for one reason: how many, and the id of the oldest."""

    reason: Reason
    batches: int
    example: str


class PruneTerms(NamedTuple):
    """The age to prune: batches that ended before `before`, in seconds since 1970.

    A batch that ended less than `cap_seconds` ago may still count for a cap of the config.
    """

    before: float
    cap_seconds: float = 0.0


class Pruned(NamedTuple):
    """The counts of a pruning, done or planned.

    `bytes_freed` is None before it is done. `can_shrink`: the file of the ledger gives free space back.
    """

    batches: int = 0
    recipients: int = 0
    records: int = 0
    answers: int = 0
    kept: tuple[Kept, ...] = ()
    bytes_freed: int | None = None
    can_shrink: bool = True

    @property
    def is_nothing(self) -> bool:
        """Return whether there is nothing old enough."""
        return not (self.batches or self.records or self.answers)
