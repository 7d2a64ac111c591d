"""The HTTP of the sandbox: reads requests, writes answers, and carries out faults."""

import re
import socket
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Literal, assert_never

from kxsms.compat import override
from kxsms.domain.product import Operation, Product
from kxsms.errors import Failure
from kxsms.language import tr
from kxsms.sandbox import answers
from kxsms.sandbox.behaviour import FaultKind
from kxsms.sandbox.service import (
    SandboxAnswer,
    answer,
    parse_multipart,
    parse_parameters,
    refuse_old_operation,
)

if TYPE_CHECKING:
    from kxsms.sandbox.listener import Listener

MAX_BODY = 1024 * 1024
"""Bytes in the body of a request. 2,500 numbers and 450 characters are under 40 KiB."""

_PATHS = {
    f"/{product.path}/{operation.value}".lower(): (product, operation)
    for product in Product
    for operation in Operation
}
_LOOPBACK = re.compile(r"(?:127\.0\.0\.1|localhost)(?::[0-9]{1,5})?", re.IGNORECASE)
_HTML = "text/html; charset=utf-8"
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_SPLITTING = re.compile(rb"[\x0b\x0c\x1c-\x1f\x80-\xff]")
_CHUNK_LINE = 4096
_DRAIN_BYTES = 16 * 1024 * 1024
_DRAIN_SECONDS = 1.0
_FaultAfter = Literal[FaultKind.RUBBISH, FaultKind.RESET_AFTER, FaultKind.HALF]
"""The faults of a Send that was accepted."""


