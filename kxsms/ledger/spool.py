"""The spool: local files with what could not be written to the ledger, because its server was away.

A file belongs to one ledger. It is written at once, one JSON object in a line, and is on the disk before the
command that wrote it ends. The next command of this host that writes to the ledger settles from it first.
"""

import json
import os
import secrets
import time
from base64 import b64encode
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kxsms.errors import Failure
from kxsms.language import reason_of, tr
from kxsms.private_files import distrust, make_directory, sync_directory

Entry = Mapping[str, Any]
_TOKEN_BYTES = 8


class Spool:
    """The files of one ledger in the state directory. `session` is that of this process, if it has one."""

    def __init__(self, directory: Path, ledger: str, session: int | None) -> None:
        self._directory = directory
        self._prefix = f"spool-{ledger}-"
        self.session = session

    def write(self, entries: Iterable[Entry]) -> Path:
        """Write entries to a new file, which only its user can read, and return its path. Raise Failure."""
        name = f"{self._prefix}{time.time_ns()}-{secrets.token_hex(_TOKEN_BYTES)}.jsonl"
        path = self._directory / name
        temporary = path.with_suffix(".new")
        try:
            make_directory(self._directory)
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                for entry in entries:
                    file.write(json.dumps(entry).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError as error:
            raise Failure(
                tr("{path} could not be written: {reason}", path=path, reason=reason_of(error))
            ) from error
        sync_directory(self._directory)
        return path

    def write_answer(self, values: Entry, body: bytes) -> Path:
        """Write an answer of the gateway, with the values of its columns. Return as `write` does."""
        return self.write([{"answer": dict(values), "body": b64encode(body).decode()}])

    def files(self) -> list[Path]:
        """Return the files, the oldest first."""
        return sorted(self._directory.glob(f"{self._prefix}*.jsonl"))

    def read(self, path: Path) -> list[Entry]:
        """Return the entries of a file: none if another process has just settled them. Raise Failure."""
        try:
            found = distrust(path)
            if found is not None:
                raise Failure(f"{path} {found.why}", found.hint)
            return [json.loads(line) for line in path.read_bytes().splitlines()]
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            reason = reason_of(error) if isinstance(error, OSError) else str(error)
            raise Failure(
                tr("{path} cannot be read: {reason}", path=path, reason=reason),
                tr("it holds what the gateway answered: to go on without that, move the file away"),
            ) from error
