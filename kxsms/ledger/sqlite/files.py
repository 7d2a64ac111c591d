"""The files of a ledger: SQLite's own, and the lock file beside them.

They are known by device and inode, which `stat` returns: closing a second descriptor of a file would drop the
locks of this process on it.
"""

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from kxsms.errors import Failure
from kxsms.language import mark, tr
from kxsms.ledger.sqlite.locks import Identity
from kxsms.sqlite import refuse_untrusted

SUBJECT = mark("the ledger")
_BLOCK_BYTES = 1 << 20


class LedgerFiles:
    """The files of one ledger. `path` names it, and may be a link; `real` is the file that it leads to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.real = Path(os.path.realpath(path))
        self.lock = self._beside(".lock")
        self.receivers = self._beside(".receivers")
        self.had_log = False
        """True if a -wal file with content was there before this process opened the ledger."""
        self._identity: Identity | None = None
        self._beside_it: dict[Path, Identity] = {}
        self._opened: list[int] = []

    def _beside(self, suffix: str) -> Path:
        return self.real.with_name(self.real.name + suffix)

    def refuse_unusable(self) -> None:
        """Raise Failure for a ledger that others can change, that has two names, or that lost its content."""
        refuse_untrusted(SUBJECT, self.path)
        if self.real != self.path:
            refuse_untrusted(SUBJECT, self.real)
        had_batches = self.lock.exists()  # first: the lock file is created after the ledger
        try:
            status = self.real.stat()
        except FileNotFoundError:
            if had_batches:
                raise self._lost(tr("is missing")) from None
            return
        if stat.S_ISDIR(status.st_mode):
            problem = tr("{subject} {path} is a directory", subject=tr(SUBJECT), path=self.path)
            raise Failure(problem, tr("name a file in it, or move it away"))
        if had_batches and not status.st_size:
            raise self._lost(tr("is empty"))
        if stat.S_ISREG(status.st_mode) and status.st_nlink > 1:
            raise Failure(
                tr(
                    "{subject} {path} has {count} names (hard links); kxsms can guard only one",
                    subject=tr(SUBJECT),
                    path=self.path,
                    count=status.st_nlink,
                ),
                tr(
                    "remove the other names; find DIRECTORY -samefile {path} lists those in a directory",
                    path=self.real,
                ),
            )

    def _lost(self, why: str) -> Failure:
        return Failure(
            tr(
                "{subject} {path} {why}, although batches were sent with it",
                subject=tr(SUBJECT),
                path=self.path,
                why=why,
            ),
            tr("restore it from a backup; to start with an empty one, remove {lock} too", lock=self.lock),
        )

    def look_for_log(self) -> None:
        """Set `had_log`. Call it before the ledger is opened, which creates an empty -wal file."""
        with suppress(FileNotFoundError):
            self.had_log = self._beside("-wal").stat().st_size > 0

    @property
    def data(self) -> tuple[Path, Path]:
        """Return the files that hold the entries of the ledger."""
        return self.real, self._beside("-wal")

    def note(self) -> None:
        """Note the files that are in use now. Raise OSError."""
        self._identity = Identity.of(self.path.stat())
        self._beside_it = {}
        for suffix in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                self._beside_it[self._beside(suffix)] = Identity.of(self._beside(suffix).stat())

    def ensure_there(self) -> None:
        """Raise Failure if the open ledger is no longer the one that other processes would open."""
        if not is_file(self.path, self._identity):
            raise Failure(
                tr(
                    "{subject} {path} was removed or replaced while it was in use",
                    subject=tr(SUBJECT),
                    path=self.path,
                ),
                tr("put it back: a new ledger does not know what was already sent"),
            )

    def ensure_whole(self) -> None:
        """Raise Failure if a file that SQLite keeps beside the ledger was removed or replaced."""
        for path, identity in self._beside_it.items():
            if not is_file(path, identity):
                raise Failure(
                    tr(
                        "{path} was removed or replaced while it was in use; it belongs to {subject}",
                        path=path,
                        subject=tr(SUBJECT),
                    ),
                    tr("leave the files beside the ledger where they are, and run the same command again"),
                )

    def holds(self, wanted: Sequence[bytes]) -> bool:
        """Return whether the ledger's file or its -wal file holds any of some bytes anywhere. Raise OSError.

        The files stay open until `close`: to close one drops the locks of this process on it.
        """
        return any(self._file_holds(path, wanted) for path in self.data)

    def _file_holds(self, path: Path, wanted: Sequence[bytes]) -> bool:
        try:
            file = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
        except FileNotFoundError:
            return False
        self._opened.append(file)
        overlap = max(map(len, wanted)) - 1
        before = b""
        while block := os.read(file, _BLOCK_BYTES):
            part = before + block
            if any(one in part for one in wanted):
                return True
            before = part[-overlap:]
        return False

    def close(self) -> None:
        """Close the files that `holds` has opened."""
        while self._opened:
            os.close(self._opened.pop())


def is_file(path: Path, identity: Identity | None) -> bool:
    """Return whether the file at a path is there and has an identity."""
    try:
        return Identity.of(path.stat()) == identity
    except OSError:
        return False
