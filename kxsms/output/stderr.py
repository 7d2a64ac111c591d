"""The process's stderr: lines, and a status line below them that is drawn over."""

import os
import shutil
import sys
import threading
from typing import TextIO


class Stderr:
    """stderr, until it fails. Threads write to it too."""

    def __init__(self) -> None:
        self._stream: TextIO | None = sys.stderr
        self._status: str | None = None
        # A signal may come while its own thread holds the lock.
        self._lock = threading.RLock()

    @property
    def terminal(self) -> TextIO | None:
        """Return the stream where a person reads it, else None."""
        return self._stream if self._stream is not None and self._stream.isatty() else None

    @property
    def can_redraw(self) -> bool:
        """Return whether a line can be drawn over."""
        return self.terminal is not None and os.environ.get("TERM") != "dumb"

    @property
    def columns(self) -> int | None:
        """Return the width of the terminal on which a person reads it, or None."""
        terminal = self.terminal
        if terminal is None:
            return None
        try:
            return int(os.environ["COLUMNS"])
        except (KeyError, ValueError):
            pass
        try:
            return os.get_terminal_size(terminal.fileno()).columns or None
        except (OSError, ValueError):
            return None

    def line(self, text: str) -> None:
        """Write a line, above the status line."""
        with self._lock:
            above = "" if self._status is None else "\r\x1b[K"
            self.put(f"{above}{text}\n")
            if self._status is not None:
                self.status(self._status)

    def status(self, text: str | None) -> None:
        """Show a status line in place of the one before; None removes it. Only where `can_redraw`."""
        with self._lock:
            if text is None and self._status is None:
                return
            self._status = text
            columns = shutil.get_terminal_size().columns - 1
            self.put(f"\r{(text or '')[:columns]}\x1b[K")

    def put(self, text: str) -> None:
        """Write a text as it is. A stream that fails is not used again."""
        if self._stream is None:
            return
        try:
            encoding = self._stream.encoding or "utf-8"
            self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()
        except (OSError, ValueError):
            self._stream = None
