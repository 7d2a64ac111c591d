"""The seal of a ledger: kxsms only reads one that was copied, and one whose copy is not complete."""

import shlex
from enum import StrEnum
from typing import NamedTuple

from kxsms.domain.words import time_words
from kxsms.domain.zones import clock
from kxsms.language import tr


class SealState(StrEnum):
    """The reasons for which a ledger is sealed: one of two, or it is the copy."""

    COPYING = "copying"
    COPIED = "copied"
    FILLING = "filling"


class Seal(NamedTuple):
    """The seal of a ledger: since when (in seconds since 1970), why, and where the other ledger is.

    `copy` names the copying, in both ledgers.
    """

    since: float
    state: SealState
    place: str
    copy: str

    def words(self, shown: str) -> tuple[str, str]:
        """Return why the ledger `shown` is only read, and a hint."""
        quoted = shlex.quote(self.place)
        if self.state is SealState.COPIED:
            since = time_words(clock(self.since, None))
            problem = tr(
                "the ledger {ledger} was copied to {place} on {since}; since then kxsms only reads it",
                ledger=shown,
                place=self.place,
                since=since,
            )
            return problem, tr("set KXSMS_LEDGER, or ledger in the config, to {place}", place=quoted)
        if self.state is SealState.COPYING:
            problem = tr(
                "the ledger {ledger} is being copied to {place}, and so kxsms only reads it",
                ledger=shown,
                place=self.place,
            )
            return problem, tr(
                "if no other process is copying it, run kxsms ledger copy --to {place}", place=quoted
            )
        problem = tr(
            "the ledger {ledger} is an unfinished copy of {place}, and so kxsms only reads it",
            ledger=shown,
            place=self.place,
        )
        return problem, tr(
            "run kxsms ledger copy again where KXSMS_LEDGER or the config names {place}", place=quoted
        )
