"""Overlap between batches: recipients who are in two of them with the same text."""

from enum import StrEnum
from typing import NamedTuple


class OverlapKind(StrEnum):
    """The ways in which another batch has the same text for a recipient, the most pressing one last."""

    SENT = "sent"
    WAITING = "waiting"
    BUSY = "busy"


class Overlap(NamedTuple):
    """A number of recipients who are in other batches with the same text, and the batch with most of them.

    `SENT`: it was accepted or its outcome is unknown. `WAITING`: it is planned in an unfinished batch that no
    process is sending. `BUSY`: a living process is sending it, or is about to.
    """

    kind: OverlapKind
    recipients: int
    batch: str
