"""Ctrl-C, SIGTERM and SIGHUP: they end a command at once, or after the requests in flight where it sends
some."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from types import FrameType

INTERRUPTED = 130
TERMINATED = 143
_STATUS = {signal.SIGINT: INTERRUPTED, signal.SIGTERM: TERMINATED}
if hasattr(signal, "SIGHUP"):
    _STATUS[signal.SIGHUP] = TERMINATED  # the terminal has gone


class StoppedBySignal(BaseException):
    """The end of a command by a signal; `status` is the exit status for it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class StopRequest:
    """A request to stop that a signal may make while requests are in flight.

    `status` is the exit status of the first signal, None while there was none. `at_once` is true after the
    second. The sender sets `in_flight` while it has something to wait for. Every signal calls `wake`, which
    has to be safe at any moment. A signal raises nothing: it could strike just after an answer was received.
    """

    def __init__(self) -> None:
        self.status: int | None = None
        self.at_once = False
        self.in_flight = False
        self.wake: Callable[[], None] = lambda: None

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than until a signal."""
        signals: SimpleQueue[None] = SimpleQueue()  # its `put` may interrupt its own `get`
        self.wake = lambda: signals.put(None)
        if self.status is None:
            with suppress(Empty):
                signals.get(timeout=seconds)
        self.wake = lambda: None

    def receive(self, status: int, on_first: Callable[[], None]) -> None:
        """Note a signal. The first one calls `on_first` if requests are in flight."""
        if self.status is not None:
            self.at_once = True
            self.wake()
            return
        self.status = status
        self.wake()
        if self.in_flight:
            on_first()


def exit_on_signal() -> None:
    """End the process at once for a signal, with the status for it, as long as nothing is open."""

    def handle(number: int, frame: FrameType | None) -> None:
        os._exit(_STATUS[signal.Signals(number)])

    for number in _STATUS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handle)


@contextmanager
def raising_on_signal() -> Iterator[StopRequest]:
    """Raise StoppedBySignal for a signal, at any point of the program.

    An import may wrap that in another exception; the yielded request has the `status` all the same.
    """
    stop = StopRequest()

    def handle(number: int, frame: FrameType | None) -> None:
        stop.status = _STATUS[signal.Signals(number)]
        raise StoppedBySignal(stop.status)

    with _handled_by(handle):
        yield stop


@contextmanager
def requesting_stop(on_first: Callable[[], None]) -> Iterator[StopRequest]:
    """Turn signals into a StopRequest. The first signal calls `on_first` if requests are in flight."""
    stop = StopRequest()

    def handle(number: int, frame: FrameType | None) -> None:
        stop.receive(_STATUS[signal.Signals(number)], on_first)

    with _handled_by(handle):
        yield stop


@contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Install a handler, but not for signals that the parent process ignores, as nohup does."""
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
