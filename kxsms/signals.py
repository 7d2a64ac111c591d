"""Ctrl-C and SIGTERM: at once by default, and after what is in flight where something is."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
TERMINATED = 143
_STATUS = {signal.SIGINT: INTERRUPTED, signal.SIGTERM: TERMINATED}


class Stopped(BaseException):
    """A signal ended the command; `status` is the exit status for it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Stop:
    """Whether a signal has asked to stop, and with which exit status.

    Only while something is `in_flight` is there anything to wait for, or to break off.
    """

    status: int | None = None
    in_flight = False


@contextmanager
def stopping_at_once() -> Iterator[None]:
    """Ctrl-C and SIGTERM raise Stopped wherever the program is."""

    def at_once(number: int, frame: FrameType | None) -> None:
        raise Stopped(_STATUS[signal.Signals(number)])

    with _handled_by(at_once):
        yield


@contextmanager
def stopping_softly(first: Callable[[], None]) -> Iterator[Stop]:
    """The first signal sets the Stop and, if something is in flight, calls `first`; a second one breaks that
    off by raising Stopped."""
    stop = Stop()

    def softly(number: int, frame: FrameType | None) -> None:
        status = _STATUS[signal.Signals(number)]
        if stop.status is None:
            stop.status = status
            if stop.in_flight:
                first()
        elif stop.in_flight:
            raise Stopped(status)

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
