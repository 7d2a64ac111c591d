"""The owners of batches: the processes that may send them. Each engine knows them in its own way."""

from abc import ABC, abstractmethod

from kxsms.ledger.processes import Process
from kxsms.ledger.sharing import Sharing


class Owners(ABC):
    """The owners of the batches of one ledger. A process may own any number of them."""

    ARE_SEVERAL = False
    """True if several processes may own one batch, and send it together."""

    IS_CUT_SHORT = ""
    """A further condition for requests that are `sending`: their process has ended."""

    NEXT_ARE_LOCKED = ""
    """The end of a query for requests that this process is about to claim."""

    @property
    def claimed_by(self) -> str:
        """Return the end of a SET that claims requests."""
        return ""

    @property
    def is_free(self) -> str:
        """Return a further condition for planned requests: no other owner is going to claim them again."""
        return ""

    @abstractmethod
    def take(self, batch: int, *, take_over: bool = False) -> bool:
        """Become the owner of a batch and return True, or return False if it has another.

        With `take_over`, an owner that cannot be examined has ended. Call it inside a transaction. Raise
        OSError or Failure.
        """

    def join(self, batch: int) -> bool:
        """Become an owner beside others that send the batch already, or the only one.

        Return False if another owner does not send it yet. Call it inside a transaction.
        """
        return self.take(batch)

    @abstractmethod
    def begin(self, batch: int) -> None:
        """Note that this process sends a batch from now on: others may join it."""

    def others(self, batch: int) -> frozenset[int]:
        """Return the numbers of the living owners of a batch beside this process."""
        return frozenset()

    @abstractmethod
    def bury(self, batch: int) -> None:
        """Remove the owners of a batch that have ended. Call it inside a transaction."""

    def leave(self, batch: int) -> bool:
        """Stop owning a batch as far as others see. Return whether it has no other owner.

        Call it inside a transaction. What this process alone holds, `release` gives back.
        """
        return True

    def may_send(self) -> bool:
        """Return whether this process may send what it has claimed. Any thread may ask."""
        return True

    def sharing(self, batch: int) -> Sharing:
        """Return what this process shares with other owners of a batch."""
        return Sharing()

    @abstractmethod
    def is_taken(self, batch: int) -> bool:
        """Return whether any process owns a batch, this one included, or one that cannot be examined."""

    @abstractmethod
    def is_any_taken(self) -> bool:
        """Return whether any process owns any batch."""

    @abstractmethod
    def unexamined(self, batch: int) -> Process | None:
        """Return the owner of a batch if it is one that cannot be examined."""

    @abstractmethod
    def ensure_usable(self, *, claims: bool) -> None:
        """Raise Failure if this process may not write any more, or, before claims, may not claim."""

    @abstractmethod
    def ensure_mine(self, batch: int) -> None:
        """Raise Failure if another process has taken over a batch. Call it inside a transaction."""

    @abstractmethod
    def forget_finished(self, batch: int) -> None:
        """Remove the record of this process if the batch is finished, in the transaction that finishes it."""

    @abstractmethod
    def release(self, batch: int) -> None:
        """Stop being the owner of a batch."""

    @abstractmethod
    def keep_turn(self, turn: int) -> None:
        """Note outside the ledger the turn of a claim that is committed, if possible: see `refuse_older`."""

    @abstractmethod
    def refuse_older(self) -> None:
        """Raise Failure if the ledger lacks claims that were made with it."""

    @abstractmethod
    def find_losses(self) -> None:
        """Make requests unknown whose entries are lost. Raise Failure if their process still lives."""

    @abstractmethod
    def close(self) -> None:
        """Own nothing any more."""
