"""A gateway that costs next to nothing: it accepts every request without a look at it.

`python -m tests.bench.gateway` prints its port. `/count` returns the number of Send requests so far.
"""

import argparse
import asyncio
import re
import sys
from pathlib import Path

from kxsms.compat import override

_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.I)


def answer(body: bytes) -> bytes:
    """Return a complete HTTP answer."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body


class Gateway:
    """The state that all connections share."""

    def __init__(self, latency: float, most: int | None, reports: bytes | None) -> None:
        self.latency = latency
        self.sent = 0
        self._most = most
        self._reports = reports

    def reply(self, path: bytes) -> bytes:
        if path.endswith(b"/Send"):
            if self.sent == self._most:
                return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
            self.sent += 1
            return answer(b'{"Code":"0","Message":"ok","TaskId":"%d"}' % (1_000_000 + self.sent))
        if path == b"/count":
            return answer(b"%d" % self.sent)
        if path.endswith(b"/QueryBalance"):
            return answer(b'{"Code":"0","Message":"ok","Count":"99999999"}')
        reports, self._reports = self._reports, None
        return answer(reports or b'{"Code":"0","Message":"ok","List":[]}')


class Connection(asyncio.Protocol):
    """One connection; requests may arrive in pieces, or several at once."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._data = b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._data += data
        while True:
            head = self._data.find(b"\r\n\r\n")
            if head < 0:
                return
            length = _LENGTH.search(self._data, 0, head)
            end = head + 4 + (int(length[1]) if length else 0)
            if len(self._data) < end:
                return
            path = self._data[: self._data.find(b"\r\n")].split(b" ", 2)[1]
            self._data = self._data[end:]
            reply = self._gateway.reply(path)
            if self._gateway.latency:
                asyncio.get_running_loop().call_later(self._gateway.latency, self._transport.write, reply)
            else:
                self._transport.write(reply)


async def serve(gateway: Gateway, port: int) -> None:
    """Serve until the process ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(gateway), "127.0.0.1", port, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


def main() -> None:
    """Read the options, and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--port", type=int, default=0, help="the port; 0 for a free one")
    parser.add_argument("--most", type=int, help="accept so many Send requests, answer 404 to further ones")
    parser.add_argument("--reports", type=Path, help="a file with the answer to the first QueryReport")
    options = parser.parse_args()
    reports = options.reports.read_bytes() if options.reports else None
    asyncio.run(serve(Gateway(options.latency, options.most, reports), options.port))


if __name__ == "__main__":
    main()
