"""The log of `--log-file`: one line of JSON per event, appended by any number of processes.

It never holds a token or a text. A log that cannot be written is one warning: nothing depends on it.
"""

import os
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kxsms.language import tr
from kxsms.output.json import dumps
from kxsms.output.masking import masked_value

if TYPE_CHECKING:
    from kxsms.domain.exchange import Exchange

_LEVELS = {"unknown": "error", "rejected": "warning", "not_sent": "warning"}
"""The level of a Send by its outcome; of other requests, one without an answer is a warning."""


class EventLog:
    """A log file. Any thread may write to it.

    `batch` is the id of the batch that is being sent. `warn` gets the first failure to write, in words.
    `masks`: numbers are masked.
    """

    def __init__(self, path: str, *, masks: bool, warn: Callable[[str], None]) -> None:
        self.batch: str | None = None
        self._path = real = Path(path)
        with suppress(RuntimeError, OSError):  # no such home directory, or a circle of links
            self._path = self._path.expanduser()
            real = self._path.resolve()
        self._masks = masks
        self._warn = warn
        self._has_warned = False
        self._file: int | None = None
        self._is_torn = False
        # Of a ledger no descriptor may be closed: that would drop the locks that this process has on it.
        self._is_refused = "sqlite3" in real.name
        self._begun = time.monotonic()
        # A signal may come while its own thread holds the lock.
        self._lock = threading.RLock()

    def start(self, command: str) -> None:
        """Log that a command starts."""
        self._write("info", "start", command=command)

    def end(self, status: int) -> None:
        """Log that the command ends, with its exit status, and close the file."""
        past = (time.monotonic() - self._begun) * 1000
        self._write("error" if status else "info", "end", status=status, milliseconds=past)
        with self._lock:
            self._close()

    def exchange(self, exchange: "Exchange") -> None:
        """Log a request that has ended."""
        facts = exchange._asdict()
        number, status = facts.pop("number"), facts.pop("status")
        if self._masks:
            facts = {name: masked_value(fact, name) for name, fact in facts.items()}
        level = _LEVELS.get(exchange.outcome or "", "info" if exchange.problem is None else "warning")
        self._write(level, "request", request=number, status=status, **facts)

    def _write(
        self,
        level: str,
        event: str,
        *,
        request: int | None = None,
        status: int | None = None,
        milliseconds: float | None = None,
        **facts: object,
    ) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        document = {
            "time": now,
            "level": level,
            "event": event,
            "process": os.getpid(),
            "batch": self.batch,
            "request": request,
            "status": status,
            "milliseconds": None if milliseconds is None else round(milliseconds, 1),
        }
        document |= {name: fact for name, fact in facts.items() if fact is not None}
        line = (dumps(document) + "\n").encode("utf-8", "backslashreplace")
        with self._lock:
            try:
                self._append(line)
            except (OSError, ValueError) as error:
                if not self._has_warned:
                    self._has_warned = True
                    self._warn(getattr(error, "strerror", None) or str(error))

    def _append(self, line: bytes) -> None:
        """Append a line in one write, so that lines of several processes never mix. Raise OSError."""
        if self._is_refused:
            raise OSError(None, tr("a ledger is no log"))
        file = self._opened()
        data = b"\n" + line if self._is_torn else line  # after a part that a full disk has cut
        written = os.write(file, data)
        self._is_torn = written < len(data)
        if self._is_torn:
            raise OSError(None, tr("only a part of a line could be written"))

    def _opened(self) -> int:
        """Return the file, opened again if logrotate has put another in its place. Raise OSError."""
        if self._file is not None:
            with suppress(FileNotFoundError):
                if os.path.samestat(self._path.stat(), os.fstat(self._file)):
                    return self._file
            self._close()
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
        # A pipe that nobody reads must not hold up a send; no child process inherits the file.
        for flag in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
            flags |= getattr(os, flag, 0)
        file = os.open(self._path, flags, 0o600)
        if stat.S_ISREG(os.fstat(file).st_mode) and os.read(file, 1) not in (b"", b"{", b"\n"):
            os.close(file)
            self._is_refused = True
            raise OSError(None, tr("it holds something other than JSON lines"))
        self._file = file
        return file

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
