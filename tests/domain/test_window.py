"""Windows: the hours in which texts may be sent, at midnight, in any zone, and when the clocks change."""

import os
import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from kxsms.domain.window import InvalidWindow, Window
from kxsms.domain.zones import iso, zone

BERLIN = "Europe/Berlin"


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def is_open(window: str, moment: str, of: str = "Asia/Shanghai") -> bool:
    return Window.parse(window).is_open(seconds(moment), zone(of))


def opens(window: str, moment: str, of: str = "Asia/Shanghai") -> str:
    return iso(datetime.fromtimestamp(Window.parse(window).opens(seconds(moment), zone(of)), zone(of)))


@pytest.mark.parametrize(
    "text",
    [
        "09:00-21:00",
        "9:00-21:00",
        " 09:00 – 21:00 ",
        "9：00到21：00",
        "09:00～21:00",
        "０９：００－２１：００",
    ],
)
def test_a_window_is_written_in_one_way(text: str) -> None:
    assert str(Window.parse(text)) == "09:00-21:00"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must be hours such as 09:00-21:00"),
        ("9-21", "must be hours such as 09:00-21:00"),
        ("always", "must be hours such as 09:00-21:00"),
        ("09:00", "must be hours such as 09:00-21:00"),
        ("09:00-24:01", "from 00:00 to 24:00"),
        ("24:00-09:00", "from 00:00 to 24:00"),
        ("09:60-21:00", "from 00:00 to 24:00"),
        ("09:00-09:00", "is empty; 00:00-24:00 is the whole day"),
    ],
)
def test_what_is_no_window_is_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidWindow, match=says):
        Window.parse(text)


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("08:59:59", False), ("09:00:00", True), ("20:59:59", True), ("21:00:00", False), ("00:00:00", False)],
)
def test_a_window_is_open_from_its_first_minute_to_its_last(clock: str, expected: bool) -> None:
    assert is_open("09:00-21:00", f"2026-11-26T{clock}+08:00") is expected


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("21:59", False), ("22:00", True), ("00:00", True), ("05:59", True), ("06:00", False)],
)
def test_a_window_may_pass_midnight(clock: str, expected: bool) -> None:
    assert is_open("22:00-06:00", f"2026-11-26T{clock}:00+08:00") is expected


@pytest.mark.parametrize("clock", ["00:00:00", "12:00:00", "23:59:59"])
def test_the_whole_day_is_always_open(clock: str) -> None:
    assert is_open("00:00-24:00", f"2026-11-26T{clock}+08:00")


@pytest.mark.parametrize(("clock", "expected"), [("23:59:59", True), ("00:00:00", False)])
def test_a_window_may_end_at_midnight(clock: str, expected: bool) -> None:
    assert is_open("09:00-24:00", f"2026-11-26T{clock}+08:00") is expected


def test_a_window_may_begin_at_midnight() -> None:
    assert opens("00:00-06:00", "2026-11-26T21:30:00+08:00") == "2026-11-27T00:00:00+08:00"


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-26T21:00:00+08:00", "2026-11-27T09:00:00+08:00"),
        ("2026-11-26T08:59:59+08:00", "2026-11-26T09:00:00+08:00"),
        ("2026-11-26T12:34:56+08:00", "2026-11-26T12:34:56+08:00"),
        ("2026-12-31T23:00:00+08:00", "2027-01-01T09:00:00+08:00"),
    ],
)
def test_a_window_opens_at_its_next_start(moment: str, opening: str) -> None:
    assert opens("09:00-21:00", moment) == opening


def test_the_hours_are_those_of_the_zone() -> None:
    moment = "2026-11-26T13:00:00+00:00"
    assert not is_open("09:00-21:00", moment, "Asia/Shanghai")
    assert is_open("09:00-21:00", moment, "UTC")
    assert not is_open("09:00-21:00", moment, "America/New_York")


@pytest.fixture(params=["America/New_York", "Pacific/Kiritimati"])
def machine_elsewhere(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let this machine's clock show the time of another zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


@pytest.mark.usefixtures("machine_elsewhere")
@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process cannot be changed here")
def test_the_zone_of_the_machine_does_not_matter() -> None:
    assert opens("09:00-21:00", "2026-11-26T21:00:00+08:00") == "2026-11-27T09:00:00+08:00"


def test_on_the_day_of_summer_time_it_opens_at_the_same_hour_of_the_clock() -> None:
    assert opens("09:00-21:00", "2026-03-28T21:00:00+01:00", BERLIN) == "2026-03-29T09:00:00+02:00"
    assert opens("09:00-21:00", "2026-10-24T21:00:00+02:00", BERLIN) == "2026-10-25T09:00:00+01:00"


def test_a_window_within_a_skipped_hour_opens_on_the_next_day() -> None:
    assert opens("02:00-03:00", "2026-03-29T01:59:59+01:00", BERLIN) == "2026-03-30T02:00:00+02:00"


def test_a_window_that_starts_in_a_skipped_hour_opens_when_the_clocks_are_there() -> None:
    assert is_open("02:30-05:00", "2026-03-29T03:00:00+02:00", BERLIN)
    assert opens("02:30-05:00", "2026-03-29T01:00:00+01:00", BERLIN) == "2026-03-29T03:00:00+02:00"


@pytest.mark.parametrize("offset", ["+02:00", "+01:00"])
def test_an_hour_that_comes_twice_is_open_twice(offset: str) -> None:
    assert is_open("02:00-03:00", f"2026-10-25T02:30:00{offset}", BERLIN)


def test_between_the_two_hours_of_autumn_it_opens_at_the_second() -> None:
    assert opens("02:00-02:30", "2026-10-25T02:45:00+02:00", BERLIN) == "2026-10-25T02:00:00+01:00"


def test_a_clock_that_was_set_back_closes_the_window_again() -> None:
    assert is_open("09:00-21:00", "2026-11-26T09:00:00+08:00")
    assert not is_open("09:00-21:00", "2026-11-26T08:30:00+08:00")
