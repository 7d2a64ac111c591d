"""Any time in any form, and any text in place of a time."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import format_datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kxsms.domain.times import read_moment, read_time
from kxsms.domain.zones import DEFAULT_ZONE, InvalidZone, iso, zone

SHANGHAI = zone(DEFAULT_ZONE)
OFFSETS = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
ZONES = st.sampled_from([SHANGHAI, UTC]) | OFFSETS
MOMENTS = st.datetimes(datetime(2000, 1, 2), datetime(2100, 12, 30), timezones=st.just(UTC))


def unpadded(moment: datetime) -> str:
    return f"{moment.year}/{moment.month}/{moment.day} {moment.hour}:{moment:%M:%S}"


def seconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)


# Written in the zone of the reader, to the second unless the name says otherwise.
SHAPES: dict[str, Callable[[datetime], str]] = {
    "dashes": lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S"),
    "dots": lambda moment: moment.strftime("%Y.%m.%d %H:%M:%S"),
    "unpadded": unpadded,
    "fraction": lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S.%f"),
    "Chinese": lambda moment: moment.strftime("%Y年%m月%d日 %H:%M:%S"),
    "all Chinese": lambda moment: moment.strftime("%Y年%m月%d日%H时%M分%S秒"),
    "14 digits": lambda moment: moment.strftime("%Y%m%d%H%M%S"),
    "17 digits": lambda moment: moment.strftime("%Y%m%d%H%M%S") + f"{moment.microsecond // 1000:03}",
    "offset": lambda moment: moment.isoformat(),
    "plain offset": lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S%z"),
    "Z": lambda moment: moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "milliseconds": lambda moment: str(seconds(moment) * 1000 + moment.microsecond // 1000),
    ".NET": lambda moment: f"/Date({seconds(moment) * 1000})/",
    "RFC 2822": format_datetime,
    "HTTP": lambda moment: format_datetime(moment.astimezone(UTC), usegmt=True),
}


@pytest.mark.parametrize("shape", SHAPES)
@settings(deadline=None, max_examples=40)
@given(moment=MOMENTS, local=ZONES, blanks=st.sampled_from(["", " ", "\t", "\r\n", "\u3000"]))
def test_a_time_in_any_form_is_read_back(shape: str, moment: datetime, local: tzinfo, blanks: str) -> None:
    # Milliseconds have 13 digits since September 2001.
    if shape == "milliseconds" and seconds(moment) < 1_000_000_000:
        moment += timedelta(days=1000)
    here = moment.astimezone(local)
    read = read_time(blanks + SHAPES[shape](here) + blanks, local)
    assert read == here.replace(microsecond=0)
    assert read is not None
    assert iso(read) == here.isoformat(timespec="seconds")
    assert read_time(iso(read), SHANGHAI) == read


@settings(deadline=None, max_examples=100)
@given(moment=MOMENTS, local=ZONES)
def test_a_time_without_seconds_and_a_date_are_read_back(moment: datetime, local: tzinfo) -> None:
    minute = moment.astimezone(local).replace(second=0, microsecond=0)
    day = minute.replace(hour=0, minute=0)
    assert read_time(minute.strftime("%Y-%m-%d %H:%M"), local) == minute
    assert read_time(minute.strftime("%Y%m%d%H%M"), local) == minute
    assert read_time(day.strftime("%Y%m%d"), local) == day
    assert read_moment(day.strftime("%Y-%m-%d"), moment, local) == day


@settings(deadline=None, max_examples=100)
@given(
    moment=st.datetimes(datetime(2022, 1, 1), datetime(2033, 5, 1), timezones=st.just(UTC)),
    local=ZONES,
)
def test_forms_that_are_unambiguous_only_in_our_years_are_read_back(moment: datetime, local: tzinfo) -> None:
    here = moment.astimezone(local).replace(microsecond=0)
    assert read_time(str(seconds(here)), local) == here
    assert read_time(here.strftime("%y%m%d%H%M"), local) == here.replace(second=0)
    assert read_time(here.strftime("%y%m%d%H%M%S"), local) == here


NEARLY = st.text("0123456789-/.:T Z+年月日时分秒", max_size=30) | st.from_regex(
    r"[0-9]{7,18}", fullmatch=True
)
NEARLY |= st.from_regex(
    r"(/Date\([0-9]{1,15}\)/|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[+-][0-9]{4})", fullmatch=True
)


@settings(deadline=None, max_examples=400)
@given(text=st.text() | NEARLY, local=ZONES)
@example(text="\udc80", local=SHANGHAI)
def test_any_text_is_a_time_from_2000_to_2100_or_none(text: str, local: tzinfo) -> None:
    read = read_time(text, local)
    if read is not None:
        assert read.tzinfo is local
        assert 2000 <= read.year <= 2100
        assert read_time(iso(read), local) == read


@settings(deadline=None, max_examples=200)
@given(text=st.text() | NEARLY | st.from_regex(r"[0-9]{1,12}[smhdwy]", fullmatch=True), now=MOMENTS)
def test_any_text_is_a_time_or_a_value_error(text: str, now: datetime) -> None:
    with suppress(ValueError):
        assert read_moment(text, now, SHANGHAI).tzinfo is SHANGHAI


@settings(deadline=None, max_examples=200)
@given(name=st.text() | st.text("ACEUTaiors/._-"))
def test_any_name_is_a_zone_or_invalid(name: str) -> None:
    with suppress(InvalidZone):
        assert read_time("2026-11-22 10:00:00", zone(name)) is not None
