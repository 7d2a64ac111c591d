"""The time at which a person wants a send to leave: `--at`."""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from kxsms.domain.times import hour_of_half, read_time
from kxsms.language import mark, tr

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST = 366 * 86_400
_TOO_FAR = mark("is more than a year ahead")

_DELAY = re.compile(r"\+\s*([0-9]{1,9})\s*([smhdw])", re.I)
_DAYS = {"today": 0, "今天": 0, "tomorrow": 1, "明天": 1, "后天": 2}
_AMBIGUOUS = {"上午": (12,), "早上": (12,), "晚上": (1, 2, 3, 4, 12)}
"""Hours of a half day that some take for noon and others for midnight, or for the night before or after."""

_DATE = (
    r"(?P<year>[0-9]{4})(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})"
    r"|(?:(?P<year_cn>[0-9]{4})年)?(?P<month_cn>[0-9]{1,2})月(?P<day_cn>[0-9]{1,2})[日号]"
)
_CLOCK = (
    r"(?:(?P<half>上午|早上|下午|晚上)\s*)?(?P<hour>[0-9]{1,2})"
    r"(?:(?::|(?P<mark_cn>[点时]))\s*(?P<minute>[0-9]{1,2}|半)?(?:(?::|分)(?P<second>[0-9]{1,2})?秒?)?)?"
    r"\s*(?P<english>am|pm)?"
)
_FORM = re.compile(rf"(?:(?:{_DATE}|(?P<word>{'|'.join(_DAYS)}))(?:\s*T|\s)?\s*)?{_CLOCK}", re.I)
_DAY_ALONE = re.compile(rf"(?:{_DATE}|{'|'.join(_DAYS)})", re.I)
_WITH_ZONE = re.compile(r":[0-9]{2}\s*(?:Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)$", re.I)

WANTED = mark("a time such as '2026-11-27 10:00', 10:00, 'tomorrow 10:00' or +2h")


class InvalidAt(ValueError):
    """A text that is not a time. The text of the error says what is wrong with it."""


class At(NamedTuple):
    """A time, in seconds since 1970. `names_day`: its text says of which day it is."""

    moment: float
    names_day: bool = False
    has_passed: bool = False


def read_at(text: str, now: float, zone: tzinfo) -> At:
    """Return the time that a text names, by the clocks of a zone. `now` is in seconds since 1970.

    A time of day that has passed is that of tomorrow. Raise InvalidAt.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if delay := _DELAY.fullmatch(plain):
        seconds = int(delay[1]) * _SECONDS[delay[2].lower()]
        return At(_not_too_far(now + seconds, now))
    exact = read_time(plain, UTC) if _WITH_ZONE.search(plain) else None
    if exact is not None:
        return At(_not_too_far(exact.timestamp(), now), names_day=True, has_passed=exact.timestamp() < now)
    today = datetime.fromtimestamp(now, zone).date()
    day, clock = _read(plain, today)
    if day is not None and abs(day.year - today.year) > 1:  # the first and the last years have no clocks
        raise InvalidAt(tr("has passed") if day < today else tr(_TOO_FAR))
    moment = _not_too_far(_moment(day, clock, now, zone), now)
    return At(moment, names_day=day is not None, has_passed=moment < now)


def _not_too_far(moment: float, now: float) -> float:
    if moment - now > _LONGEST:
        raise InvalidAt(tr(_TOO_FAR))
    return moment


def _read(text: str, today: date) -> tuple[date | None, time]:
    """Return the day in a text, if it names one, and the time of the day. Raise InvalidAt."""
    parts = _FORM.fullmatch(text)
    if parts is None or not (parts["minute"] or parts["english"] or parts["mark_cn"]):
        raise InvalidAt(
            tr("names no time of the day")
            if _DAY_ALONE.fullmatch(text)
            else tr("is not {wanted}", wanted=tr(WANTED))
        )
    hour, half = int(parts["hour"]), parts["half"]
    if half is not None and hour in _AMBIGUOUS.get(half, ()):
        raise InvalidAt(tr("is ambiguous: write the hour as one of 24, such as 00:30 or 20:00"))
    try:
        return _day(parts, today), _time(parts)
    except ValueError:
        raise InvalidAt(tr("is invalid: there is no such day or hour")) from None


def _day(parts: re.Match[str], today: date) -> date | None:
    if parts["word"]:
        return today + timedelta(_DAYS[parts["word"].lower()])
    if parts["year"]:
        return date(*(int(parts[unit]) for unit in ("year", "month", "day")))
    if not parts["month_cn"]:
        return None
    year, month, day = parts["year_cn"], int(parts["month_cn"]), int(parts["day_cn"])
    if year:
        return date(int(year), month, day)
    this_year = date(today.year, month, day)
    return this_year if this_year >= today else date(today.year + 1, month, day)


def _time(parts: re.Match[str]) -> time:
    """Return the time of the day. Raise ValueError."""
    hour, half, english = int(parts["hour"]), parts["half"], (parts["english"] or "").lower()
    if half and english:
        raise ValueError("two halves of a day")
    if half or english:
        hour = hour_of_half(hour, is_afternoon=half in ("下午", "晚上") or english == "pm")
    minute = 30 if parts["minute"] == "半" else int(parts["minute"] or 0)
    return time(hour, minute, int(parts["second"] or 0))


def _moment(day: date | None, clock: time, now: float, zone: tzinfo) -> float:
    """Return the next moment at which the clocks of a zone show this: the next such day if none is named.

    Where they show it twice, that is the first one to come. Raise InvalidAt if they skip it.
    """
    today = datetime.fromtimestamp(now, zone).date()
    moments = _moments(day or today, clock, zone)
    if day is None and max(moments) <= now:
        day = today + timedelta(1)
        moments = _moments(day, clock, zone)
    if datetime.fromtimestamp(moments[0], zone).time() != clock:
        raise InvalidAt(
            tr("does not exist: on {day} the clocks skip {clock:%H:%M}", day=day or today, clock=clock)
        )
    return next((moment for moment in moments if moment > now), moments[0])


def _moments(day: date, clock: time, zone: tzinfo) -> list[float]:
    """Return the two moments that a local time may be; for most times they are one."""
    local = datetime.combine(day, clock, zone)
    return [local.replace(fold=fold).timestamp() for fold in (0, 1)]
