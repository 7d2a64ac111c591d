"""The listening socket and its connections. Imported only to serve: http.server is slow to import."""

import os
import socket
import socketserver
import struct
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import ThreadingHTTPServer

from kxsms.compat import override
from kxsms.language import tr
from kxsms.sandbox.behaviour import Behaviour, fault_drawer
from kxsms.sandbox.handler import Handler
from kxsms.sandbox.state import SandboxState

_Address = tuple[str, int]
_NO_LINGER = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
_STOP_SECONDS = 5.0


class Listener(ThreadingHTTPServer):
    """A server for a state, on 127.0.0.1, from its construction to `stop`; one daemon thread per connection.

    Raises OSError if the port cannot be used.
    """

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = os.name != "nt"  # on Windows it would let a second server take the port
    allow_reuse_port = False
    timeout = 1.0  # seconds, in case the call that wakes `_accept_all` fails

    def __init__(
        self, port: int, state: SandboxState, behaviour: Behaviour, on_request: Callable[[str], None] | None
    ) -> None:
        self.state = state
        self.latency = behaviour.latency
        self.draw_fault = fault_drawer(behaviour)
        self.shape = behaviour.shape
        self.stopping = threading.Event()
        self._on_request = on_request
        self._log_lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._resetting: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._accept_all, name="kxsms-sandbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, cut every connection, and wait until no request is being answered."""
        self.stopping.set()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.server_port), 1.0):
            pass  # wakes the accepting thread, which would otherwise wait in its poll
        self._thread.join()
        self.server_close()
        with self._changed:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._open, _STOP_SECONDS)

    def log(self, line: str) -> None:
        """Call `on_request`, one thread at a time. A line that cannot be written must not cost an answer."""
        if self._on_request is not None:
            with self._log_lock, suppress(OSError):
                self._on_request(line)

    def reset(self, connection: socket.socket) -> None:
        """Make a connection end with a TCP RST when its handler returns: its peer sees a reset."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        with self._changed:
            self._resetting.add(connection)

    @override
    def server_bind(self) -> None:
        # The method of HTTPServer would look up the name of 127.0.0.1.
        if sys.platform == "win32":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.socket.getsockname()[1]

    @override
    def verify_request(self, request: object, client_address: object) -> bool:
        return not self.stopping.is_set()

    @override
    def process_request(self, request: socket.socket, client_address: _Address) -> None:  # type: ignore[override]
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    @override
    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        if request in self._resetting:
            self.close_request(request)  # a shutdown would send a regular end first
        else:
            super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._resetting.discard(request)
            self._changed.notify_all()

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            self.log(tr("connection lost: {name}", name=type(error).__name__))

    def _accept_all(self) -> None:
        while not self.stopping.is_set():
            self.handle_request()
