"""A launcher that runs kxsms in this process and acts at its nth step.

A step is a statement of SQLite or psycopg, a file created in the state directory, or bytes sent to the
gateway: everything that can leave a trace. Python's audit hooks, SQLite's trace and cursors of psycopg report
each step before it happens; nothing of kxsms is replaced. `--clock` moves time.time, from which kxsms always
reads the time, from that step on.

    python -m tests.faults.launcher [--steps FILE] [--at N --die|--signal NAME|--clock SECONDS] -- ARGUMENT...
"""

import argparse
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from typing import Any

_FILE_EVENTS = ("open", "os.mkdir", "os.chmod")


class Steps:
    """A counter of the steps that acts at one of them, and writes each step as a line to `file`."""

    def __init__(self, at: int, act: Callable[[], None], file: str | None) -> None:
        self._at = at
        self._act = act
        self._file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if file else None
        self._state = os.environ["KXSMS_STATE_DIR"]
        self._count = 0

    def watch(self) -> None:
        connect: Callable[..., sqlite3.Connection] = sqlite3.connect

        def traced(*arguments: object, **options: object) -> sqlite3.Connection:
            connection = connect(*arguments, **options)
            connection.set_trace_callback(self._step)
            return connection

        setattr(sqlite3, "connect", traced)  # noqa: B010  mypy
        if "KXSMS_LEDGER" in os.environ:
            self._watch_psycopg()
        sys.addaudithook(self._heard)

    def _watch_psycopg(self) -> None:
        import psycopg

        for kind, name in ((psycopg.Cursor, "execute"), (psycopg.Cursor, "copy")):
            setattr(kind, name, self._traced(getattr(kind, name)))

    def _traced(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def traced(cursor: Any, statement: str | bytes, *arguments: Any, **options: Any) -> Any:
            self._step(self._text(cursor, statement, *arguments))
            return method(cursor, statement, *arguments, **options)

        return traced

    @staticmethod
    def _text(cursor: Any, statement: str | bytes, *arguments: Any) -> str:
        """Return a statement with its values, where psycopg puts them into it."""
        if hasattr(cursor, "mogrify"):
            return str(cursor.mogrify(statement, *arguments))
        return statement if isinstance(statement, str) else statement.decode()

    def _heard(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "http.client.send" or (
            event in _FILE_EVENTS and str(arguments[0]).startswith(self._state)
        ):
            self._step(event)

    def _step(self, description: str) -> None:
        self._count += 1
        if self._file is not None:
            os.write(self._file, f"{' '.join(description.split())}\n".encode())
        if self._count == self._at:
            self._act()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--at", type=int, default=1)
    parser.add_argument("--die", action="store_true")
    parser.add_argument("--signal")
    parser.add_argument("--clock", type=float)
    parser.add_argument("--steps")
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args()

    def act() -> None:
        if options.die:
            os.kill(os.getpid(), signal.SIGKILL)
        if options.signal:
            os.kill(os.getpid(), signal.Signals[options.signal])
        if options.clock is not None:
            real = time.time
            time.time = lambda: real() + options.clock

    Steps(options.at, act, options.steps).watch()
    from kxsms.main import main as kxsms

    sys.argv = ["kxsms", *options.arguments]
    return kxsms()


if __name__ == "__main__":
    raise SystemExit(main())
