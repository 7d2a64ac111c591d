"""Stop a server as soon as no test uses it, however the tests ended: `python keeper.py DIRECTORY`.

Each process that uses the server holds a shared lock on the file `users`. The system releases it when the
process ends, even by SIGKILL. This script waits for an exclusive lock, and keeps that while the server stops:
a process that finds it taken starts a new server.
"""

import fcntl
import os
import shutil
import signal
import sys
import time
from pathlib import Path

STOPPING = 5.0
"""Seconds until the server is killed that does not stop."""


def keep(directory: Path) -> None:
    """Return to the caller at once, and wait in the background."""
    with (directory / "users").open("rb") as users:
        if os.fork():
            return
        fcntl.flock(users, fcntl.LOCK_EX)
        _stop(directory / "data" / "postmaster.pid")
        shutil.rmtree(directory, ignore_errors=True)


def _stop(file: Path) -> None:
    try:
        pid = int(file.read_text().split("\n")[0])
        os.kill(pid, signal.SIGQUIT)  # at once: nobody needs its data
        deadline = time.monotonic() + STOPPING
        while file.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        if file.exists():
            os.kill(pid, signal.SIGKILL)
    except (OSError, ValueError):
        return  # stopped already


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
