"""A gateway that decides by the request, gives each request its own task id, and records both."""

import json
import socket
import socketserver
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from kxsms.compat import override
from tests.scripted_gateway import Act, Received, ScriptedGateway, answer, read_request

Pair = tuple[str, str]
"""A number and a text."""

Plan = Callable[[Received], Act | None]
"""A function that returns the act for a complete request; None to accept it."""


def accept_all(request: Received) -> None:
    """Accept every request."""


def pairs(request: Received) -> list[Pair]:
    """Return the pairs of a request."""
    form = request.form
    return [(number, form["content"]) for number in form["mobile"].split(",")]


@dataclass
class FaultGateway(ScriptedGateway):
    """A gateway that asks `plan` about each request. It listens on `wanted_port`, or on any port for 0."""

    plan: Plan = accept_all
    wanted_port: int = 0
    task_ids: dict[Pair, str] = field(default_factory=dict)
    """The task id of each accepted pair, recorded before the answer leaves."""
    accepted: Counter[Pair] = field(default_factory=Counter)
    """The number of times that each pair was accepted."""
    all_task_ids: dict[Pair, set[str]] = field(default_factory=dict)
    """All task ids of each accepted pair, for pairs that were accepted more than once."""

    @override
    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._mutex = threading.RLock()
        self._answers = 0
        gateway = self

        class Handler(socketserver.BaseRequestHandler):
            @override
            def handle(self) -> None:
                gateway._serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False
            allow_reuse_address = True
            request_queue_size = 64

        self._listener = Server(("127.0.0.1", self.wanted_port), Handler)
        self.port = self._listener.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._listener.serve_forever, args=(0.01,), daemon=True).start()
        return self

    @override
    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self.leave()

    @override
    def talk(self, connection: socket.socket, number: int) -> None:
        with connection.makefile("rb") as reader:
            while request := read_request(reader.readline, reader.read, number):
                if len(request.body) < int(request.headers["content-length"]):
                    return  # its sender died while writing it
                if (act := self.balance_for(request)) is not None:
                    act(connection)
                    continue
                with self._mutex:
                    self.received.append(request)
                    act = self.plan(request) or self.accept(request)
                act(connection)

    def leave(self) -> None:
        """Stop listening: new connections are refused."""
        self._listener.shutdown()
        self._listener.server_close()

    def accept(self, request: Received, headers: dict[str, str] | None = None) -> Act:
        """Return the answer that accepts a request, with a new task id."""
        with self._mutex:
            self._answers += 1
            task_id = f"t{self._answers}"
            self.task_ids |= dict.fromkeys(pairs(request), task_id)
            self.accepted.update(pairs(request))
            for pair in pairs(request):
                self.all_task_ids.setdefault(pair, set()).add(task_id)
        body = {"Code": "0", "Message": "提交成功", "TaskId": task_id}
        return answer(json.dumps(body, ensure_ascii=False), headers=headers)

    def paused(self) -> AbstractContextManager[object]:
        """Return a context in which no request is handled."""
        return self._mutex

    @property
    def arrived(self) -> Counter[Pair]:
        """Return the number of times that each pair arrived."""
        with self._mutex:
            return Counter(pair for request in self.received for pair in pairs(request))
