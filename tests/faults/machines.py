"""kxsms as a process on a machine that is not as it should be, and disks to put its files on."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from tests.conftest import Done
from tests.faults.client import ROOT

_PATIENCE = 60
_KIB = 1024


def kxsms(
    *arguments: str | bytes,
    env: Mapping[str, str | None] | None = None,
    before: Callable[[], None] | None = None,
    stdin: bytes = b"",
    stdout: int | IO[Any] = subprocess.PIPE,
    closed: str = "",
    way: tuple[str, ...] = ("-m", "kxsms"),
) -> Done:
    """Run one command line in a process of its own.

    `env` is added to the environment; a variable that is None is taken out of it. `before` is called in the
    process before it begins. `closed` are redirections of a shell, such as `>&-`.
    """
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    for name, value in (env or {}).items():
        environ.pop(name, None)
        if value is not None:
            environ[name] = value
    command: list[str | bytes] = [sys.executable, *way, *arguments]
    if closed:
        command = ["sh", "-c", f'exec "$@" {closed}', "sh", *command]
    ended = subprocess.run(
        command,
        input=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=environ,
        preexec_fn=before,
        timeout=_PATIENCE,
        check=False,
    )
    return Done(ended.returncode, ended.stdout or b"", ended.stderr.decode("utf-8", "backslashreplace"))


class Disk:
    """A small file system in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self, left: int) -> None:
        """Leave so many KiB."""
        free = os.statvfs(self.path).f_bavail * os.statvfs(self.path).f_frsize
        (self.path / "filler").write_bytes(bytes(free - left * _KIB))

    def empty(self) -> None:
        (self.path / "filler").unlink()

    def protect(self, *, protected: bool = True) -> None:
        """Let nothing on it be written, whoever asks."""
        options = f"remount,{'ro' if protected else 'rw'}"
        subprocess.run(["mount", "-o", options, str(self.path)], check=True, capture_output=True)


@contextmanager
def mounted(path: Path, size: int) -> Iterator[Disk]:
    """A disk of so many KiB. Skips the test where nobody may mount one."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root mounts a disk")
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}k,mode=700", "tmpfs", str(path)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("nothing can be mounted here")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True, capture_output=True)