class Handler(BaseHTTPRequestHandler):
    """A handler of one connection: answers its requests one after another."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 300.0  # seconds without a request, after which the thread of an idle client ends
    server: "Listener"

    @override
    def parse_request(self) -> bool:
        # http.server splits the line at blanks, and takes the bytes 0x85 and 0xA0 of raw UTF-8 for blanks.
        line: bytes = self.raw_requestline
        self.raw_requestline: bytes = _SPLITTING.sub(lambda byte: b"%%%02X" % ord(byte[0]), line)
        return super().parse_request()

    def do_POST(self) -> None:
        try:
            body = self._read_body()
            if body is not None:
                self._respond(body)
        except (ConnectionError, TimeoutError):  # the client has gone, or the server stops
            self.close_connection = True
        except Exception as error:  # no defect or broken file may print a traceback to the terminal
            reason = error.message if isinstance(error, Failure) else type(error).__name__
            self._page(HTTPStatus.INTERNAL_SERVER_ERROR, reason)

    do_GET = do_POST

    @override
    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        # http.server calls it for requests that it cannot parse and, with 501, for every other method.
        status = HTTPStatus(code)
        self._page(HTTPStatus.METHOD_NOT_ALLOWED if status is HTTPStatus.NOT_IMPLEMENTED else status)
        self._drain()

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing: `_log` gives `on_request` its lines, without the query and its token."""

    def _read_body(self) -> bytes | None:
        """Return the body, or None if the request has been answered with an error because of it."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers:
            return self._read_chunks()
        if not (length.isascii() and length.isdigit()):
            self.send_error(HTTPStatus.BAD_REQUEST)
        elif len(length) > 18 or int(length) > MAX_BODY:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                return body
            self.close_connection = True
        return None

    def _read_chunks(self) -> bytes | None:
        """Return a chunked body, or None if the request has been answered with an error because of it."""
        if self.headers["Transfer-Encoding"].strip().lower() != "chunked":
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
            return None
        body = bytearray()
        while True:
            digits = self.rfile.readline(_CHUNK_LINE).partition(b";")[0].strip()
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", digits):
                self.send_error(HTTPStatus.BAD_REQUEST)
                return None
            size = int(digits, 16)
            if len(body) + size > MAX_BODY:
                self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
                return None
            chunk = self.rfile.read(size)
            if len(chunk) < size:
                self.close_connection = True
                return None
            body += chunk
            # The line end of the chunk, or the trailers up to an empty line.
            while self.rfile.readline(_CHUNK_LINE).strip() and not size:
                pass
            if not size:
                return bytes(body)

    def _respond(self, body: bytes) -> None:
        if not self._host_is_ours():
            self._page(HTTPStatus.FORBIDDEN)
            return
        path, _, query = self.path.partition("?")
        product, operation = _PATHS.get(path.lower(), (None, None))
        parameters = parse_parameters(query.encode("latin-1")) | self._form(body)
        old = refuse_old_operation(path, parameters)
        if old is not None:
            self._deliver(old, None)
            return
        if product is None or operation is None:
            self._page(HTTPStatus.NOT_FOUND)
            return
        fault = self.server.draw_fault() if operation is Operation.SEND else None
        match fault:
            case FaultKind.ERROR_500:
                self._page(HTTPStatus.INTERNAL_SERVER_ERROR, tr("fault {word}", word="500"))
            case FaultKind.RESET_BEFORE:
                self._reset(tr("fault {word}", word="reset-before"))
            case FaultKind.RUBBISH | FaultKind.RESET_AFTER | FaultKind.HALF | None:
                server = self.server
                self._deliver(answer(server.state, product, operation, parameters, server.shape), fault)
            case _:
                assert_never(fault)

    def _deliver(self, reply: SandboxAnswer, fault: _FaultAfter | None) -> None:
        """Send an answer, changed by the fault, or withhold it."""
        fault_note = tr("fault {word}", word=fault.word) if fault else ""
        note = " ".join(filter(None, [tr("code {code}", code=reply.code), fault_note, reply.note]))
        if reply.withheld and fault is not FaultKind.RESET_AFTER:
            self._pause()
            self._log(tr("no answer"), note)
            self.close_connection = True
            return
        match fault:
            case FaultKind.RESET_AFTER:
                self._reset(note)
            case FaultKind.RUBBISH:
                self._write(HTTPStatus.OK, "application/octet-stream", answers.RUBBISH, note)
            case FaultKind.HALF:
                self.close_connection = True
                self._write(HTTPStatus.OK, reply.content_type, reply.body, note, cut=len(reply.body) // 2)
            case None:
                self._write(HTTPStatus.OK, reply.content_type, reply.body, note)
            case _:
                assert_never(fault)

    def _write(
        self, status: HTTPStatus, content_type: str, body: bytes, note: str = "", cut: int | None = None
    ) -> None:
        """Write an answer in one piece. With `cut`, leave out the body after so many bytes."""
        self._pause()
        head = [
            f"HTTP/1.1 {status.value} {status.phrase}",
            "Server: kxsms-sandbox",
            f"Date: {self.date_time_string()}",
            f"Content-Type: {content_type}",
            f"Content-Length: {len(body)}",
            f"Connection: {'close' if self.close_connection else 'keep-alive'}",
        ]
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            head.append("Allow: GET, POST")
        self._log(str(status.value), note)
        sent = b"" if self.command == "HEAD" else body[:cut]
        self.wfile.write("\r\n".join([*head, "", ""]).encode("latin-1") + sent)

    def _page(self, status: HTTPStatus, note: str = "") -> None:
        """Answer with a short HTML page, like a web server in front of a gateway, and end the connection."""
        self.close_connection = True
        title = f"{status.value} {status.phrase}"
        page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
        self._write(status, _HTML, page.encode(), note)

    def _reset(self, note: str) -> None:
        self._pause()
        self._log(tr("reset"), note)
        self.close_connection = True
        self.server.reset(self.connection)

    def _pause(self) -> None:
        if self.server.latency and self.server.stopping.wait(self.server.latency):
            raise ConnectionAbortedError(tr("the server is stopping"))

    def _drain(self) -> None:
        """Read on for a moment: to close with bytes unread is a reset, and may cost the client the answer."""
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_DRAIN_SECONDS)
            left = _DRAIN_BYTES
            while left > 0 and (chunk := self.connection.recv(65536)):
                left -= len(chunk)

    def _form(self, body: bytes) -> dict[str, bytes]:
        """Return the parameters in a body, whose type counts by its beginning alone."""
        content_type = self.headers.get("Content-Type", _FORM).strip()
        if content_type.lower().startswith(_FORM):
            return parse_parameters(body)
        return parse_multipart(content_type, body) if content_type.lower().startswith(_MULTIPART) else {}

    def _host_is_ours(self) -> bool:
        """Return whether the request names this host. A web page rebound to 127.0.0.1 names another."""
        hosts = self.headers.get_all("Host", [])
        return len(hosts) == 1 and _LOOPBACK.fullmatch(hosts[0].strip()) is not None

    def _log(self, outcome: str, note: str) -> None:
        """Write a line for `on_request`, without the part of the path that may contain a token."""
        method = re.sub("[^A-Z]", "?", self.command or "-")
        path = re.match("[A-Za-z0-9/_.-]*", self.path if self.command else "")
        words = (method, path.group() if path else "", outcome, note)
        self.server.log(" ".join(word for word in words if word))
