"""One host: a name, a clock, a state directory, a way to the server that can be cut, and its processes."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import TOKEN, Done
from tests.faults.client import ROOT
from tests.postgres import CuttingProxy

CONCURRENCY = 4
CLAIMED = 2 * CONCURRENCY
"""The most requests that a process claims at a time."""

_CONFIG = """
default_profile = "main"

[profiles.main]
account = "12345"
token = "{token}"
base_url = "{gateway}"
concurrency = {concurrency}
rate = 0
read_timeout = 2.0
"""


@dataclass
class Process:
    """A command that a host runs, with its output in files."""

    arguments: tuple[str, ...]
    process: subprocess.Popen[bytes]
    out: Path
    err: Path
    name: str
    """The name by which the server knows its connections."""
    session: int | None = None
    """The number of its session in the ledger, once it is known."""
    is_stopped: bool = False

    def send(self, number: signal.Signals) -> None:
        self.is_stopped = number == signal.SIGSTOP
        self.process.send_signal(number)

    def end(self) -> Done | None:
        """Return its result if it has ended, and remove its files."""
        status = self.process.poll()
        if status is None:
            return None
        done = Done(status, self.out.read_bytes(), self.err.read_text("utf-8", "backslashreplace"))
        self.out.unlink()
        self.err.unlink()
        return done


@dataclass
class Host:
    """A host, its way to the server, and the process that sends the batch, if one runs."""

    name: str
    directory: Path
    proxy: CuttingProxy
    schema: str
    gateway: str
    clock: int = 0
    """The seconds by which its clock is wrong."""
    runner: Process | None = None
    armed: int = 0
    """How many connections it was ordered to lose at a COMMIT."""
    back_at: float = 0.0
    """When its way to the server is to be as before, by the monotonic clock; 0 if it is."""
    is_away: bool = False
    """Whether its proxy refuses connections."""
    _count: int = field(default=0)

    def __post_init__(self) -> None:
        self.directory.mkdir()
        config = _CONFIG.format(token=TOKEN, gateway=self.gateway, concurrency=CONCURRENCY)
        file = self.directory / "config.toml"
        file.touch(0o600)
        file.write_text(config, encoding="utf-8")

    def start(self, *arguments: str) -> Process:
        """Start a command as this host."""
        self._count += 1
        name = f"{self.name}.{self._count}"
        out, err = (self.directory / f"{self._count}.{kind}" for kind in ("out", "err"))
        way = ("-m", "tests.soak.hosts.launcher", self.name, str(self.clock))
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, *way, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env=self._environ(name),
                cwd=self.directory,
            )
        return Process(arguments, process, out, err, name)

    def _environ(self, name: str) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("KXSMS_", "PG")) and not name.upper().endswith("_PROXY")
        }
        return {
            **kept,
            "HOME": str(self.directory),
            "KXSMS_CONFIG": str(self.directory / "config.toml"),
            "KXSMS_STATE_DIR": str(self.directory / "state"),
            "KXSMS_LEDGER": f"{self.proxy.url}&schema={self.schema}",
            "KXSMS_LANG": "en",
            "PGAPPNAME": name,
            "PYTHONPATH": str(ROOT),
        }
