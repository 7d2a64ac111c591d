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


class StoppedBySignal(BaseException):
    """A signal ended the command; `status` is the exit status for it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class StopRequest:
    """Whether a signal has asked to stop, with which exit status, and whether a second one will not wait.

    `in_flight` says whether there is anything to wait for. `wake` is called by every signal; it has to be
    safe at any moment. Nothing is raised, lest it strike where an answer has just been taken in.
    """

    def __init__(self) -> None:
        self.status: int | None = None
        self.at_once = False
        self.in_flight = False
        self.wake: Callable[[], None] = lambda: None

    def signalled(self, status: int, first: Callable[[], None]) -> None:
        """Take a signal. The first calls `first` if something is in flight."""
        if self.status is not None:
            self.at_once = True
            self.wake()
            return
        self.status = status
        self.wake()
        if self.in_flight:
            first()


@contextmanager
def stopping_at_once() -> Iterator[None]:
    """Ctrl-C and SIGTERM raise Stopped wherever the program is."""

    def at_once(number: int, frame: FrameType | None) -> None:
        raise StoppedBySignal(_STATUS[signal.Signals(number)])

    with _handled_by(at_once):
        yield


@contextmanager
def stopping_softly(first: Callable[[], None]) -> Iterator[StopRequest]:
    """The first signal asks to stop and, if something is in flight, calls `first`; a second one asks not to
    wait for that."""
    stop = StopRequest()

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
