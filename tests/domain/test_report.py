"""Deliveries over time, in bars of equal length, and times to delivery."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kxsms.domain.report import Minute, Timeline, timeline, waits
from kxsms.domain.zones import zone

LOCAL = zone("Asia/Shanghai")
NOON = datetime(2026, 11, 22, 12, tzinfo=LOCAL)
LONG = timedelta(days=1000)


def drawn(*minutes: tuple[float, int, int]) -> Timeline:
    """Return the timeline of reports: minutes after noon, how many were delivered, how many failed."""
    given = [Minute(NOON + timedelta(minutes=after), *counts) for after, *counts in minutes]
    found = timeline(given, NOON - LONG, NOON + LONG, LOCAL)
    assert found is not None
    return found


def test_nothing_has_no_timeline() -> None:
    assert timeline([], NOON - LONG, NOON + LONG, LOCAL) is None


def test_reports_of_one_bar_are_added_up() -> None:
    assert drawn((0, 1, 2), (0.5, 3, 4)).bars[0] == (4, 6)


def test_a_short_time_has_bars_of_a_minute() -> None:
    assert (drawn((0, 1, 0), (11, 1, 0)).step, len(drawn((0, 1, 0), (11, 1, 0)).bars)) == (60, 12)


@pytest.mark.parametrize(
    ("minutes", "step"), [(47, 60), (48, 300), (60 * 47, 3600), (60 * 24 * 90, 2 * 86400)]
)
def test_bars_are_as_short_as_their_number_allows(minutes: int, step: int) -> None:
    assert drawn((0, 1, 0), (minutes, 1, 0)).step == step


def test_a_bar_of_a_day_begins_at_midnight() -> None:
    assert drawn((0, 1, 0), (60 * 24 * 40, 1, 0)).start == NOON.replace(hour=0)


def test_the_last_few_come_later() -> None:
    found = drawn((0, 990, 0), (1, 9, 0), (60 * 24, 1, 0))
    assert (found.step, found.later) == (60, 1)


def test_impossible_times_are_outside() -> None:
    reports = [Minute(NOON - LONG, 1, 1), Minute(NOON, 1, 0), Minute(NOON + LONG, 0, 1)]
    found = timeline(reports, NOON - timedelta(1), NOON + timedelta(1), LOCAL)
    assert found is not None
    assert (found.outside, sum(map(sum, found.bars))) == (3, 1)


MINUTES = st.builds(
    Minute,
    st.integers(0, 10**6).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.integers(0, 1000),
    st.integers(0, 1000),
)


@pytest.mark.parametrize("name", ["Asia/Shanghai", "America/New_York"])
@given(minutes=st.lists(MINUTES, min_size=1))
def test_no_report_is_lost_and_no_bar_too_many(name: str, minutes: list[Minute]) -> None:
    found = timeline(minutes, NOON - LONG, NOON + LONG, zone(name))
    assert found is not None
    assert sum(map(sum, found.bars)) + found.later == sum(m.delivered + m.failed for m in minutes)
    assert 12 <= len(found.bars) <= 50


@pytest.mark.parametrize(
    ("first", "start"),
    [
        (datetime(2026, 3, 8, 8, 0, tzinfo=UTC), "2026-03-08T04:00:00-04:00"),
        (datetime(2026, 11, 1, 17, 0, tzinfo=UTC), "2026-11-01T12:00:00-05:00"),
    ],
)
def test_on_a_day_on_which_clocks_are_set_the_first_bar_is_that_of_the_first_report(
    first: datetime, start: str
) -> None:
    found = timeline([Minute(first, 1, 0)], NOON - LONG, NOON + LONG, zone("America/New_York"))
    assert found is not None
    assert (found.start.isoformat(), found.bars[0]) == (start, (1, 0))


def test_a_bar_after_the_clocks_are_set_begins_when_they_say_so() -> None:
    before = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)
    reports = [Minute(before, 1, 0), Minute(before + timedelta(hours=40), 1, 0)]
    found = timeline(reports, NOON - LONG, NOON + LONG, zone("America/New_York"))
    assert found is not None
    assert [start.isoformat()[11:19] for start in found.starts[:3]] == ["01:00:00", "03:00:00", "04:00:00"]


def test_nothing_took_no_time() -> None:
    assert waits([]) is None


def test_times_are_counted_by_ranges() -> None:
    found = waits([1, 10, 11, 86_401])
    assert found is not None
    assert found.counts == (2, 1, 0, 0, 0, 0, 0, 0, 1)


@pytest.mark.parametrize(("count", "percents"), [(1, (1, 1)), (2, (1, 2)), (100, (50, 95)), (101, (51, 96))])
def test_percents_are_those_of_the_nearest_rank(count: int, percents: tuple[int, int]) -> None:
    found = waits(range(count, 0, -1))
    assert found is not None
    assert found.percents == percents
