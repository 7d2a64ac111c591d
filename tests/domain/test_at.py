"""`--at`: the forms of a time to come, days and clocks, and what is refused."""

from datetime import datetime

import pytest

from kxsms.domain.at import InvalidAt, read_at
from kxsms.domain.zones import iso, zone

NOW = "2026-11-26T12:00:00+08:00"
TOMORROW = "2026-11-27T10:00:00+08:00"


def read(text: str, now: str = NOW, of: str = "Asia/Shanghai") -> str:
    moment = read_at(text, datetime.fromisoformat(now).timestamp(), zone(of)).moment
    return iso(datetime.fromtimestamp(moment, zone(of)))


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-27 10:00",
        " 2026-11-27  10:00 ",
        "2026-11-27 10:00:00",
        "2026-11-27T10:00",
        TOMORROW,
        "2026-11-27T02:00:00Z",
        "2026/11/27 10:00",
        "2026年11月27日 10:00",
        "2026年11月27号上午10点",
        "11月27日10:00",
        "tomorrow 10:00",
        "Tomorrow 10am",
        "明天10:00",
        "明天 上午10点",
        "１０：００",
        "明天１０：００",
        "10:00",
        "10点",
        "10时00分",
        "+22h",
        "＋２２ｈ",
    ],
)
def test_every_form_names_ten_o_clock_tomorrow(text: str) -> None:
    assert read(text) == TOMORROW


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("13:00", "13:00:00"),
        ("13:00:30", "13:00:30"),
        ("下午3点", "15:00:00"),
        ("下午3点半", "15:30:00"),
        ("下午３：３０", "15:30:00"),
        ("下午12:30", "12:30:00"),
        ("晚上8点", "20:00:00"),
        ("3pm", "15:00:00"),
        ("3:30 PM", "15:30:00"),
        ("15点5分3秒", "15:05:03"),
        ("今天15:00", "15:00:00"),
        ("today 15:00", "15:00:00"),
        ("+1s", "12:00:01"),
        ("+30m", "12:30:00"),
        ("+ 2 H", "14:00:00"),
    ],
)
def test_a_time_to_come_is_that_of_today(text: str, clock: str) -> None:
    assert read(text) == f"2026-11-26T{clock}+08:00"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("11:59:59", "2026-11-27T11:59:59+08:00"),
        ("12:00", "2026-11-27T12:00:00+08:00"),
        ("0:00", "2026-11-27T00:00:00+08:00"),
        ("早上8点", "2026-11-27T08:00:00+08:00"),
        ("12am", "2026-11-27T00:00:00+08:00"),
        ("+1d", "2026-11-27T12:00:00+08:00"),
        ("+1w", "2026-12-03T12:00:00+08:00"),
        ("后天上午9点", "2026-11-28T09:00:00+08:00"),
    ],
)
def test_a_time_of_day_that_has_passed_is_that_of_a_later_day(text: str, moment: str) -> None:
    assert read(text) == moment


def test_tomorrow_is_the_next_day_of_the_zone_and_not_of_this_machine() -> None:
    assert read("tomorrow 10:00", "2026-11-26T23:30:00-05:00", "Asia/Shanghai") == "2026-11-28T10:00:00+08:00"
    assert (
        read("tomorrow 10:00", "2026-11-26T23:30:00-05:00", "America/New_York") == "2026-11-27T10:00:00-05:00"
    )


def test_the_last_day_of_a_year_is_followed_by_the_first_of_the_next() -> None:
    assert read("10:00", "2026-12-31T12:00:00+08:00") == "2027-01-01T10:00:00+08:00"


@pytest.mark.parametrize(
    "text", ["", "soon", "10", "1000", "1795312800", "+h", "2h", "10:", "-2h", "10:00+08"]
)
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(InvalidAt, match="is not a time such as '2026-11-27 10:00'"):
        read(text)


@pytest.mark.parametrize("text", ["2026-11-27", "tomorrow", "明天", "2026年11月27日"])
def test_a_day_alone_is_refused(text: str) -> None:
    with pytest.raises(InvalidAt, match="names no time of the day"):
        read(text)


