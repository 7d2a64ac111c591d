"""The columns of a batch, for `batch list` and `batch show`. A new column is one line here."""

from collections.abc import Callable
from enum import Enum, auto
from typing import Any, NamedTuple

from kxsms.domain.batch import Batch
from kxsms.domain.money import json_cost
from kxsms.domain.schedule import finished_clock, scheduled_clock
from kxsms.domain.zones import clock


class Shown(Enum):
    """When a person's `batch list` has a column: IF_ANY if it is not 0 for some batch.

    Scripts get every column.
    """

    ALWAYS = auto()
    IF_ANY = auto()
    NEVER = auto()


class Column(NamedTuple):
    """A JSON key, its value, and when a person's list shows it."""

    key: str
    value: Callable[[Batch], object]
    shown: Shown = Shown.NEVER


COLUMNS = (
    Column("batch", lambda batch: batch.name, Shown.ALWAYS),
    Column("created", lambda batch: clock(batch.created, batch.terms.timezone), Shown.ALWAYS),
    Column("finished", finished_clock),
    Column("scheduled_for", scheduled_clock, Shown.IF_ANY),
    Column("profile", lambda batch: batch.profile),
    Column("product", lambda batch: batch.product),
    Column("source", lambda batch: batch.source, Shown.ALWAYS),
    Column("text", lambda batch: batch.text, Shown.IF_ANY),
    Column("state", lambda batch: batch.state, Shown.ALWAYS),
    Column("recipients", lambda batch: batch.counts.recipients),
    Column("segments", lambda batch: batch.segments),
    Column("requests", lambda batch: batch.requests),
    Column("cost", lambda batch: json_cost(batch.cost), Shown.IF_ANY),
    Column("accepted", lambda batch: batch.counts.accepted, Shown.ALWAYS),
    Column("rejected", lambda batch: batch.counts.rejected, Shown.IF_ANY),
    Column("not_sent", lambda batch: batch.counts.unfinished),
    Column("in_flight", lambda batch: batch.in_flight, Shown.IF_ANY),
    Column("unknown", lambda batch: batch.unknown, Shown.IF_ANY),
    Column("delivered", lambda batch: batch.delivered),
    Column("failed", lambda batch: batch.failed, Shown.IF_ANY),
    Column("pending", lambda batch: batch.pending),
    Column("replies", lambda batch: batch.replies, Shown.IF_ANY),
)


def batch_document(batch: Batch) -> dict[str, Any]:
    """Return a batch as JSON."""
    return {column.key: column.value(batch) for column in COLUMNS}
