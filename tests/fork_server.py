"""A process that has loaded kxsms, and forks for each command that `tests.forks` asks it to run.

A fork is a process of its own, with its own arguments, environment, streams and signals: it can be killed as
any other. It only need not load Python and its modules again, which takes ten times as long as most commands.

    python -m tests.fork_server DESCRIPTOR
"""

import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NoReturn

import kxsms

_LOADED = ("requests", "rich.live", "rich.markdown", "rich.progress", "rich.table", "sqlite3")
"""Modules that kxsms loads when it needs them."""
_NUMBER = struct.Struct("i")
_LENGTH = struct.Struct("I")


def main() -> int:
    """Fork for each request that arrives, and report the number and the exit status of each fork."""
    control = socket.socket(fileno=int(sys.argv[1]))
    _load()
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker)
    running: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([control.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _report(running)
        if control.fileno() in ready:
            received = _receive(control)
            if received is None:
                return 0
            request, descriptors = received
            if not (number := os.fork()):
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                control.close()
                _run(request, descriptors)
                return 1
            running[number] = socket.socket(fileno=descriptors.pop())
            running[number].sendall(_NUMBER.pack(number))
            for descriptor in descriptors:
                os.close(descriptor)


def _load() -> None:
    """Import everything that a command may use."""
    for module in pkgutil.walk_packages(kxsms.__path__, "kxsms."):
        if not module.name.endswith(".__main__"):
            with suppress(ModuleNotFoundError):  # a ledger in PostgreSQL needs what may not be installed
                importlib.import_module(module.name)
    for name in _LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # no fork copies the pages of the modules when it collects garbage


def _report(running: dict[int, socket.socket]) -> None:
    """Report the exit status of the forks that have ended."""
    while running:
        number, status = os.waitpid(-1, os.WNOHANG)
        if not number:
            return
        with running.pop(number) as connection:
            connection.sendall(_NUMBER.pack(os.waitstatus_to_exitcode(status)))


def _receive(control: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Return the next request and its descriptors: three streams and the connection; None after the last."""
    head, descriptors, _, _ = socket.recv_fds(control, _LENGTH.size, 4)
    if not head:
        return None
    (length,) = _LENGTH.unpack(head)
    text = bytearray()
    while len(text) < length:
        text += control.recv(length - len(text))
    return json.loads(text), descriptors


def _run(request: Mapping[str, Any], descriptors: list[int]) -> None:
    """Become the process of a command, as if Python had just been started for it."""
    if request["session"]:
        os.setsid()
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environ"])
    time.tzset()
    os.close(descriptors.pop())
    for stream, descriptor in enumerate(descriptors):
        os.dup2(descriptor, stream)
        os.close(descriptor)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        old = getattr(sys, name)
        new = open(old.fileno(), mode, encoding=old.encoding, errors=old.errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)
    sys.stdout.reconfigure(line_buffering=sys.stdout.isatty())  # type: ignore[union-attr]
    sys.stderr.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.argv = [request["module"], *request["arguments"]]
    try:
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        _end(ended.code)


def _end(status: object) -> NoReturn:
    """End as Python does, but leave it to the system to free memory."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    sys.stdout.flush()
    sys.stderr.flush()
    assert status is None or isinstance(status, int)
    os._exit(status or 0)


if __name__ == "__main__":
    raise SystemExit(main())
