"""The recipients of a staged plan that are not sent to, by the rules and by what other batches do."""

from collections.abc import Iterable

from kxsms.domain.cap import Cap
from kxsms.domain.overlap import Overlap
from kxsms.domain.profile import Profile
from kxsms.ledger.consent import Sender
from kxsms.ledger.database import Database
from kxsms.ledger.exclusion import leave_out_excluded
from kxsms.ledger.forgotten import StagedAliases
from kxsms.ledger.overlap import skip_staged_overlap, staged_overlap
from kxsms.ledger.staged_consent import count_opted_out, leave_out_capped


class StagedChecks:
    """The checks of a staged plan. Every method raises Failure where the disk is full."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._aliases = StagedAliases(database)

    def overlap(
        self, since: float, owned: Iterable[int], ignored: int | None = None, origin: str | None = None
    ) -> Overlap | None:
        """Return how many recipients other batches sent their text since then, or will.

        `since` is in seconds since 1970, `owned` are the batches that have an owner. The batch `ignored` does
        not count, nor do batches of gateways with another `origin`.
        """
        has_forgotten = self._aliases.note()
        return staged_overlap(self._database, since, owned, ignored, origin, has_forgotten=has_forgotten)

    def skip_overlap(
        self, since: float, owned: Iterable[int], ignored: int | None = None, origin: str | None = None
    ) -> None:
        """Skip the recipients that `overlap` counts."""
        has_forgotten = self._aliases.note()
        skip_staged_overlap(self._database, since, owned, ignored, origin, has_forgotten=has_forgotten)

    def leave_out_excluded(self) -> int:
        """Skip the recipients that the ledger excludes for this send, and return how many they are."""
        return leave_out_excluded(self._database)

    def count_opted_out(self, profile: Profile) -> int:
        """Return how many recipients of the plan opted out."""
        has_forgotten = self._aliases.note()
        return count_opted_out(self._database, Sender.of(profile), has_forgotten=has_forgotten)

    def leave_out_capped(self, profile: Profile, cap: Cap, at: float) -> None:
        """Skip the recipients who will have had as many texts as the cap allows at a moment, when the plan
        is sent."""
        has_forgotten = self._aliases.note()
        leave_out_capped(self._database, Sender.of(profile), cap, at, has_forgotten=has_forgotten)
