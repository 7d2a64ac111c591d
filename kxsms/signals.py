"""Ctrl-C and SIGTERM: at once by default, and after what is in flight where something is."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
TERMINATED = 143
_STATUS = {signal.SIGINT: INTERRUPTED, signal.SIGTERM: TERMINATED}
if hasattr(signal, "SIGHUP"):
    _STATUS[signal.SIGHUP] = TERMINATED  # a terminal that is gone


class Stopped(BaseException):
    """A signal ended the command; `status` is the exit status for it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Stop:
    """Whether a signal has asked to stop, and with which exit status.

    `in_flight` says whether there is anything to wait for. `wake` is called by the first signal; it has to be
    safe at any moment.
    """

    def __init__(self) -> None:
        self.status: int | None = None
        self.in_flight = False
        self.wake: Callable[[], None] = lambda: None
        self._at_once = False
        self._waiting = False

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """The one place in which a second signal breaks off, by raising Stopped."""
        self._waiting = True
        try:
            if self._at_once:
                raise Stopped(self.status or INTERRUPTED)
            yield
        finally:
            self._waiting = False

    def signalled(self, status: int, first: Callable[[], None]) -> None:
        """Take a signal. The first calls `first` if something is in flight."""
        if self.status is None:
            self.status = status
            self.wake()
            if self.in_flight:
                first()
            return
        self._at_once = True
        if self._waiting:
            raise Stopped(self.status)


@contextmanager
def stopping_at_once() -> Iterator[None]:
    """Ctrl-C and SIGTERM raise Stopped wherever the program is."""

    def at_once(number: int, frame: FrameType | None) -> None:
        raise Stopped(_STATUS[signal.Signals(number)])

    with _handled_by(at_once):
        yield


@contextmanager
def stopping_softly(first: Callable[[], None]) -> Iterator[Stop]:
    """The first signal asks to stop and, if something is in flight, calls `first`; a second one breaks off
    where the program waits."""
    stop = Stop()

    def softly(number: int, frame: FrameType | None) -> None:
        stop.signalled(_STATUS[signal.Signals(number)], first)

    with _handled_by(softly):
        yield stop


@contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Install a handler, except for signals that our parent has chosen to ignore (nohup)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, handler)
        for number in _STATUS
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
