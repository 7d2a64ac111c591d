"""The server of the sandbox. This module is cheap to import: http.server is loaded when the server starts."""

import errno
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from kxsms.errors import Failure, UsageError
from kxsms.language import reason_of, tr
from kxsms.sandbox.behaviour import Behaviour
from kxsms.sandbox.state import SandboxState

_NO_FAULTS = Behaviour()


class SandboxServer:
    """The built-in gateway on 127.0.0.1. It serves from `with` to the end of its block, in daemon threads.

    `directory` contains the state. Port 0 takes a free one. `on_request` is called with a line for each
    request, such as `POST /SMS/Send 200 code 0`, never with credentials. `clock` returns seconds since 1970.

    The constructor raises UsageError for an invalid port; `with` raises Failure for a port or a state that
    cannot be used.
    """

    def __init__(
        self,
        directory: Path,
        *,
        port: int = 0,
        behaviour: Behaviour = _NO_FAULTS,
        on_request: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if not 0 <= port <= 65_535:
            raise UsageError(
                tr("invalid port: {port}", port=port),
                tr("use a port from 1024 to 65535, or 0 for a free one"),
            )
        self._state = SandboxState(directory, clock=clock)
        self._port = port
        self._behaviour = behaviour
        self._on_request = on_request
        self._running = ExitStack()
        self._bound: int | None = None

    def __enter__(self) -> Self:
        from kxsms.sandbox.listener import Listener

        with ExitStack() as undo:
            state = undo.enter_context(self._state)
            try:
                listener = Listener(self._port, state, self._behaviour, self._on_request)
            except OSError as error:
                raise _port_failure(self._port, error) from error
            undo.callback(listener.stop)
            self._bound = listener.server_port
            self._running = undo.pop_all()
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bound = None
        self._running.close()

    @property
    def url(self) -> str:
        """Return `http://127.0.0.1:PORT`, without a final slash. Raises RuntimeError unless it serves."""
        if self._bound is None:
            raise RuntimeError("the sandbox is not serving")
        return f"http://127.0.0.1:{self._bound}"


def _port_failure(port: int, error: OSError) -> Failure:
    if error.errno == errno.EADDRINUSE:
        return Failure(
            tr("port {port} is in use", port=port), tr("use another --port, or stop the program that uses it")
        )
    if error.errno == errno.EACCES:
        return Failure(
            tr("no permission to use port {port}", port=port), tr("use a --port from 1024 to 65535")
        )
    return Failure(
        tr("the sandbox cannot listen on port {port}: {reason}", port=port, reason=reason_of(error)),
        tr("use another --port"),
    )
