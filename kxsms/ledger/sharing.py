"""The pace and the failures that all processes share which send a batch together."""

from collections.abc import Sequence

from kxsms.domain.claim import Claim, Settlement
from kxsms.domain.streak import Streak
from kxsms.ledger.consent import Sender
from kxsms.ledger.counters import Counters


class Sharing:
    """The share of this process in a batch: all of it, where a batch has one owner.

    Its methods run in the transaction of one cycle, `begin` first.
    """

    may_claim = False
    """True if `begin` has found that this process may claim, which then need not be asked again."""

    def use(self, sender: Sender) -> None:
        """Keep the pace of a sender."""

    def share(self, rate: float, pause_after: int) -> None:
        """Keep a rate per second, 0 for none, and pause after so many equal failures, of all."""

    def begin(self) -> bool:
        """Look at what others did. Return whether this process still owns the batch."""
        return True

    def allowed(self, most: int) -> int:
        """Return how many requests may be claimed now, at most `most`."""
        return most

    def reserve(self, claims: list[Claim]) -> list[Claim]:
        """Return claims that are within `allowed`, each with its start."""
        return claims

    @property
    def next_at(self) -> float | None:
        """Return when more may be claimed, by the monotonic clock, or None where each process sees to it."""
        return None

    def count(self, settled: Sequence[Settlement]) -> Sequence[Streak] | None:
        """Count failures, and return all streaks, or None where each process counts its own."""
        return None

    def settle_late(self, counters: Counters, settled: Sequence[Settlement], now: float) -> list[Settlement]:
        """Settle the attempts of a process that owns the batch no more. Return what that has settled."""
        raise AssertionError("the only owner of a batch owns it")
