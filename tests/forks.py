"""Processes of kxsms that `tests.fork_server` starts quickly, used like those of `subprocess`."""

import atexit
import json
import os
import selectors
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

ROOT = Path(__file__).parents[1]
_NUMBER = struct.Struct("i")
_LENGTH = struct.Struct("I")
_AT_START = ("PYTHON", "LC_", "LANG")
_NOT_AT_START = ("PYTHONPATH", "PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE")

Stream = int | IO[bytes]


class Server:
    """The fork server of this process, started when it is first needed."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._lock = threading.Lock()
        self.fixed = _fixed(environ)
        self._control, other = socket.socketpair()
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fork_server", str(other.fileno())],
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                cwd=ROOT,
                env={**environ, "PYTHONPATH": str(ROOT)},
            )
        atexit.register(self._end)

    def send(self, request: Mapping[str, object], descriptors: Sequence[int]) -> None:
        text = json.dumps(request).encode()
        with self._lock:
            socket.send_fds(self._control, [_LENGTH.pack(len(text))], descriptors)
            self._control.sendall(text)

    def _end(self) -> None:
        self._control.close()
        self._process.wait()


class Fork:
    """A process that runs a module. The methods are those of `subprocess.Popen`."""

    def __init__(
        self, server: Server, request: Mapping[str, object], stdin: Stream, stdout: Stream, stderr: Stream
    ) -> None:
        self._lock = threading.Lock()
        self.returncode: int | None = None
        self.stdin: IO[bytes] | None = None
        self.stdout: IO[bytes] | None = None
        self.stderr: IO[bytes] | None = None
        self._connection, other = socket.socketpair()
        theirs: list[int] = []
        for name, stream in (("stdin", stdin), ("stdout", stdout), ("stderr", stderr)):
            theirs.append(self._end_of(name, stream))
        with other:
            server.send(request, [*theirs, other.fileno()])
        for descriptor in theirs:
            os.close(descriptor)
        self.pid = self._number()

    def _end_of(self, name: str, stream: Stream) -> int:
        """Return a new descriptor for the process; of a pipe, keep the other end."""
        if stream == subprocess.DEVNULL:
            return os.open(os.devnull, os.O_RDWR)
        if stream == subprocess.PIPE:
            reader, writer = os.pipe()
            mine, theirs = (writer, reader) if name == "stdin" else (reader, writer)
            setattr(self, name, os.fdopen(mine, "wb" if name == "stdin" else "rb"))
            return theirs
        return os.dup(stream if isinstance(stream, int) else stream.fileno())

    def _number(self) -> int:
        received = self._connection.recv(_NUMBER.size, socket.MSG_WAITALL)
        assert received, "the fork server has ended"
        return int(_NUMBER.unpack(received)[0])

    def poll(self) -> int | None:
        if self._lock.acquire(blocking=False):  # else another thread waits
            try:
                self._receive(0)
            finally:
                self._lock.release()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        with self._lock:
            self._receive(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("kxsms", timeout or 0)
        return self.returncode

    def _receive(self, timeout: float | None) -> None:
        """Receive the exit status, unless that takes too long."""
        if self.returncode is None:
            self._connection.settimeout(timeout)
            with suppress(TimeoutError, BlockingIOError):
                self.returncode = self._number()
                self._connection.close()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(9)

    def terminate(self) -> None:
        self.send_signal(15)

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """Close stdin, read both streams to their ends, and wait."""
        end = None if timeout is None else time.monotonic() + timeout
        if self.stdin is not None:
            self.stdin.close()
        read: dict[IO[bytes], bytearray] = {}
        with selectors.DefaultSelector() as selector:
            for stream in (self.stdout, self.stderr):
                if stream is not None and not stream.closed:
                    read[stream] = bytearray()
                    selector.register(stream, selectors.EVENT_READ, stream)
            while selector.get_map():
                ready = selector.select(_left(end))
                if not ready:
                    raise subprocess.TimeoutExpired("kxsms", timeout or 0)
                for key, _ in ready:
                    data = os.read(key.fd, 65536)
                    read[key.data] += data
                    if not data:
                        selector.unregister(key.data)
                        key.data.close()
        self.wait(_left(end))
        out, err = (bytes(read[s]) if s in read else b"" for s in (self.stdout, self.stderr))
        return out, err

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        self.wait()


Process = Fork | subprocess.Popen[bytes]
_servers: list[Server] = []


def start(
    way: Sequence[str],
    arguments: Sequence[str],
    environ: Mapping[str, str],
    *,
    stdin: Stream = subprocess.DEVNULL,
    stdout: Stream = subprocess.PIPE,
    stderr: Stream = subprocess.PIPE,
    session: bool = False,
    fresh: bool = False,
    directory: Path | None = None,
) -> Process:
    """Run `python way arguments`: in a fork, unless it is to be fresh, or the system cannot do so."""
    words = [*way, *arguments]
    if sys.platform == "linux" and words[0] == "-m" and not fresh:
        if not _servers:
            _servers.append(Server(environ))
        if _servers[0].fixed == _fixed(environ):
            request = {
                "module": words[1],
                "arguments": words[2:],
                "environ": dict(environ),
                "directory": str(directory or Path.cwd()),
                "session": session,
            }
            return Fork(_servers[0], request, stdin, stdout, stderr)
    return subprocess.Popen(
        [sys.executable, *words],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=environ,
        start_new_session=session,
        cwd=directory,
    )


def _fixed(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that Python reads when it starts."""
    return {
        name: value
        for name, value in environ.items()
        if name.startswith(_AT_START) and name not in _NOT_AT_START
    }


def _left(end: float | None) -> float | None:
    return None if end is None else max(0, end - time.monotonic())
