"""The report of a batch, for people who were not there: its figures, and its recipients."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from kxsms.domain.batch import Batch, OutcomeGroup
from kxsms.domain.figures import percentile
from kxsms.domain.zones import shifted

if TYPE_CHECKING:
    from datetime import tzinfo

MOST_LISTED = 50_000
"""Recipients in the table of a report; further ones are summed up."""

_LEAST_BARS, _MOST_BARS = 12, 48
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_STEPS = (*(_MINUTE, 5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE), *(_HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR))
_SHOWN_PERCENT = 99
"""Deliveries after this share of them are summed up, because the last ones may come days later."""

WAIT_LIMITS = (10, 30, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 6 * _HOUR, _DAY)
"""Seconds: the upper ends of the ranges by which times to delivery are counted; one more range has no end."""

WAIT_PERCENTS = (50, 95)


class Fate(StrEnum):
    """The state of one recipient: its outcome or, where that is known, its delivery."""

    DELIVERED = "delivered"
    FAILED = "failed"
    PENDING = "pending"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    IN_FLIGHT = "in_flight"
    UNKNOWN = "unknown"


def fates_of(batch: Batch) -> dict[Fate, int]:
    """Return how many recipients of a batch have each fate."""
    counts = batch.counts
    return {
        Fate.DELIVERED: batch.delivered,
        Fate.FAILED: batch.failed,
        Fate.PENDING: batch.pending,
        Fate.REJECTED: counts.rejected,
        Fate.NOT_SENT: counts.unfinished,
        Fate.IN_FLIGHT: batch.in_flight,
        Fate.UNKNOWN: batch.unknown,
    }


class ReportRow(NamedTuple):
    """A recipient. `fields` are those of its row in the input, `detail` says why it was not delivered to."""

    mobile: str
    fields: tuple[str, ...]
    fate: Fate
    time: str | None
    detail: str | None
    reply: str | None


class Minute(NamedTuple):
    """The reports of one minute, which begins at `start`: how many were delivered, and how many failed."""

    start: datetime
    delivered: int
    failed: int


class Timeline(NamedTuple):
    """Deliveries over time: bars of `step` seconds each, the first of which begins at `start`.

    `later` deliveries came after the last bar. `outside` ones have a time at which they cannot have happened.
    """

    start: datetime
    step: int
    bars: tuple[tuple[int, int], ...]
    later: int = 0
    outside: int = 0

    @property
    def starts(self) -> list[datetime]:
        """Return when each bar begins."""
        return [shifted(self.start, self.step * place) for place in range(len(self.bars))]


class Waits(NamedTuple):
    """The times to delivery: the seconds by each of `WAIT_PERCENTS`, and the counts by `WAIT_LIMITS`."""

    percents: tuple[float, ...]
    counts: tuple[int, ...]


class BatchReport(NamedTuple):
    """All that the report of a batch shows. `texts` are the first different ones.

    `segments` are the messages of accepted and unknown recipients, which were or may have been billed.
    `codes` are the user's own words for codes, `failures` counts failed deliveries by the gateway's status.
    """

    batch: Batch
    segments: int
    texts: tuple[str, ...]
    groups: tuple[OutcomeGroup, ...]
    failures: tuple[tuple[str, int], ...]
    codes: Mapping[str, str]
    timeline: Timeline | None
    waits: Waits | None
    rows: Iterable[ReportRow]
    made: datetime
    mask: Callable[[str], str] = str


def timeline(
    minutes: Iterable[Minute], earliest: datetime, latest: datetime, zone: "tzinfo"
) -> Timeline | None:
    """Return deliveries over time, in bars of equal length; None without any between these moments."""
    # In UTC: between two times of one zone, datetime counts as its clocks do, which may be set.
    given = sorted(minute._replace(start=minute.start.astimezone(UTC)) for minute in minutes)
    found = [minute for minute in given if earliest <= minute.start <= latest]
    if not found:
        return None
    last = _last_shown(found)
    span = (last - found[0].start).total_seconds()
    days = -(-int(span) // (_MOST_BARS * _DAY)) or 1
    step = next((step for step in _STEPS if span < _MOST_BARS * step), days * _DAY)
    midnight = found[0].start.astimezone(zone).replace(hour=0, minute=0, second=0).astimezone(UTC)
    start = midnight + timedelta(seconds=(found[0].start - midnight).total_seconds() // step * step)
    needed = int((last - start).total_seconds() // step) + 1
    bars = [[0, 0] for _ in range(max(needed, _LEAST_BARS))]
    later = 0
    for minute in found:
        place = int((minute.start - start).total_seconds() // step)
        if place < len(bars):
            bars[place][0] += minute.delivered
            bars[place][1] += minute.failed
        else:
            later += minute.delivered + minute.failed
    outside = _count(given) - _count(found)
    drawn = tuple((delivered, failed) for delivered, failed in bars)
    return Timeline(start.astimezone(zone), step, drawn, later, outside)


def _count(minutes: Iterable[Minute]) -> int:
    return sum(minute.delivered + minute.failed for minute in minutes)


def _last_shown(minutes: list[Minute]) -> datetime:
    """Return the minute by which nearly all deliveries had come."""
    total, so_far = _count(minutes), 0
    for minute in minutes:
        so_far += minute.delivered + minute.failed
        if so_far * 100 >= total * _SHOWN_PERCENT:
            return minute.start
    return minutes[-1].start


def waits(seconds: Iterable[float]) -> Waits | None:
    """Return the times to delivery, or None without any."""
    from bisect import bisect_right

    given = sorted(seconds)
    if not given:
        return None
    ends = [bisect_right(given, limit) for limit in WAIT_LIMITS]
    counts = (now - before for now, before in zip([*ends, len(given)], [0, *ends], strict=True))
    percents = (percentile(given, percent) for percent in WAIT_PERCENTS)
    return Waits(tuple(percents), tuple(counts))