@pytest.mark.parametrize(
    "text", ["25:00", "24:00", "10:60", "13pm", "下午13点", "2026-02-29 10:00", "下午3pm"]
)
def test_a_day_or_an_hour_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(InvalidAt, match="there is no such day or hour"):
        read(text)


@pytest.mark.parametrize("text", ["上午12点", "晚上12点", "晚上2点", "早上12:00"])
def test_an_ambiguous_hour_is_refused(text: str) -> None:
    with pytest.raises(InvalidAt, match="is ambiguous"):
        read(text)


@pytest.mark.parametrize(
    ("text", "has_passed"),
    [
        ("2026-11-26 11:59", True),
        ("2026-11-25T10:00:00Z", True),
        ("today 10:00", True),
        ("今天上午10点", True),
        ("2026-11-26 12:00", False),
        ("10:00", False),
        ("+0s", False),
    ],
)
def test_a_time_that_has_passed_is_known_as_such(text: str, has_passed: bool) -> None:
    assert (
        read_at(text, datetime.fromisoformat(NOW).timestamp(), zone("Asia/Shanghai")).has_passed is has_passed
    )


@pytest.mark.parametrize("text", ["2028-01-01 10:00", "+9999w", "+999999999w", "2099-01-01T00:00:00Z"])
def test_a_time_more_than_a_year_ahead_is_refused(text: str) -> None:
    with pytest.raises(InvalidAt, match="more than a year ahead"):
        read(text)


@pytest.mark.parametrize("zone_name", ["Asia/Shanghai", "America/New_York"])
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0001-01-01 00:00", "has passed"),
        ("1970年1月1日 0:00", "has passed"),
        ("9999-12-31 23:59", "is more than a year ahead"),
    ],
)
def test_a_year_beyond_the_clocks_is_refused(text: str, says: str, zone_name: str) -> None:
    with pytest.raises(InvalidAt, match=says):
        read(text, of=zone_name)


@pytest.mark.parametrize(
    ("text", "names_day"),
    [
        ("+2h", False),
        ("10:00", False),
        ("下午3点", False),
        ("tomorrow 10:00", True),
        ("2026-11-27 10:00", True),
    ],
)
def test_a_text_names_a_day_or_not(text: str, names_day: bool) -> None:
    assert read_at(text, datetime.fromisoformat(NOW).timestamp(), zone("UTC")).names_day is names_day


BERLIN = "Europe/Berlin"


def test_a_time_that_summer_time_skips_is_refused() -> None:
    for text in ("02:30", "2026-03-29 02:30"):
        with pytest.raises(InvalidAt, match="on 2026-03-29 the clocks skip 02:30"):
            read(text, "2026-03-29T01:00:00+01:00", BERLIN)


def test_a_skipped_time_that_has_passed_is_that_of_tomorrow() -> None:
    assert read("02:30", "2026-03-29T12:00:00+02:00", BERLIN) == "2026-03-30T02:30:00+02:00"


@pytest.mark.parametrize("text", ["02:30", "2026-10-25 02:30"])
@pytest.mark.parametrize(
    ("now", "offset"), [("2026-10-25T01:00:00+02:00", "+02:00"), ("2026-10-25T02:45:00+02:00", "+01:00")]
)
def test_of_a_time_that_comes_twice_the_next_one_is_taken(text: str, now: str, offset: str) -> None:
    assert read(text, now, BERLIN) == f"2026-10-25T02:30:00{offset}"


def test_a_time_of_day_is_the_same_on_the_clock_after_the_change() -> None:
    assert read("tomorrow 10:00", "2026-03-28T12:00:00+01:00", BERLIN) == "2026-03-29T10:00:00+02:00"


def test_a_delay_counts_real_hours_over_a_change_of_the_clocks() -> None:
    assert read("+2h", "2026-03-29T01:30:00+01:00", BERLIN) == "2026-03-29T04:30:00+02:00"
