"""Times as gateways and people write them. The form that this gateway uses is published nowhere."""

import re
import unicodedata
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

from kxsms.domain.zones import shifted
from kxsms.language import tr

_YEARS = range(2000, 2101)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_AGES = {
    **{"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800},
    **{"秒": 1, "分钟": 60, "小时": 3600, "天": 86_400, "周": 604_800},
}
_DAYS_BEFORE = {"today": 0, "今天": 0, "yesterday": 1, "昨天": 1, "前天": 2}

_CLOCK = (
    r"(?:(?P<half>上午|下午)\s*)?(?P<hour>[0-9]{1,2})[:时](?P<minute>[0-9]{1,2})"
    r"(?:[:分](?P<second>[0-9]{1,2})(?:[.,:][0-9]{1,9})?秒?|分)?"
    r"\s*(?P<offset>Z|UTC?|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_YEAR, _MONTH, _DAY = r"(?P<year>[0-9]{4})", r"(?P<month>[0-9]{1,2})", r"(?P<day>[0-9]{1,2})"
_WEEKDAY = r"(?:\s*(?:星期|周)[一二三四五六日天])?"  # .NET writes it in a Chinese locale
_WRITTEN = (
    re.compile(rf"{_YEAR}(?P<mark>[-/.]){_MONTH}(?P=mark){_DAY}{_WEEKDAY}(?:(?:\s+|T){_CLOCK})?", re.I),
    re.compile(rf"{_YEAR}年{_MONTH}月{_DAY}日{_WEEKDAY}(?:\s*{_CLOCK})?", re.I),
    re.compile(rf"(?:[a-z]{{3}},\s*)?{_DAY}\s+(?P<month>{'|'.join(_MONTHS)})\s+{_YEAR}\s+{_CLOCK}", re.I),
)
_DIGITS = re.compile(r"[0-9]{8,17}")
_FORMATS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_DOT_NET = re.compile(r"/Date\(([0-9]{1,15})(?:[+-][0-9]{4})?\)/")
_AGE = re.compile(rf"([0-9]{{1,9}})\s*({'|'.join(_AGES)})前?")
_DAY_BEFORE = re.compile(rf"({'|'.join(_DAYS_BEFORE)})\s*(.*)", re.I)


def read_time(text: str, zone: tzinfo) -> datetime | None:
    """Return the time in a text, to the second and in `zone`; None if it is not a time from 2000 to 2100."""
    read = _read_exactly(text, zone)
    return None if read is None else read.moment


def has_second(text: str) -> bool:
    """Return whether a text is a time that names its second, and not only its minute or its day."""
    read = _read_exactly(text, UTC)
    return read is not None and read.has_second


class _Read(NamedTuple):
    """A time that was read, and whether its text named the second."""

    moment: datetime
    has_second: bool


def _read_exactly(text: str, zone: tzinfo) -> _Read | None:
    try:
        read = _read(text.strip(), zone)
        local = read.moment.astimezone(zone).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None
    return read._replace(moment=local) if local.year in _YEARS else None


def read_moment(text: str, now: datetime, zone: tzinfo) -> datetime:
    """Return the time in a text, which may also be an age before `now`, in `zone`. Raise ValueError."""
    text = unicodedata.normalize("NFKC", text).strip()
    if age := _AGE.fullmatch(text):
        try:
            return shifted(now, -int(age[1]) * _AGES[age[2]]).astimezone(zone)
        except OverflowError:
            raise ValueError(tr("too long ago")) from None
    if named := _DAY_BEFORE.fullmatch(text):
        day = now.astimezone(zone).date() - timedelta(_DAYS_BEFORE[named[1].lower()])
        text = f"{day:%Y-%m-%d} {named[2]}"
    moment = read_time(text, zone)
    if moment is None:
        raise ValueError(tr("neither a time from 2000 to 2100 nor an age such as 30s, 15m, 2h, 7d or 2w"))
    return moment


def _read(text: str, zone: tzinfo) -> _Read:
    """Return the time in a text; `zone` applies if it names none. Raise ValueError or OverflowError."""
    if _DIGITS.fullmatch(text):
        return _read_digits(text, zone)
    if ticks := _DOT_NET.fullmatch(text):
        return _Read(_EPOCH + timedelta(milliseconds=int(ticks[1])), has_second=True)
    parts = next(filter(None, (shape.fullmatch(text) for shape in _WRITTEN)), None)
    if parts is None:
        raise ValueError("unknown form")
    name = parts["month"].lower()
    month = _MONTHS.index(name) + 1 if name in _MONTHS else int(name)
    hour, minute, second = (int(parts[unit] or 0) for unit in ("hour", "minute", "second"))
    if parts["half"]:
        hour = hour_of_half(hour, is_afternoon=parts["half"] == "下午")
    local = _offset(parts["offset"]) if parts["offset"] else zone
    moment = datetime(int(parts["year"]), month, int(parts["day"]), hour, minute, second, tzinfo=local)
    return _Read(moment, has_second=parts["second"] is not None)


def hour_of_half(hour: int, *, is_afternoon: bool) -> int:
    """Return the hour of the day of an hour from 1 to 12. Raise ValueError."""
    if not 1 <= hour <= 12:
        raise ValueError("no hour of a half day")
    return hour % 12 + (12 if is_afternoon else 0)


def _offset(text: str) -> tzinfo:
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-ahead if text[0] == "-" else ahead)


def _read_digits(text: str, zone: tzinfo) -> _Read:
    """Return the time in digits, by their number: Unix time, years of four digits, or of two (as in SMPP)."""
    if len(text) == 13:
        return _Read(_EPOCH + timedelta(milliseconds=int(text)), has_second=True)
    if len(text) == 10 and int(text) < 2_000_000_000:
        return _Read(_EPOCH + timedelta(seconds=int(text)), has_second=True)
    if len(text) == 12 and int(text[:4]) in _YEARS:
        with suppress(ValueError):
            return _Read(datetime.strptime(text, _FORMATS[12]).replace(tzinfo=zone), has_second=False)
    full = {10: "20" + text, 12: "20" + text, 17: text[:14]}.get(len(text), text)
    moment = datetime.strptime(full, _FORMATS.get(len(full), "")).replace(tzinfo=zone)
    return _Read(moment, has_second=len(full) == 14)
