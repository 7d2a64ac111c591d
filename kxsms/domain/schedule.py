"""The times of a batch as ISO 8601, by the clocks of its profile."""

import time

from kxsms.domain.batch import Batch
from kxsms.domain.zones import clock
from kxsms.language import tr


def finished_clock(batch: Batch) -> str | None:
    """Return when nothing was left to send, or None."""
    return None if batch.finished is None else clock(batch.finished, batch.terms.timezone)


def scheduled_clock(batch: Batch) -> str | None:
    """Return the time for which a person scheduled a batch, or None."""
    return None if batch.scheduled_for is None else clock(batch.scheduled_for, batch.terms.timezone)


def due_clock(batch: Batch) -> str | None:
    """Return when `batch run` may send a batch next, or None where that needs a person."""
    return None if batch.due is None else clock(batch.due, batch.terms.timezone)


def pruned_clock(batch: Batch) -> str | None:
    """Return when the rows of a batch were pruned, or None."""
    return None if batch.pruned is None else clock(batch.pruned, batch.terms.timezone)


def pruned_words(batch: Batch) -> tuple[str, str]:
    """Return what is wrong with a command that needs the rows of a pruned batch, and a hint."""
    day = (pruned_clock(batch) or "")[:10]
    return (
        tr("the recipients and texts of batch {name} were pruned on {day}", name=batch.name, day=day),
        tr("run kxsms batch show {name} to see what is left: its figures", name=batch.name),
    )


def later_clock(batch: Batch) -> str | None:
    """Return the time until which a batch waits, or None if none is to come."""
    return due_clock(batch) if batch.due is not None and batch.due > time.time() else None
