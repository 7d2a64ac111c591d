"""Tools of the benchmarks: commands whose time and memory are measured, a gateway, and lines of the table."""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.ledgers import SERVER, drop_ledger, ledger_url

KXSMS = (sys.executable, str(Path(sys.executable).with_name("kxsms")))
"""The installed command, which starts as it does for users."""

_KIB_PER_MIB = 1024
_PORTS = [0]


@dataclass(frozen=True)
class Usage:
    """What a command used: seconds by the clock, seconds of CPU with its children, and MiB at its peak."""

    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True)
class Result:
    """One line of the table. `figure` may be at most (with `at_least`, must be at least) the `goal`."""

    what: str
    against: str
    figure: float
    goal: float
    unit: str = "×"
    at_least: bool = False
    note: str = ""

    @property
    def is_reached(self) -> bool:
        return self.figure >= self.goal if self.at_least else self.figure <= self.goal

    def line(self) -> str:
        sign = "≥" if self.at_least else "≤"
        note = f" ({self.note})" if self.note else ""
        mark = "" if self.is_reached else " **not reached**"
        figure, goal = f"{self.figure:.3g}", f"{self.goal:g}"
        return (
            f"| {self.what} | {self.against} | {figure} {self.unit}{note} | {sign} {goal} {self.unit}{mark} |"
        )


# The peak of a child includes that of the process that starts it, so a small process starts the command.
_MEASURE = """
import json, os, sys, time

start = time.perf_counter()
process = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(process, 0)
wall = time.perf_counter() - start
figures = os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss
os.write(int(sys.argv[1]), json.dumps(figures).encode())
"""


def run(command: Sequence[str], *, env: Mapping[str, str] | None = None, status: int = 0) -> Usage:
    """Run a command, and return what it used. Raise RuntimeError if its exit status is not `status`."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as figures:
        subprocess.run(
            [sys.executable, "-IS", "-c", _MEASURE, str(figures.fileno()), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **(env or {})},
            pass_fds=[figures.fileno()],
            check=True,
        )
        figures.seek(0)
        ended, wall, cpu, peak = json.loads(figures.read())
        if ended != status:
            output.seek(0)
            said = output.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{list(command)} ended with {ended}:\n{said}")
    return Usage(wall, cpu, peak / _KIB_PER_MIB)


def median(usages: Sequence[Usage]) -> Usage:
    """Return the medians of the times, and the greatest peak."""
    return Usage(
        statistics.median(usage.wall for usage in usages),
        statistics.median(usage.cpu for usage in usages),
        max(usage.peak for usage in usages),
    )


class Bench:
    """The directory of the benchmarks, and how often to run each short command."""

    def __init__(self, directory: Path, runs: int) -> None:
        self.directory = directory
        self.runs = runs
        self._homes = 0

    def fresh(self, port: int = 1) -> dict[str, str]:
        """Return the environment of a new user with an account at the gateway on this port."""
        self._homes += 1
        home = self.directory / f"home{self._homes}"
        home.mkdir()
        return self._settings(home, port, ledger_url(SERVER, self._homes))

    def fresh_on(self, server: str | None, port: int) -> dict[str, str]:
        """Return the same with a ledger of its own on a server, or in a file if there is none."""
        env = self.fresh(port)
        return {**env, "KXSMS_LEDGER": ledger_url(server, self._homes)}

    def _settings(self, home: Path, port: int, ledger: str) -> dict[str, str]:
        return {
            "HOME": str(home),
            "KXSMS_STATE_DIR": str(home / "state"),
            "KXSMS_LEDGER": ledger,
            "KXSMS_BASE_URL": f"http://127.0.0.1:{port}",
            "KXSMS_ACCOUNT": "10086",
            "KXSMS_TOKEN": "bench-token-0123456789",
            # Compile modules as an installation does, even if a checkout would not.
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(self.directory / "compiled"),
        }

    def drop(self, env: Mapping[str, str]) -> None:
        """Remove a user's files and ledger, because a million rows are large."""
        drop_ledger(env)
        shutil.rmtree(env["HOME"])

    def script(self, name: str, text: str) -> str:
        """Write a program for comparison, and return its path."""
        path = self.directory / name
        path.write_text(text, encoding="utf-8")
        return str(path)


@contextmanager
def gateway(latency: float = 0.0, *, most: int | None = None, reports: Path | None = None) -> Iterator[int]:
    """Run `tests.bench.gateway` in a process of its own, and yield its port.

    Every gateway of this process has the same port: with another one it would be another gateway to kxsms.
    """
    command = [sys.executable, "-m", "tests.bench.gateway", "--latency", str(latency)]
    command += ["--port", str(_PORTS[-1])]
    command += ["--most", str(most)] if most is not None else []
    command += ["--reports", str(reports)] if reports else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            _PORTS.append(int(process.stdout.readline()))
            yield _PORTS[-1]
        finally:
            process.kill()


def sent(port: int) -> int:
    """Return how many Send requests a gateway has received."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/count") as answer:
        return int(answer.read())


def resident(process: int) -> float:
    """Return the memory of a process at this moment, in MiB; 0 if it has ended. Linux only."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    found = re.search(r"VmRSS:\s+([0-9]+) kB", status)
    return int(found[1]) / _KIB_PER_MIB if found else 0.0
