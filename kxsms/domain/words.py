"""Counts and durations in words."""

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Return a count with its noun: `1 recipient`, `2,500 recipients`.

    `plural` is for a noun that does not take an s, and for a noun with its verb:
    `counted(left, "recipient is", "recipients are")`.
    """
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def size(number: int) -> str:
    """Return a number of bytes in the largest unit of which there is one: `1.5 MiB`."""
    found, unit = float(number), "bytes"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if found < 1024:
            break
        found, unit = found / 1024, larger
    return f"{found:,.0f} {unit}" if found >= 100 or unit == "bytes" else f"{found:.1f} {unit}"


def ago(seconds: float) -> str:
    """Return an age in words, in its largest whole unit: `5 minutes ago`, `just now`."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{counted(int(seconds // size), unit)} ago"
    return "just now"


def about(seconds: float) -> str:
    """Return a duration for an estimate: `about 45 s`, `about 5 minutes`, `about 2.5 hours`."""
    if seconds < 90:
        return f"about {seconds:.0f} s"
    return f"about {seconds / 60:.0f} minutes" if seconds < 5400 else f"about {seconds / 3600:.1f} hours"


def duration(seconds: float) -> str:
    """Return a duration for a clock that runs: `8 s`, `3:20 min`, `2:05 h`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600:,}:{whole % 3600 // 60:02} h"
