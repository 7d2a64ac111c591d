"""One server for all processes of a test session: the first one that needs it starts it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.postgres.places import Places
from tests.postgres.server import PostgresServer, lock_shared


@contextmanager
def shared_places(directory: Path) -> Iterator[Places]:
    """Yield the places of the server whose address is in this directory; start it if none runs."""
    import fcntl

    address = directory / "postgres.json"
    with (directory / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        users, places = _join(address) or _start(address)
    with users:
        yield places


def _join(address: Path) -> tuple[IO[bytes], Places] | None:
    """Return the lock of a running server and its places, or None."""
    try:
        parameters = json.loads(address.read_text())
        file = Path(parameters["host"]) / "users"
        users = lock_shared(file, "rb")
    except (FileNotFoundError, BlockingIOError):
        return None
    if not file.exists():  # its keeper removed it just before we locked it
        users.close()
        return None
    return users, Places(parameters)


def _start(address: Path) -> tuple[IO[bytes], Places]:
    server = PostgresServer()
    server.leave_to_keeper()
    address.write_text(json.dumps(server.places.parameters))
    return server.users, server.places
