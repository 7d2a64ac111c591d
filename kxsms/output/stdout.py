"""The process's stdout: bytes out, and whether anybody still reads them."""

import errno
import io
import os
import sys
import time
from pathlib import Path
from typing import TextIO

from kxsms.errors import Failure
from kxsms.language import reason_of, tr

_LOOK_SECONDS = 0.5
"""How often to look for a reader of stdout."""


class Stdout:
    """stdout, until it fails or its reader goes away."""

    def __init__(self) -> None:
        self._stream: TextIO | None = sys.stdout
        self._failure: Failure | None = None

    @property
    def is_terminal(self) -> bool:
        """Return whether a person sees what is written."""
        return self._stream is not None and self._stream.isatty()

    @property
    def terminal(self) -> TextIO:
        """Return the stream for rich to draw on. Only where `is_terminal`."""
        assert self._stream is not None
        return self._stream

    def write(self, data: bytes | str) -> None:
        """Write and flush. A reader that has gone away is no error.

        Raise Failure for anything else, and again at every later call.
        """
        if self._failure is not None:
            raise self._failure
        if self._stream is None:
            return
        if isinstance(data, str):
            data = data.encode("utf-8", "backslashreplace")
        try:
            self._stream.flush()
            self._stream.buffer.write(data)
            self._stream.flush()
        except BrokenPipeError:
            self.forget()
        except OSError as error:
            self.forget()
            if error.errno == errno.EINVAL and os.name == "nt":  # Windows' way of saying EPIPE
                return
            self._failure = Failure(
                tr("the result could not be written to stdout: {reason}", reason=reason_of(error))
            )
            raise self._failure from None

    def forget(self) -> None:
        """Let nothing flush to the broken stream again, not even the interpreter at its end."""
        if self._stream is sys.__stdout__ and self._stream is not None:
            with Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), self._stream.fileno())
        self._stream = None

    def wait(self, seconds: float) -> bool:
        """Wait while stdout has a reader. Return whether it still has one."""
        end = time.monotonic() + seconds
        while self._stream is not None and (left := end - time.monotonic()) > 0:
            if not self._has_reader(min(left, _LOOK_SECONDS)):
                self.forget()
        return self._stream is not None

    def _has_reader(self, seconds: float) -> bool:
        """Return whether stdout has a reader at the end of this time."""
        import select

        assert self._stream is not None
        try:
            poll = select.poll()
            poll.register(self._stream.fileno(), 0)
        except (AttributeError, OSError, ValueError):  # Windows, or no real file: no reader to look for
            time.sleep(seconds)
            return True
        return not poll.poll(seconds * 1000)


def use_utf8() -> None:
    """Let stdout and stderr take any text, in any locale."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
