"""The clocks of a ledger that several hosts share: theirs may differ, and so that of the server counts."""

import time
from typing import Any

import psycopg

_CLOCK = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def steady() -> float:
    """Return the seconds of a clock that nobody sets; it counts those of a sleeping machine if it can."""
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)


class ServerClock:
    """The clock of the server, read once and followed from then on."""

    _READ = "SELECT extract(epoch FROM clock_timestamp())::double precision"

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        before = steady()
        row = connection.execute(self._READ).fetchone()
        assert row is not None
        self._start = row[0] - (before + steady()) / 2

    def now(self) -> float:
        """Return the time, in seconds since 1970."""
        return float(self._start + steady())
