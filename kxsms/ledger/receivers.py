"""The processes that receive: each has a number, which other processes know to be dead when it has ended."""

from abc import ABC, abstractmethod

from kxsms.ledger.origins import FetchedFrom


class Receiver(ABC):
    """This process. Every method raises Failure where the ledger cannot be used."""

    @property
    @abstractmethod
    def number(self) -> int:
        """Return the number of this process, which it has until it ends."""

    @property
    @abstractmethod
    def has_number(self) -> bool:
        """Return whether this process has needed a number."""

    @abstractmethod
    def is_alive(self, number: int | None) -> bool:
        """Return whether the process with a number still lives; None is no process."""

    @abstractmethod
    def forget(self, number: int) -> None:
        """Remove what the ledger knows of a process that has ended. Call it inside a transaction."""

    @abstractmethod
    def take_turn(self, fetched_from: FetchedFrom, kind: str, seconds: float) -> bool:
        """Wait, at most so long, until no other process is fetching the same. Return whether none is."""

    @abstractmethod
    def end_turn(self, fetched_from: FetchedFrom, kind: str) -> None:
        """Let another process fetch."""

    @abstractmethod
    def close(self) -> None:
        """Give back the number, and every turn."""
