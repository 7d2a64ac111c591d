"""A proxy before a PostgreSQL server that loses connections at the moment a test names."""

import shutil
import socket
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.postgres.link import Cut, Link
from tests.postgres.places import make_url
from tests.postgres.server import TEMPORARY


class CuttingProxy:
    """A proxy to the server of a URL: on a unix socket if that is on one, else on 127.0.0.1; without TLS."""

    def __init__(self, url: str) -> None:
        from psycopg.conninfo import conninfo_to_dict

        self._parameters: dict[str, Any] = {"port": "5432", **conninfo_to_dict(url)}
        self._local = self._parameters["host"].startswith("/")
        self._directory = Path(tempfile.mkdtemp(prefix="kxpx-", dir=TEMPORARY))
        self._port = 5432 if self._local else 0
        self._lock = threading.Lock()
        self._armed: Cut | None = None
        self._links: list[Link] = []
        self._listener: socket.socket | None = None
        self.seconds = 0.0
        """How long each packet takes, in either direction: a slow link."""
        self.cuts = 0
        """How many connections were cut because of a statement."""
        self.accept()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seconds = 0.0
        self.refuse()
        self.cut_all()
        for link in self._links:
            link.thread.join()
        shutil.rmtree(self._directory)

    @property
    def url(self) -> str:
        """The URL that leads through the proxy."""
        host = str(self._directory) if self._local else "127.0.0.1"
        return make_url({**self._parameters, "host": host, "port": str(self._port)})

    def cut_before(self, word: str = "COMMIT") -> None:
        """Cut the connection when a message arrives that begins or ends so: the server never sees it."""
        with self._lock:
            self._armed = Cut(word.upper(), after=False)

    def cut_after(self, word: str = "COMMIT") -> None:
        """Cut the connection when the server has answered a message that begins or ends so: that is lost."""
        with self._lock:
            self._armed = Cut(word.upper(), after=True)

    def cut_all(self) -> None:
        """Cut every connection now."""
        with self._lock:
            links = list(self._links)
        for link in links:
            link.cut()

    def refuse(self) -> None:
        """Refuse new connections; those that are open stay."""
        if self._listener is None:
            return
        listener, self._listener = self._listener, None
        with socket.socket(listener.family) as last:
            last.connect(listener.getsockname())  # wakes the thread, which sees that it is to end
            self._thread.join()
        listener.close()

    def accept(self) -> None:
        """Accept connections, as a new proxy does."""
        listener = socket.socket(socket.AF_UNIX if self._local else socket.AF_INET)
        if self._local:
            path = self._directory / f".s.PGSQL.{self._port}"
            path.unlink(missing_ok=True)
            listener.bind(str(path))
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", self._port))
            self._port = listener.getsockname()[1]
        listener.listen(128)
        self._listener = listener
        self._thread = threading.Thread(target=self._serve, args=(listener,))
        self._thread.start()

    def take(self, statement: str) -> Cut | None:
        """Return the cut that a test asked for, once, if the statement is the one that it waits for."""
        with self._lock:
            said = statement.strip("\0 \n").upper()
            if self._armed is None or not said.startswith(self._armed.word) | said.endswith(self._armed.word):
                return None
            cut, self._armed = self._armed, None
            return cut

    def count(self) -> None:
        """Note that a connection is about to be cut."""
        with self._lock:
            self.cuts += 1

    def _serve(self, listener: socket.socket) -> None:
        while True:
            client, _ = listener.accept()
            if self._listener is None:
                client.close()
                return
            try:
                server = self._connect()
            except OSError:
                client.close()
                continue
            with self._lock:
                self._links.append(Link(self, client, server))

    def _connect(self) -> socket.socket:
        host, port = self._parameters["host"], self._parameters["port"]
        if not self._local:
            return socket.create_connection((host, int(port)))
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(f"{host}/.s.PGSQL.{port}")
        except OSError:
            server.close()
            raise
        return server
