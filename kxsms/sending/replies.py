"""The interface through which a batch that is sent learns of replies."""

from collections.abc import Callable
from typing import Protocol

from kxsms.interrupts import StopRequest


class ReplySource(Protocol):
    """The replies to an account, fetched while a batch is sent: see `kxsms.inbox.background`."""

    def before(self) -> None: ...

    def poll(self, wake: Callable[[], None]) -> float | None: ...

    def end(self, stop: StopRequest) -> None: ...
