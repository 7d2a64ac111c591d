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
from typing import Any, NamedTuple

from kxsms.domain.claim import Settlement
from kxsms.domain.outcome import answered
from kxsms.domain.states import RequestState
from kxsms.errors import Failure
from kxsms.language import mark, reason_of, tr
from kxsms.ledger.database import Database
from kxsms.private_files import distrust, make_directory, sync_directory

Entry = Mapping[str, Any]
_TOKEN_BYTES = 8
_DID_NOT_LEAVE = mark("the ledger could not be reached before it was to be sent")


class Settled(NamedTuple):
    """So many outcomes and answers of the spool are in the ledger now."""

    outcomes: int
    answers: int


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

    def write_outcomes(self, batch: str, first: int, settled: Iterable[Settlement], now: float) -> Path:
        """Write the ends of claims of a batch, whose requests begin with the number `first`.

        Return and raise as `write` does.
        """
        return self.write(self._outcome(batch, first, end, now) for end in settled)

    def _outcome(self, batch: str, first: int, end: Settlement, now: float) -> Entry:
        code, message, task_id = answered(end.outcome)
        is_planned = end.state is RequestState.PLANNED
        return {
            "batch": batch,
            "index": end.claim.request - first,  # the requests of a batch may get other numbers
            "session": self.session,
            "state": RequestState.NOT_SENT if is_planned else end.state,
            "settled": now,
            "code": code,
            "message": _DID_NOT_LEAVE if end.outcome is None else message,
            "task_id": task_id,
            "reply": None if end.kept is None else b64encode(end.kept).decode(),
            "segments": end.claim.segments,
            "day": end.claim.day,
        }

    def settle(self, database: Database) -> Settled:
        """Write what the files hold to the ledger, and remove them. Raise Failure."""
        from kxsms.ledger.postgres.spooled import settle_spooled

        return settle_spooled(database, self)

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
