"""The process's stderr: lines, and a status below them that is drawn over."""

import os
import re
import sys
import threading
from collections.abc import Callable
from typing import TextIO

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_USUAL_COLUMNS = 80

Status = Callable[[int], list[str]]
"""A function that returns the lines of a status, none of them wider than a number of columns."""


class Stderr:
    """stderr, until it fails. Threads write to it too."""

    def __init__(self) -> None:
        self._stream: TextIO | None = sys.stderr
        self._status: Status | None = None
        self._drawn: list[str] = []
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
        return self._real_columns

    @property
    def _real_columns(self) -> int | None:
        """Return the width that the terminal now has, or None."""
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or None if self._stream else None
        except (OSError, ValueError):
            return None

    def line(self, text: str) -> None:
        """Write a line, above the status."""
        with self._lock:
            self.put(f"{self._erasure()}{text}\n{self._drawing()}")

    def status(self, status: Status | None) -> None:
        """Show a status in place of the one before; None removes it. Only where `can_redraw`."""
        with self._lock:
            if status is None and self._status is None:
                return
            erasure = self._erasure()
            self._status = status
            self.put(erasure + self._drawing())

    def _erasure(self) -> str:
        """Return what erases the status, also where a narrower terminal has wrapped its lines."""
        if not self._drawn:
            return ""
        from kxsms.domain.lines import width_of

        columns = self._real_columns or _USUAL_COLUMNS
        rows = sum(max(1, -(-width_of(_ESCAPES.sub("", line)) // columns)) for line in self._drawn)
        self._drawn = []
        up = f"\x1b[{rows - 1}A" if rows > 1 else ""
        return f"\r{up}\x1b[J"

    def _drawing(self) -> str:
        """Return what draws the status, and leave the last column free: there some terminals wrap."""
        if self._status is not None:
            columns = min(self.columns or _USUAL_COLUMNS, self._real_columns or _USUAL_COLUMNS)
            self._drawn = self._status(columns - 1)
        return "\n".join(self._drawn)

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
