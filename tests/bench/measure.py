"""What the benchmarks share: commands that are run and weighed, a gateway in its own process, a table."""

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

KXSMS = (sys.executable, str(Path(sys.executable).with_name("kxsms")))
"""The command as it is installed, so that it starts as users start it."""

_KIB_PER_MIB = 1024


@dataclass(frozen=True)
class Usage:
    """What a command took: seconds by the clock, seconds of CPU of it and its children, and MiB at most."""

    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True)
class Result:
    """One line of the table. `goal` is the most (or, for `at_least`, the least) that `figure` may be."""

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


# What a large process starts counts as large from the beginning, so a small one starts the command.
_WEIGH = """
import json, os, sys, time

start = time.perf_counter()
process = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(process, 0)
wall = time.perf_counter() - start
figures = os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss
os.write(int(sys.argv[1]), json.dumps(figures).encode())
"""


def run(command: Sequence[str], *, env: Mapping[str, str] | None = None, status: int = 0) -> Usage:
    """Run a command and weigh it. Raises RuntimeError if its exit status is another one."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as figures:
        subprocess.run(
            [sys.executable, "-IS", "-c", _WEIGH, str(figures.fileno()), *command],
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
    """The median of each figure."""
    return Usage(
        statistics.median(usage.wall for usage in usages),
        statistics.median(usage.cpu for usage in usages),
        max(usage.peak for usage in usages),
    )


class Bench:
    """A directory to work in, and how often each pair is run."""

    def __init__(self, directory: Path, runs: int) -> None:
        self.directory = directory
        self.runs = runs
        self._homes = 0

    def fresh(self, port: int = 1) -> dict[str, str]:
        """The environment of a user who has nothing yet but an account at a gateway."""
        self._homes += 1
        home = self.directory / f"home{self._homes}"
        home.mkdir()
        return {
            "HOME": str(home),
            "KXSMS_STATE_DIR": str(home / "state"),
            "KXSMS_BASE_URL": f"http://127.0.0.1:{port}",
            "KXSMS_ACCOUNT": "10086",
            "KXSMS_TOKEN": "bench-token-0123456789",
            # As installed: modules are compiled even where those of a checkout are not.
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(self.directory / "compiled"),
        }

    def drop(self, env: Mapping[str, str]) -> None:
        """Remove a user's files: a million rows take their room."""
        shutil.rmtree(env["HOME"])

    def script(self, name: str, text: str) -> str:
        """A file with a program for comparison."""
        path = self.directory / name
        path.write_text(text, encoding="utf-8")
        return str(path)


@contextmanager
def gateway(latency: float = 0.0, *, most: int | None = None, reports: Path | None = None) -> Iterator[int]:
    """The port of a bench gateway in a process of its own. See `tests.bench.gateway`."""
    command = [sys.executable, "-m", "tests.bench.gateway", "--latency", str(latency)]
    command += ["--most", str(most)] if most is not None else []
    command += ["--reports", str(reports)] if reports else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


def sent(port: int) -> int:
    """How many Send requests a gateway has had."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/count") as answer:
        return int(answer.read())


def resident(process: int) -> float:
    """The memory of a process at this moment, in MiB; 0 if it has ended. Linux only."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    found = re.search(r"VmRSS:\s+([0-9]+) kB", status)
    return int(found[1]) / _KIB_PER_MIB if found else 0.0
