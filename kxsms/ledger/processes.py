"""The identity of a process: no other process has it, even after a restart of the machine.

Linux gives each process a start time and each boot an id. Other systems do not, or only slowly: a process of
theirs whose number is in use counts as one that cannot be examined.
"""

import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")
_OUTERMOST = "pid:[4026531836]"
"""The first PID namespace of a Linux kernel: not that of a container."""


class Process(NamedTuple):
    """One process. A text is empty where the system does not say."""

    host: str
    boot: str
    pid_namespace: str
    pid: int
    started: str

    @property
    def machine(self) -> str:
        """Return the name of its host, as people know it."""
        return self.host.partition("/")[0]

    def is_alive(self) -> bool | None:
        """Return whether the process is alive, or None if it cannot be examined from here."""
        here = this_process()
        if self.host != here.host:
            return None
        if self.boot != here.boot:
            # The machine was restarted. Or it is another machine: containers may share a name and an image.
            return False if self.pid_namespace == here.pid_namespace == _OUTERMOST else None
        if not _examines(self, here):
            return None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except OSError:  # another user's
            pass
        found = _status(self.pid)
        if found is None or not self.started:
            return None
        return found.started == self.started and not found.is_over


def _examines(process: Process, here: Process) -> bool:
    """Return whether the numbers of both processes, of one boot of one host, mean the same."""
    if sys.platform == "darwin":
        return True
    if sys.platform != "linux" or not here.pid_namespace or process.pid_namespace != here.pid_namespace:
        return False
    with suppress(OSError):  # /proc may show another namespace
        return str((_PROC / "self").readlink()) == str(here.pid)
    return False


@cache
def this_process() -> Process:
    """Return the identity of this process."""
    pid, namespace = os.getpid(), ""
    with suppress(OSError):
        namespace = str((_PROC / "self/ns/pid").readlink())
    found = _status(pid)
    boot = _line(_PROC / "sys/kernel/random/boot_id")
    return Process(_host(), boot, namespace, pid, found.started if found else "")


def _host() -> str:
    name = os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
    return f"{name}/{_line(Path('/etc/machine-id'))}"


class _Status(NamedTuple):
    """A process as Linux describes it. One that `is_over` waits only for its parent to notice."""

    started: str
    is_over: bool


def _status(pid: int) -> _Status | None:
    """Return the status of a process, or None if the system does not say."""
    line = _line(_PROC / str(pid) / "stat")
    fields = line.rpartition(")")[2].split()  # the name before may hold blanks and brackets
    if len(fields) < 20:
        return None
    state, threads, started = fields[0], fields[17], fields[19]
    return _Status(started, state in "ZX" and int(threads) <= 1)


def _line(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
