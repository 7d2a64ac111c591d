"""A user at a pseudo-terminal: kxsms waits at its question while the test does something else."""

import os

from tests.faults.client import ROOT
from tests.forks import Process, start


class TerminalUser:
    """A user who runs kxsms on a terminal and answers its question. `shown` is what the terminal shows."""

    def __init__(self) -> None:
        import pty

        self._main, self._terminal = pty.openpty()
        self._process: Process | None = None
        self.shown = b""

    def start(self, *arguments: str) -> None:
        """Start kxsms, and read up to its question."""
        self._process = start(
            ("-m", "kxsms"),
            arguments,
            os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"},
            stdin=self._terminal,
            stdout=self._terminal,
            stderr=self._terminal,
            session=True,
        )
        os.close(self._terminal)
        while not self.shown.endswith(b"[y/N]: "):
            data = self._read()
            assert data, self.shown
            self.shown += data

    def answer(self, word: str) -> int:
        """Answer the question, read to the end, and return the exit status."""
        os.write(self._main, f"{word}\n".encode())
        return self._end()

    def interrupt(self, number: int) -> int:
        """Send a signal instead of an answer, read to the end, and return the exit status."""
        assert self._process is not None
        self._process.send_signal(number)
        return self._end()

    def _end(self) -> int:
        assert self._process is not None
        self.shown = b""
        while data := self._read():
            self.shown += data
        return self._process.wait(30)

    def _read(self) -> bytes:
        try:
            return os.read(self._main, 65536)
        except OSError:  # Linux reports so that the other end is closed
            return b""

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)
        os.close(self._main)
