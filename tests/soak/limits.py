"""Limits for an input: a second of processor time, and some memory."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

MOST_SECONDS = 1.0
MOST_MEMORY = 2 << 30
"""Bytes of address space for a process that tries inputs. Unused stacks of threads count too."""


class Slow(BaseException):
    """The error of an input that took too long. Not an Exception, so that only a test catches it."""


@contextmanager
def within(seconds: float = MOST_SECONDS) -> Iterator[None]:
    """Raise Slow if the block takes more processor time, on systems with such a timer.

    Processor time does not depend on the other processes of the machine.
    """
    if not hasattr(signal, "SIGPROF"):
        yield
        return

    def ring(number: int, frame: FrameType | None) -> None:
        raise Slow(f"more than {seconds:g} s of the processor")

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def limit_memory() -> None:
    """Limit this process to MOST_MEMORY, on systems with such limits: more is a MemoryError."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, hard))
