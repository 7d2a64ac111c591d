"""The summary of delivery reports or replies: figures instead of each record."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from kxsms.domain.records import DeliveryReport, DeliveryState, FetchFailure, Record, RecordKind, UnreadAnswer

_MOST_KEYS = 10_000
"""Statuses or batches that are counted one by one: a gateway may give each record a status of its own."""
MOST_LISTED = 100
"""Statuses or batches that a summary lists."""


class StatusCount(NamedTuple):
    """How many reports have a status, and its meaning: `words` are the user's own for this code."""

    status: str | None
    state: DeliveryState
    words: str | None
    records: int


class BatchCount(NamedTuple):
    """How many records belong to a batch, or to none."""

    batch: str | None
    records: int


class RecordFigures(NamedTuple):
    """The figures of records.

    `first` and `last` are in seconds since 1970; a record without a time counts at the time of its fetch.
    `states` and `statuses` are empty for replies; `opted_out` counts replies, and is None for reports.
    `statuses_left_out` and `batches_left_out` are the records of those that are not listed.
    """

    records: int
    first: float | None
    last: float | None
    states: Mapping[DeliveryState, int]
    statuses: tuple[StatusCount, ...]
    statuses_left_out: int
    batches: tuple[BatchCount, ...]
    batches_left_out: int
    opted_out: int | None


class RecordsSummary(NamedTuple):
    """The figures of delivery reports or replies, instead of each; `last` are those that are shown anyway.

    `again` is the command that shows each of them. The other fields are as in RecordsResult.
    """

    kind: RecordKind
    figures: RecordFigures
    timezone: str
    last: tuple[Record, ...] = ()
    again: str | None = None
    unread: tuple[UnreadAnswer, ...] = ()
    ending: FetchFailure | None = None
    on_written: Callable[[], None] = lambda: None


class _Tally(dict[str | None, int]):
    """The number of records by their key, of the first 10,000 keys."""

    def add(self, key: str | None) -> None:
        if key in self or len(self) < _MOST_KEYS:
            self[key] = self.get(key, 0) + 1

    def largest(self) -> list[tuple[str | None, int]]:
        """Return the keys with the most records, the largest first."""
        return sorted(self.items(), key=lambda item: (-item[1], item[0] or ""))[:MOST_LISTED]


def sum_up(
    records: Iterable[Record], *, is_report: bool, words: Mapping[str, str], last: int
) -> tuple[RecordFigures, tuple[Record, ...]]:
    """Read all records. Return their figures, and the last of them, so many at most."""
    count = opted_out = 0
    earliest = latest = None
    states = dict.fromkeys(DeliveryState, 0) if is_report else {}
    meaning: dict[str | None, DeliveryState] = {}
    statuses, batches = _Tally(), _Tally()
    ending: deque[Record] = deque(maxlen=last)
    for record in records:
        count += 1
        ending.append(record)
        batches.add(record.batch)
        moment = record.moment
        if moment is not None:
            earliest = moment if earliest is None else min(earliest, moment)
            latest = moment if latest is None else max(latest, moment)
        if isinstance(record, DeliveryReport):
            states[record.state] += 1
            statuses.add(record.status)
            if record.status in statuses:
                meaning[record.status] = record.state
        else:
            opted_out += record.opted_out
    listed = tuple(
        StatusCount(status, meaning[status], words.get(status or ""), number)
        for status, number in statuses.largest()
    )
    of_batches = tuple(BatchCount(batch, number) for batch, number in batches.largest())
    figures = RecordFigures(
        records=count,
        first=earliest,
        last=latest,
        states=states,
        statuses=listed,
        statuses_left_out=sum(states.values()) - sum(one.records for one in listed),
        batches=of_batches,
        batches_left_out=count - sum(one.records for one in of_batches),
        opted_out=None if is_report else opted_out,
    )
    return figures, tuple(ending)
