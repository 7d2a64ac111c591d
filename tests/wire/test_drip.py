"""A gateway that never ends its answer: the read time-out is a deadline, not a wait for the next byte."""

import socket
import threading
from collections.abc import Iterable, Iterator

import pytest

from tests.conftest import Run
from tests.gateway import Act, ScriptedGateway
from tests.wire.conftest import TEXT, Configure


def dripping(head: bytes, drops: Iterable[bytes]) -> Act:
    """An answer whose every next piece comes well within the time-out."""
    pause = threading.Event()

    def act(connection: socket.socket) -> None:
        connection.sendall(head)
        for drop in drops:
            if pause.wait(0.02):
                return
            connection.sendall(drop)

    return act


def forever(piece: bytes) -> Iterator[bytes]:
    for _ in range(500):
        yield piece


CASES: dict[str, tuple[bytes, bytes]] = {
    "100 Continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a status line": (b"HTTP/1.1 200 O", b"O"),
    "a header": (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "many headers": (b"HTTP/1.1 200 OK\r\n", b"X: x\r\n"),
    "a body": (b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b" "),
    "a body without a length": (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
}


@pytest.mark.parametrize("case", CASES)
def test_an_answer_that_drips_for_ever_is_given_up(
    run: Run, gateway: ScriptedGateway, profile: Configure, case: str
) -> None:
    head, piece = CASES[case]
    profile(read_timeout=0.3)
    gateway.script = [dripping(head, forever(piece))]

    done = run("send", "13800000000", "-m", TEXT)

    assert done.status == 6
    assert "gave no whole answer within 0.3 s" in done.err or "100 headers" in done.err
    assert len(gateway.received) == 1
