"""One connection through the proxy: it finds statements and answers in PostgreSQL's protocol.

After the first one, a message is a byte for its kind, four bytes for the length of what follows the kind,
and the rest: https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

ENCRYPTION = {80877103, 80877104}
"""The codes by which a client asks for TLS or GSSAPI before it starts."""


@dataclass(frozen=True)
class Cut:
    """The first word of the statement at which to cut: before the server sees it, or after its answer."""

    word: str
    after: bool


class Orders(Protocol):
    """What a test ordered of the proxy."""

    seconds: float

    def take(self, statement: str) -> Cut | None: ...

    def count(self) -> None: ...


class Link:
    """A client and a server, and a thread for each direction."""

    def __init__(self, orders: Orders, client: socket.socket, server: socket.socket) -> None:
        self._orders, self._client, self._server = orders, client, server
        self._statements: dict[bytes, str] = {}
        """The prepared statements by their names; that without a name is often there."""
        self._hidden: str | None = None
        """The first word of the statement whose answer the client does not get."""
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def cut(self) -> None:
        """End the connection on both sides; its threads close it."""
        for end in (self._client, self._server):
            with contextlib.suppress(OSError):  # closed already
                end.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        back = threading.Thread(target=self._until_cut, args=(self._backward,))
        back.start()
        self._until_cut(self._forward)
        back.join()
        self._client.close()
        self._server.close()

    def _until_cut(self, forward: Callable[[], None]) -> None:
        with contextlib.suppress(OSError):  # cut, or one side has gone
            forward()
        self.cut()

    def _forward(self) -> None:
        """Hand the client's messages on to the server."""
        if not self._start():
            return
        for messages in self._packets(self._client):
            for index, message in enumerate(messages):
                statement = self._executed(message)
                cut = None if statement is None else self._orders.take(statement)
                if cut is None:
                    continue
                if cut.after:
                    self._hidden = cut.word
                    continue
                self._server.sendall(b"".join(messages[:index]))
                self._orders.count()
                return
            self._server.sendall(b"".join(messages))

    def _start(self) -> bool:
        """Refuse encryption, and hand on the first message, which has no kind; return whether it came."""
        while len(head := self._client.recv(8, socket.MSG_WAITALL)) == 8:
            size, code = struct.unpack("!II", head)
            if code in ENCRYPTION:
                self._client.sendall(b"N")
                continue
            self._server.sendall(head + self._client.recv(size - 8, socket.MSG_WAITALL))
            return True
        return False

    def _executed(self, message: bytes) -> str | None:
        """Return the text of the statement that a message of the client executes."""
        kind, body = message[:1], message[5:]
        if kind == b"Q":
            return body.rstrip(b"\0").decode(errors="replace")
        if kind == b"P":  # prepares a statement: its name, its text
            name, text = body.split(b"\0")[:2]
            self._statements[name] = text.decode(errors="replace")
        if kind == b"B":  # binds one to a portal: the portal's name, the statement's
            return self._statements.get(body.split(b"\0")[1])
        return None

    def _backward(self) -> None:
        """Hand the server's messages on to the client, except those that it must not get."""
        answered = False
        for messages in self._packets(self._server):
            hidden = self._hidden
            if hidden is None:
                self._client.sendall(b"".join(messages))
                continue
            for message in messages:
                kind, body = message[:1], message[5:]
                # "COMMIT" or "INSERT 0 1"; a COMMIT that fails answers "ROLLBACK".
                answered |= kind == b"E" or (kind == b"C" and body.startswith((hidden.encode(), b"ROLLBACK")))
                if answered and kind == b"Z":  # ready for the next statement
                    self._orders.count()
                    return

    def _packets(self, source: socket.socket) -> Iterator[list[bytes]]:
        """Yield the complete messages of each packet, after the time that it takes."""
        buffer = bytearray()
        while packet := source.recv(1 << 16):
            time.sleep(self._orders.seconds)
            buffer += packet
            messages, start = [], 0
            while len(buffer) - start >= 5:
                end = start + 1 + int(struct.unpack_from("!I", buffer, start + 1)[0])
                if end > len(buffer):
                    break
                messages.append(bytes(buffer[start:end]))
                start = end
            del buffer[:start]
            if messages:
                yield messages
