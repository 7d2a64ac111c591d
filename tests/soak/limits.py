"""What an input may cost: a second of the processor, and some memory."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

MOST_SECONDS = 1.0
MOST_MEMORY = 2 << 30
"""Bytes of address space of a process that tries inputs: threads' stacks count, used or not."""


class Slow(BaseException):
    """An input took too long. Not an Exception, so that nothing but a test reports it."""


@contextmanager
def within(seconds: float = MOST_SECONDS) -> Iterator[None]:
    """Raise Slow where what is inside takes more of the processor than that, on systems that can tell.

    The processor's time, not the clock's: others may be at work on the same machine.
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


def bound_memory() -> None:
    """Let this process have no more than MOST_MEMORY, on systems that can tell: more is a MemoryError."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, hard))
