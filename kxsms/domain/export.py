"""The rows of an export: which states they can be chosen by, and the columns that kxsms adds."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from operator import attrgetter

from kxsms.domain.batch_row import ExportRow
from kxsms.domain.records import DeliveryState

OWN_COLUMNS = {
    "kxsms_outcome": "outcome",
    "kxsms_task_id": "task_id",
    "kxsms_code": "code",
    "kxsms_message": "message",
    "kxsms_delivery": "delivery",
    "kxsms_delivered_at": "delivered_at",
    "kxsms_reply": "reply",
}
"""The columns after those of the input, each with its attribute of an ExportRow."""

TEXT_COLUMN = "kxsms_text"
"""The column after these that holds the text as it was sent, where it is asked for."""


class ExportState(StrEnum):
    """A state by which rows are chosen: an outcome, or a delivery of what was accepted."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    FAILED = "failed"
    PENDING = "pending"
    INVALID = "invalid"
    DUPLICATE = "duplicate"
    SKIPPED = "skipped"
    OPTED_OUT = "opted_out"
    CAPPED = "capped"
    CANCELLED = "cancelled"


_DELIVERED = {ExportState.DELIVERED: DeliveryState.DELIVERED, ExportState.FAILED: DeliveryState.FAILED}


def in_states(states: Iterable[ExportState]) -> Callable[[ExportRow], bool]:
    """Return a function that says whether a row is in one of these states.

    A row is pending if it was accepted, and no report says yet that it was delivered or has failed.
    """
    outcomes = {str(state) for state in states if state not in (*_DELIVERED, ExportState.PENDING)}
    deliveries = {str(_DELIVERED[state]) for state in states if state in _DELIVERED}
    final = {str(state) for state in _DELIVERED.values()}
    takes_pending = ExportState.PENDING in set(states)

    def is_in(row: ExportRow) -> bool:
        if row.outcome in outcomes or row.delivery in deliveries:
            return True
        return takes_pending and row.outcome == ExportState.ACCEPTED and row.delivery not in final

    return is_in


def export_columns(columns: Sequence[str], *, with_text: bool) -> tuple[str, ...]:
    """Return the columns of an export: the input's, without those of an earlier export, then our own."""
    own = (*OWN_COLUMNS, TEXT_COLUMN) if with_text else tuple(OWN_COLUMNS)
    return (*(columns[index] for index in _kept(columns)), *own)


def export_rows(
    columns: Sequence[str], rows: Iterable[ExportRow], *, with_text: bool
) -> Iterator[tuple[str | None, ...]]:
    """Yield the cells of each row, as many as `export_columns` has."""
    kept = _kept(columns)
    own = attrgetter(*OWN_COLUMNS.values(), *(("text",) if with_text else ()))
    for row in rows:
        fields = row.fields
        yield (*(fields[index] if index < len(fields) else "" for index in kept), *own(row))


def _kept(columns: Sequence[str]) -> list[int]:
    """Return which of the input's columns are not those of an earlier export."""
    return [index for index, name in enumerate(columns) if name not in OWN_COLUMNS and name != TEXT_COLUMN]
