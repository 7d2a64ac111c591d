"""The hours of the day in which texts may be sent."""

import re
import unicodedata
from datetime import datetime, tzinfo
from typing import NamedTuple

from kxsms.compat import override
from kxsms.language import tr

_FORM = r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})"
_DAY = 24 * 60
_MINUTE = 60


class InvalidWindow(ValueError):
    """A text that is no window. The text of the error says what it must be."""


class Window(NamedTuple):
    """A part of each day, in minutes since midnight. It passes midnight if it ends before it starts."""

    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> "Window":
        """Return the window of a text such as 09:00-21:00. Raise InvalidWindow."""
        plain = re.sub("[–—~至到]", "-", "".join(unicodedata.normalize("NFKC", text).split()))
        parts = re.fullmatch(_FORM, plain)
        if parts is None:
            raise InvalidWindow(tr("must be hours such as 09:00-21:00"))
        hours, minutes = (int(parts[1]), int(parts[3])), (int(parts[2]), int(parts[4]))
        start, end = (hour * 60 + minute for hour, minute in zip(hours, minutes, strict=True))
        if max(minutes) > 59 or start >= _DAY or end > _DAY:
            raise InvalidWindow(tr("must be hours from 00:00 to 24:00, such as 09:00-21:00"))
        if start == end:
            raise InvalidWindow(tr("is empty; 00:00-24:00 is the whole day"))
        return cls(start, end)

    @override
    def __str__(self) -> str:
        """Return the window as users write it."""
        return f"{_clock(self.start)}-{_clock(self.end)}"

    def is_open(self, moment: float, zone: tzinfo) -> bool:
        """Return whether it is open at a moment, in seconds since 1970, by the clocks of a zone."""
        local = datetime.fromtimestamp(moment, zone)
        minute = local.hour * 60 + local.minute
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end

    def opens(self, moment: float, zone: tzinfo) -> float:
        """Return the first moment from this one at which it is open, in seconds since 1970."""
        if self.is_open(moment, zone):
            return moment
        # Minute by minute, since a change of the clocks may skip its first minutes, or all, or repeat them.
        minute = (moment // _MINUTE + 1) * _MINUTE
        while not self.is_open(minute, zone):
            minute += _MINUTE
        return minute


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
