"""Counts and durations in words."""

import re

from kxsms.language import CHINESE, language, plural, tr

_ISO_TIME = r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)([+-]\d\d:\d\d)"


def counted(count: int, noun: str, several: str | None = None) -> str:
    """Return a count with its noun: `1 recipient`, `2,500 recipients`.

    `several` is for a noun that does not take an s, and for a noun with its verb:
    `counted(left, "recipient is", "recipients are")`.
    """
    return plural(f"{{count}} {noun}", f"{{count}} {several or f'{noun}s'}", count)


def size(number: int) -> str:
    """Return a number of bytes in the largest unit of which there is one: `1.5 MiB`."""
    if number < 1024:
        return counted(number, "byte")
    found, unit = float(number), ""
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if found < 1024:
            break
        found, unit = found / 1024, larger
    return f"{found:,.0f} {unit}" if found >= 100 else f"{found:.1f} {unit}"


def ago(seconds: float) -> str:
    """Return an age in words, in its largest whole unit: `5 minutes ago`, `just now`."""
    if seconds >= 86_400:
        return plural("{count} day ago", "{count} days ago", int(seconds // 86_400))
    if seconds >= 3_600:
        return plural("{count} hour ago", "{count} hours ago", int(seconds // 3_600))
    if seconds >= 60:
        return plural("{count} minute ago", "{count} minutes ago", int(seconds // 60))
    return tr("just now")


def about(seconds: float) -> str:
    """Return a duration for an estimate: `about 45 s`, `about 5 minutes`, `about 2.5 hours`."""
    if seconds < 90:
        return tr("about {seconds} s", seconds=f"{seconds:.0f}")
    if seconds < 5400:
        return tr("about {minutes} minutes", minutes=f"{seconds / 60:.0f}")
    return tr("about {hours} hours", hours=f"{seconds / 3600:.1f}")


def duration(seconds: float) -> str:
    """Return a duration for a clock that runs: `8 s`, `3:20 min`, `2:05 h`."""
    whole = round(seconds)
    if whole < 60:
        return tr("{seconds} s", seconds=whole)
    if whole < 3600:
        return tr("{time} min", time=f"{whole // 60}:{whole % 60:02}")
    return tr("{time} h", time=f"{whole // 3600:,}:{whole % 3600 // 60:02}")


def time_words(time: str) -> str:
    """Return a time for people: Chinese has no letter in it, and no offset where that is China's."""
    if language() != CHINESE:
        return time
    return re.sub(_ISO_TIME, lambda found: f"{found[1]} {found[2]}{_offset(found[3])}", time)


def _offset(offset: str) -> str:
    return "" if offset == "+08:00" else f" {offset}"
