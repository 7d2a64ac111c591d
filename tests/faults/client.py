"""kxsms as a separate process, which the gateway can kill or signal."""

import csv
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import IO, Any

from tests.conftest import Done
from tests.faults.gateway import Pair, Plan
from tests.forks import Process, start
from tests.scripted_gateway import Act, Received

ROOT = Path(__file__).parents[2]
_PATIENCE = 60
"""Seconds to wait for a process."""


class Client:
    """A client that runs one process at a time. `environ` is added to the environment.

    `way` are the arguments with which Python runs kxsms, directly or through a launcher. A process is a fork
    of a Python that has loaded kxsms, unless it is to be `fresh`: with its own name in the list of processes,
    with the signals that this process ignores, and with all that Python does at the end.
    """

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        *,
        way: Sequence[str] = ("-m", "kxsms"),
        fresh: bool = False,
    ) -> None:
        self._fresh = fresh
        self._way = way
        self._environ = {**(environ or {}), "PYTHONPATH": str(ROOT)}
        self._process: Future[Process] = Future()

    def start(self, *arguments: str, stdin: int = subprocess.DEVNULL) -> Process:
        self._process = Future()
        process = start(self._way, arguments, os.environ | self._environ, stdin=stdin, fresh=self._fresh)
        self._process.set_result(process)
        return process

    @property
    def process(self) -> Process:
        return self._process.result(timeout=_PATIENCE)

    def end(self) -> Done:
        out, err = self.process.communicate(timeout=_PATIENCE)
        return Done(self.process.wait(), out, err.decode())

    def run(self, *arguments: str) -> Done:
        self.start(*arguments)
        return self.end()

    def kill(self) -> None:
        self.process.kill()

    def read_until(self, word: bytes) -> None:
        """Read stderr up to the first line with the word."""
        assert self.process.stderr is not None
        read = b""
        while word not in read:
            line = self.process.stderr.readline()
            assert line, f"{word!r} is not in {read!r}"
            read += line

    def close(self) -> None:
        if self._process.done():
            with self.process as process:
                process.kill()

    def hit_at(
        self, nth: int, number: signal.Signals, reply: Callable[[Received], Act], *, first: bool = True
    ) -> Plan:
        """Return a plan that signals the process at the nth request, before the reply or after it."""
        count = 0

        def plan(request: Received) -> Act | None:
            nonlocal count
            count += 1
            if count != nth:
                return None
            act = reply(request)

            def signalled(connection: socket.socket) -> None:
                if first:
                    self.process.send_signal(number)
                act(connection)
                if not first:
                    self.process.send_signal(number)

            return signalled

        return plan


def kxsms(
    *arguments: str | bytes,
    env: Mapping[str, str | None] | None = None,
    before: Callable[[], None] | None = None,
    stdin: bytes = b"",
    stdout: int | IO[Any] = subprocess.PIPE,
    closed: str = "",
    way: tuple[str, ...] = ("-m", "kxsms"),
) -> Done:
    """Run one command line in a separate process.

    `env` is added to the environment; a variable that is None is removed. `before` is called in the process
    before it starts. `closed` are redirections of a shell, such as `>&-`.
    """
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    for name, value in (env or {}).items():
        environ.pop(name, None)
        if value is not None:
            environ[name] = value
    command: list[str | bytes] = [sys.executable, *way, *arguments]
    if closed:
        command = ["sh", "-c", f'exec "$@" {closed}', "sh", *command]
    done = subprocess.run(
        command,
        input=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=environ,
        preexec_fn=before,
        timeout=_PATIENCE,
        check=False,
    )
    return Done(done.returncode, done.stdout or b"", done.stderr.decode("utf-8", "backslashreplace"))


def write_csv(path: Path, rows: Iterable[Pair]) -> Path:
    """Write a CSV with a number and its own text in each row, and return its path."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("mobile", "content"), *rows])
    return path
