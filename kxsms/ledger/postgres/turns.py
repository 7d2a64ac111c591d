"""The turn that this host remembers: how many claims the ledger had after the last one that it made.

A server that has taken over from another, or was restored from a backup, may lack claims whose texts were
sent. It cannot know that itself.
"""

import os
from contextlib import suppress
from pathlib import Path

from kxsms.private_files import make_directory

_DIGITS = 20


class RememberedTurn:
    """The file in the state directory that remembers it, for one ledger."""

    def __init__(self, directory: Path, ledger: str) -> None:
        self.path = directory / f"turn-{ledger}"

    def read(self) -> int:
        """Return the turn, or 0 if none is known."""
        with suppress(OSError):
            kept = self.path.read_bytes()[:_DIGITS]
            return int(kept) if kept.isdigit() else 0
        return 0

    def keep(self, turn: int) -> None:
        """Remember a turn, unless a later one is known. Where the file cannot be written, remember none."""
        with suppress(OSError):
            if self.read() < turn:
                make_directory(self.path.parent)
                file = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
                try:
                    os.write(file, b"%0*d\n" % (_DIGITS, turn))
                finally:
                    os.close(file)
