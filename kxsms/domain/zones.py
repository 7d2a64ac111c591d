"""Time zones, and times as ISO 8601 by their clocks."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from kxsms.language import tr

DEFAULT_ZONE = "Asia/Shanghai"

# Shanghai has had no summer time since 1991, so the usual zones need no database (Windows has none).
_FIXED = {DEFAULT_ZONE: timezone(timedelta(hours=8), DEFAULT_ZONE), "UTC": UTC}


class InvalidZone(ValueError):
    """The name of a time zone that does not exist."""


def zone(name: str) -> tzinfo:
    """Return the time zone of an IANA name. Raise InvalidZone."""
    if name in _FIXED:
        return _FIXED[name]
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        # Fewer names than zoneinfo takes: it would import a module for a name with dots.
        if not re.fullmatch(r"[A-Za-z0-9_+-]{1,30}(?:/[A-Za-z0-9_+-]{1,30}){0,3}", name):
            raise ValueError
        return ZoneInfo(name)
    except (ValueError, OSError, ImportError, ZoneInfoNotFoundError):
        raise InvalidZone(
            tr(
                "there is no time zone {name!r}; use a name such as {example}",
                name=name,
                example=DEFAULT_ZONE,
            )
        ) from None


def shifted(moment: datetime, seconds: float) -> datetime:
    """Return the time so many seconds after another, in its zone, whose clocks may be set between the two."""
    return (moment.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(moment.tzinfo)


def iso(moment: datetime) -> str:
    """Return a time in ISO 8601, to the second: 2026-11-22T10:00:00+08:00."""
    return moment.isoformat(timespec="seconds")


def clock(moment: float, timezone: str | None) -> str:
    """Return a time since 1970 in ISO 8601, by the clocks of a zone, or of this machine for None."""
    local = datetime.fromtimestamp(moment, UTC)
    return iso(local.astimezone() if timezone is None else local.astimezone(zone(timezone)))
