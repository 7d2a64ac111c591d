"""stdin, stdout and stderr: the only writer, and the only asker.

stdout carries results alone and is UTF-8; everything else goes to stderr.
"""

import errno
import io
import os
import shutil
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from kxsms.domain.format import Format
from kxsms.errors import Failure, InputError, UsageError
from kxsms.output.visible import visible, visible_lines

if TYPE_CHECKING:
    from kxsms.domain.batch import RecipientCounts
    from kxsms.domain.records import Record
    from kxsms.domain.results import Facts
    from kxsms.output.progress import Progress

_LOOK_SECONDS = 0.5
"""How often to look whether anybody still reads stdout."""


class Console:
    """The process's standard streams. `quiet` silences notes, never warnings and errors."""

    def __init__(self) -> None:
        self.format = Format.TABLE
        self.quiet = self.verbose = False
        self._failure: Failure | None = None
        self._stdin: TextIO | None = sys.stdin
        self._stdout: TextIO | None = sys.stdout
        self._stderr: TextIO | None = sys.stderr
        self._status: str | None = None
        # Threads trace what they send; a signal may come while this one holds the lock.
        self._lock = threading.RLock()

    def use(self, format: Format, *, quiet: bool, verbose: bool) -> None:
        """Take the options of the call."""
        self.format, self.quiet, self.verbose = format, quiet, verbose

    def progress(self, counts: "RecipientCounts") -> "Progress":
        """Return an observer that shows how far a batch is."""
        from kxsms.output.progress import Progress

        return Progress(counts, self.format, self, verbose=self.verbose)

    def show_answer(self, body: bytes) -> None:
        """Write an answer as it came, in a raw format. Raises Failure."""
        if self.format.is_raw:
            self.write(body + b"\n")

    def show_record(self, record: "Record") -> None:
        """Write a record now, as a line. Raises Failure."""
        from kxsms.output.render import render_record

        render_record(record, self.format, self)

    def record_json(self, record: "Record") -> bytes:
        """Return a record as one line of JSON."""
        from kxsms.output.documents import dumps, record_document

        return (dumps(record_document(record)) + "\n").encode()

    def announce(self, facts: "Facts") -> None:
        """Write a result now, for a command that goes on. Raises Failure."""
        from kxsms.output.render import render

        render(facts, 0, self.format, self)

    @property
    def stdout_is_terminal(self) -> bool:
        return self._stdout is not None and self._stdout.isatty()

    @property
    def terminal(self) -> TextIO:
        """stdout for rich to draw on. Only where `stdout_is_terminal`."""
        assert self._stdout is not None
        return self._stdout

    def write(self, data: bytes | str) -> None:
        """Write to stdout and flush.

        A reader that has gone away is no error: nobody is there to be told. Raises Failure for anything else,
        and again at every later call.
        """
        if self._failure is not None:
            raise self._failure
        if self._stdout is None:
            return
        if isinstance(data, str):
            data = data.encode("utf-8", "backslashreplace")
        if self._status is not None and self.stdout_is_terminal:
            self.status(None)
        try:
            self._stdout.flush()
            self._stdout.buffer.write(data)
            self._stdout.flush()
        except BrokenPipeError:
            self.forget_stdout()
        except OSError as error:
            self.forget_stdout()
            if error.errno == errno.EINVAL and os.name == "nt":  # Windows' way of saying EPIPE
                return
            self._failure = Failure(f"the result could not be written to stdout: {error.strerror}")
            raise self._failure from None

    def forget_stdout(self) -> None:
        """Let nothing flush to the broken stream again, not even the interpreter as it ends."""
        if self._stdout is sys.__stdout__ and self._stdout is not None:
            with Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), self._stdout.fileno())
        self._stdout = None

    def note(self, text: str, *, always: bool = False) -> None:
        """Something worth knowing, unless `-q`."""
        if always or not self.quiet:
            self._tell(f"kxsms: {visible(text)}")

    def say(self, text: str, hint: str | None = None) -> None:
        """What a command was asked to explain."""
        self._explain(f"kxsms: {visible(text)}", hint, ())

    def warn(self, text: str, hint: str | None = None, details: Iterable[str] = ()) -> None:
        """Something that is likely wrong but no reason to stop."""
        self._explain(f"kxsms: warning: {visible(text)}", hint, details)

    def error(self, text: str, hint: str | None = None, details: Iterable[str] = ()) -> None:
        """Why the command failed, and what to do."""
        self._explain(f"kxsms: error: {visible(text)}", hint, details)

    def _explain(self, line: str, hint: str | None, details: Iterable[str]) -> None:
        self._tell(line)
        for detail in details:
            self._tell(f"  {visible(detail)}")
        if hint:
            self._tell(f"hint: {visible(hint)}")

    def trace(self, line: str) -> None:
        """A line of `-v`."""
        self._tell(visible(line))

    def line(self, text: str) -> None:
        """A line of stderr as it is: an error object."""
        self._tell(text)

    def lines(self, text: str) -> None:
        """Lines of stderr that are not in kxsms' own voice: a traceback."""
        self._tell(visible_lines(text))

    def wait(self, seconds: float) -> bool:
        """Wait, as long as there is somebody to read stdout. Whether there still is."""
        import select
        import time

        end = time.monotonic() + seconds
        while self._stdout is not None:
            left = end - time.monotonic()
            if left <= 0:
                return True
            if hasattr(select, "poll") and not self._is_read(min(left, _LOOK_SECONDS)):
                self.forget_stdout()
            elif not hasattr(select, "poll"):
                time.sleep(min(left, _LOOK_SECONDS))
        return False

    def _is_read(self, seconds: float) -> bool:
        """Whether stdout still has a reader at the end of this time."""
        import select
        import time

        assert self._stdout is not None
        try:
            poll = select.poll()
            poll.register(self._stdout.fileno(), 0)
        except (OSError, ValueError):  # no real file: nobody can go away
            time.sleep(seconds)
            return True
        return not poll.poll(seconds * 1000)

    @property
    def can_redraw(self) -> bool:
        """Whether a line of stderr can be drawn over, and is wanted."""
        if self.quiet or self._stderr is None or os.environ.get("TERM") == "dumb":
            return False
        return self._stderr.isatty()

    def status(self, line: str | None) -> None:
        """Show a line below all others, in place of the one before; None removes it. See `can_redraw`."""
        with self._lock:
            if line is None and self._status is None:
                return
            self._status = line
            columns = shutil.get_terminal_size().columns - 1
            self._put(f"\r{(line or '')[:columns]}\x1b[K")

    def _tell(self, line: str) -> None:
        with self._lock:
            above = "" if self._status is None else "\r\x1b[K"
            self._put(f"{above}{line}\n")
            if self._status is not None:
                self.status(self._status)

    def _put(self, text: str) -> None:
        if self._stderr is None:
            return
        try:
            encoding = self._stderr.encoding or "utf-8"
            self._stderr.write(text.encode(encoding, "backslashreplace").decode(encoding))
            self._stderr.flush()
        except (OSError, ValueError):
            self._stderr = None

    def confirm(self, question: str, option: str) -> bool:
        """Ask a person for yes or no. Raises UsageError naming the option that says yes, off a terminal."""
        if not self._can_ask:
            raise UsageError(f"{question}? There is no terminal to ask on", f"give {option}")
        return self.ask(f"{question}? [y/N]", option).casefold() in ("y", "yes", "是")

    @property
    def _can_ask(self) -> bool:
        """Whether a person sits there."""
        streams = (self._stdin, self._stderr)
        return all(stream is not None and stream.isatty() for stream in streams)

    def ask(self, question: str, option: str, *, hidden: bool = False) -> str:
        """Ask a person for a line. Raises UsageError naming the option that answers, off a terminal.

        The end of input (Ctrl-D) is as good as Ctrl-C.
        """
        if not self._can_ask or self._stderr is None:
            raise UsageError(f"{question}? There is no terminal to ask on", f"give {option}")
        if hidden:
            import getpass

            try:
                return getpass.getpass(f"{question}: ", self._stderr).strip()
            except EOFError:
                raise KeyboardInterrupt from None
        self._stderr.write(f"{question}: ")
        self._stderr.flush()
        assert self._stdin is not None
        line = self._stdin.readline()
        if not line:
            raise KeyboardInterrupt
        return line.strip()

    @property
    def stdin(self) -> BinaryIO:
        """stdin's bytes, for who reads them bit by bit. Raises InputError where there is none."""
        if self._stdin is None:
            raise InputError("stdin is closed")
        return self._stdin.buffer

    def read(self) -> bytes:
        """All of stdin. Raises InputError where there is none."""
        try:
            return self.stdin.read()
        except OSError as error:
            raise InputError(f"stdin cannot be read: {error.strerror}") from None


def use_utf8() -> None:
    """Make stderr and the terminal's stdout take any text, whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
