"""Times as gateways and people write them."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from kxsms.domain.times import read_moment, read_time
from kxsms.domain.zones import DEFAULT_ZONE, InvalidZone, iso, zone

SHANGHAI = zone(DEFAULT_ZONE)
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def read(text: str, name: str = DEFAULT_ZONE) -> str | None:
    moment = read_time(text, zone(name))
    return None if moment is None else iso(moment)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22 10:00:00",
        "2026/11/22 10:00:00",
        "2026.11.22 10:00:00",
        "2026-11-22 10:00",
        "2026-11-22  10:00:00",
        " 2026-11-22 10:00:00\r\n",
        "\u30002026-11-22 10:00:00\u00a0",
        "2026-11-22T10:00:00",
        "2026-11-22t10:00",
        "2026-11-22 10:00:00.0",
        "2026-11-22 10:00:00.123456789",
        "2026-11-22 10:00:00,999",
        "2026-11-22 10:00:00:123",
        "2026-11-22T02:00:00Z",
        "2026-11-22T02:00:00.5z",
        "2026-11-22 02:00:00 UTC",
        "2026-11-22T10:00:00+08:00",
        "2026-11-22T10:00:00+0800",
        "2026-11-22T10:00:00.123 +08",
        "2026-11-21T21:00:00-05:00",
        "2026-11-22T07:30:00+0530",
        "2026年11月22日 10:00:00",
        "2026年11月22日10:00",
        "2026年11月22日 10时00分00秒",
        "2026年11月22日10时0分",
        "2026-11-22 10时00分00秒",
        "20261122100000",
        "20261122100000999",
        "202611221000",
        "261122100000",
        "2611221000",
        "1795312800",
        "1795312800000",
        "1795312800999",
        "/Date(1795312800000)/",
        "/Date(1795312800000+0800)/",
        "Sun, 22 Nov 2026 10:00:00 +0800",
        "22 Nov 2026 10:00:00 +0800",
        "Sun, 22 nov 2026 02:00:00 GMT",
        "Sun, 22 Nov 2026 02:00 UT",
        "Sun, 22 Nov 2026 10:00:00",
    ],
)
def test_ten_oclock_is_read_in_every_form(text: str) -> None:
    assert read(text) == "2026-11-22T10:00:00+08:00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-1-2 3:04:05", "2026-01-02T03:04:05+08:00"),
        ("2026/1/2 3:4:5", "2026-01-02T03:04:05+08:00"),
        ("2026年1月2日 3时4分5秒", "2026-01-02T03:04:05+08:00"),
        ("2 Jan 2026 03:04:05 -0000", "2026-01-02T11:04:05+08:00"),
        ("20261122", "2026-11-22T00:00:00+08:00"),
        ("2026-11-22", "2026-11-22T00:00:00+08:00"),
        ("2026年11月22日", "2026-11-22T00:00:00+08:00"),
        ("2028-02-29 00:00:00", "2028-02-29T00:00:00+08:00"),
        # Twelve digits: years of four where that makes a time, otherwise of two.
        ("202612010000", "2026-12-01T00:00:00+08:00"),
        ("201231235959", "2020-12-31T23:59:59+08:00"),
        ("210122100000", "2021-01-22T10:00:00+08:00"),
        # Ten digits: the last second that is Unix time, and the first minute that is SMPP's.
        ("1999999999", "2033-05-18T11:33:19+08:00"),
        ("2001010000", "2020-01-01T00:00:00+08:00"),
        # The first and the last second.
        ("2000-01-01 00:00:00", "2000-01-01T00:00:00+08:00"),
        ("2100-12-31 23:59:59", "2100-12-31T23:59:59+08:00"),
        ("1999-12-31T16:00:00Z", "2000-01-01T00:00:00+08:00"),
        ("9999999999", None),
        ("1000000000", "2001-09-09T09:46:40+08:00"),
    ],
)
def test_further_times_are_read(text: str, expected: str | None) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "now",
        "10:00",
        "2026",
        "2026-11",
        "2026-11-22x",
        "2026-11/22 10:00:00",
        "2026-13-01 00:00:00",
        "2026-02-29 00:00:00",
        "2026-11-22 24:00:00",
        "2026-11-22 10:60:00",
        "2026-11-22 10:00:60",
        "2026-11-22 10:00:00 PM",
        "2026-11-22 10:00:00+99:00",
        "2026-11-22 10:00:00+08:00:00",
        "２０２６-11-22 10:00:00",
        "22/11/2026 10:00:00",
        "Sun, 22 Nov 2026",
        "22 ſep 2026 10:00:00",
        "1999-12-31 23:59:59",
        "2101-01-01 00:00:00",
        "0000-00-00 00:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "00000000",
        "00000000000000",
        "0000000000",
        "0000000000000",
        "999999999",
        "99999999999",
        "9999999999999",
        "999999999999999",
        "20261322100000",
        "202611221000000",
        "9" * 5000,
        "/Date(999999999999999)/",
        "/Date(-1)/",
        "\udc80",
        "\0",
    ],
)
def test_other_texts_are_not_times(text: str) -> None:
    assert read(text) is None


def test_the_zone_applies_only_to_times_without_an_offset() -> None:
    assert read("2026-11-22T10:00:00+08:00", "UTC") == "2026-11-22T02:00:00+00:00"
    assert read("2026-11-22 10:00:00", "UTC") == "2026-11-22T10:00:00+00:00"
    assert read("1795312800", "America/New_York") == "2026-11-21T21:00:00-05:00"
    assert read("2026-07-01 10:00:00", "America/New_York") == "2026-07-01T10:00:00-04:00"


def test_the_usual_zone_needs_no_database() -> None:
    program = (
        "import sys; from kxsms.domain.zones import *; "
        "assert str(zone(DEFAULT_ZONE).utcoffset(None)) == '8:00:00'; assert 'zoneinfo' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "Mars/Base",
        "/etc/localtime",
        "../Asia/Shanghai",
        "Asia/../UTC",
        "Asia",
        "a\0b",
        "\udc80",
        "a.b",
        "apis.kx-ytx.com" * 2_000,
    ],
)
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(InvalidZone, match="there is no time zone"):
        zone(name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21", "2026-11-21T00:00:00+08:00"),
        ("2026-11-21 09:30", "2026-11-21T09:30:00+08:00"),
        ("2026-11-21T09:30:01", "2026-11-21T09:30:01+08:00"),
        ("2026-11-21T09:30:01Z", "2026-11-21T17:30:01+08:00"),
        ("0s", "2026-11-22T10:00:00+08:00"),
        ("30s", "2026-11-22T09:59:30+08:00"),
        ("15m", "2026-11-22T09:45:00+08:00"),
        ("2h", "2026-11-22T08:00:00+08:00"),
        (" 7d ", "2026-11-15T10:00:00+08:00"),
        ("2 w", "2026-11-08T10:00:00+08:00"),
        ("７天", "2026-11-15T10:00:00+08:00"),
        ("15分钟前", "2026-11-22T09:45:00+08:00"),
        ("2小时", "2026-11-22T08:00:00+08:00"),
        ("今天", "2026-11-22T00:00:00+08:00"),
        ("昨天", "2026-11-21T00:00:00+08:00"),
        ("yesterday 18:30", "2026-11-21T18:30:00+08:00"),
        ("前天下午 6：30", "2026-11-20T18:30:00+08:00"),
        ("２０２６年１１月１日", "2026-11-01T00:00:00+08:00"),
    ],
)
def test_times_and_ages_are_read(text: str, expected: str) -> None:
    assert iso(read_moment(text, NOW, SHANGHAI)) == expected


def test_an_age_counts_the_hours_that_have_passed_where_clocks_were_set() -> None:
    new_york = zone("America/New_York")
    now = datetime(2026, 3, 8, 3, 30, tzinfo=new_york)
    assert iso(read_moment("1h", now, new_york)) == "2026-03-08T01:30:00-05:00"


@pytest.mark.parametrize("text", ["", "昨天7天", "7天后", "h", "2", "2y", "-2h", "2.5h", "10:00"])
def test_neither_a_time_nor_an_age(text: str) -> None:
    with pytest.raises(ValueError, match="neither a time from 2000 to 2100 nor an age such as"):
        read_moment(text, NOW, SHANGHAI)


def test_an_age_before_the_first_year_is_refused() -> None:
    for text in ("999999999w", "740000d"):
        with pytest.raises(ValueError, match="too long ago"):
            read_moment(text, NOW, SHANGHAI)
    assert read_moment("700000d", NOW, SHANGHAI) == NOW - timedelta(days=700_000)


@pytest.mark.parametrize(
    ("clock", "hour"),
    [("上午 12:05:01", "00"), ("上午 1:05:01", "01"), ("下午 12:05:01", "12"), ("下午11:05:01", "23")],
)
def test_the_hours_of_a_half_day_are_read(clock: str, hour: str) -> None:
    assert read(f"2026/11/22 {clock}") == f"2026-11-22T{hour}:05:01+08:00"


@pytest.mark.parametrize("clock", ["上午 0:05:01", "下午 13:05:01", "下午", "上午下午 1:05:01"])
def test_an_hour_beyond_a_half_day_is_no_time(clock: str) -> None:
    assert read(f"2026/11/22 {clock}") is None
