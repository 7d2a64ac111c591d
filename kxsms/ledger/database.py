"""The connection to a ledger, as the rest of it uses one. Each engine has its own class for it.

Statements are written in SQLite's SQL, in the part of it that both engines understand as far as there is one;
what PostgreSQL spells in another way, `postgres/dialect.py` translates.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from kxsms.ledger.seal import SEALED, refuse_sealed

if TYPE_CHECKING:
    from kxsms.ledger.postgres.spool import Spool

OriginsByProfile = Callable[[], Mapping[tuple[str, str], str]]
"""A function that returns the known origins (host and port) of gateways, by profile and account."""

Values = Sequence[Any] | Mapping[str, Any]
"""The values of a statement's parameters, by position or by name."""

Found = TypeVar("Found")


class Row(Protocol):
    """A row of a query. Its columns are read by position, by name, or one after the other."""

    def __getitem__(self, column: Any, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def __len__(self) -> int: ...

    def keys(self) -> Sequence[str]:
        """Return the names of the columns."""
        ...


class Database(ABC):
    """The connection to one ledger, opened by `with`. Every method raises Failure where it cannot be used."""

    shown: str
    """Where the ledger is, in words."""

    writable: bool

    ignores_seal = False
    """True for the process that copies the ledger, which is sealed for all others."""

    rows_at_a_time: int
    """Rows of a batch that are written in one transaction."""

    @property
    def spool(self) -> "Spool | None":
        """Return the local files for what cannot be written while the server is away, if it can be."""
        return None

    @abstractmethod
    def __enter__(self) -> Self: ...

    @abstractmethod
    def __exit__(self, *raised: object) -> None: ...

    @abstractmethod
    def explained(self) -> AbstractContextManager[None]:
        """Raise Failure, in words, for errors of the engine and of the system inside the `with`.

        The methods of this class do so themselves.
        """

    @abstractmethod
    def transaction(self, sender: str | None = None) -> AbstractContextManager[None]:
        """Write as the only process: commit at the end, roll back on any exception.

        With a `sender`, those who write for another sender may do so at the same time, where the engine can.
        """

    def refuse_sealed(self) -> None:
        """Raise Failure if the ledger is sealed. Each transaction begins with that."""
        if not self.ignores_seal:
            refuse_sealed(self.shown, self.row(SEALED))

    def surely(self, step: Callable[[], Found]) -> Found:
        """Return what a step returns that runs one transaction, or none.

        Where the connection breaks, run it again, unless its transaction turns out to be committed.
        """
        return step()

    def be_patient(self, is_patient: Callable[[float], bool]) -> None:
        """Ask this, with the seconds for which the server has been away, before each attempt to reach it."""
        del is_patient  # only a server can be away

    def refresh_statistics(self) -> None:
        """Let the engine look again at tables that have changed much: it plans joins by their sizes."""
        return  # SQLite reads tables in the order in which a statement names them

    def now(self) -> float:
        """Return the time by the clock of the ledger, in seconds since 1970."""
        return time.time()

    @abstractmethod
    def aside(self, batch: int) -> AbstractContextManager[None]:
        """Write rows and requests of a batch that is still hidden, beside other processes if the engine can.

        Raise Failure if another process has removed the batch.
        """

    @abstractmethod
    def temporary(self) -> AbstractContextManager[None]:
        """Write temporary tables in one transaction, for which no other process waits.

        It may be that nothing is rolled back: do not use them after an exception.
        """

    @abstractmethod
    def execute(self, statement: str, values: Values = ()) -> int:
        """Run a statement, and return how many rows it changed."""

    def execute_later(self, statement: str, values: Values = ()) -> None:
        """Run a statement whose outcome nobody needs, in a transaction, before the next one or its end.

        A server is asked less often so: both travel together.
        """
        self.execute(statement, values)

    @abstractmethod
    def executemany(self, statement: str, values: Iterable[Values]) -> int:
        """Run a statement once for each of the values, and return how many rows that changed."""

    @abstractmethod
    def insert(self, statement: str, values: Values) -> int:
        """Run an INSERT of one row into a table that numbers its rows, and return the number."""

    @abstractmethod
    def rows(self, statement: str, values: Values = ()) -> list[Row]:
        """Return all rows of a query."""

    def row(self, statement: str, values: Values = ()) -> Row | None:
        """Return the first row of a query, or None."""
        return next(iter(self.rows(statement, values)), None)

    def value(self, statement: str, values: Values = ()) -> Any:
        """Return the one column of a query's first row, or None where it has no row."""
        row = self.row(statement, values)
        return None if row is None else row[0]

    @abstractmethod
    def stream(self, statement: str, values: Values = ()) -> Iterator[Row]:
        """Yield the rows of a query without holding them all in memory."""

    @abstractmethod
    def write_blob(self, table: str, column: str, row: int, content: bytes) -> None:
        """Write the content of a column that has the right length already, without a copy of it."""

    def expect_many(self) -> None:  # noqa: B027 - most engines need not
        """Prepare for changes all over large tables."""

    def expect_few(self) -> None:  # noqa: B027 - most engines need not
        """Give back the memory that many changes took."""

    def write_through(self) -> bool:
        """See to it that what is committed is safe wherever this process ends. Return whether it is."""
        return True

    def damage(self) -> list[str]:
        """Return the faults that the engine finds in its own storage, in its words."""
        return []

    @abstractmethod
    def schema_differences(self) -> Iterator[str]:
        """Yield, in words, how the tables differ from those that this version of kxsms creates."""

    def overwrite_deleted(self) -> None:  # noqa: B027 - not every engine can
        """Leave nothing of what this process deletes from now on in the storage, where that is possible."""

    @abstractmethod
    def size(self) -> int:
        """Return the bytes that the ledger takes."""

    def give_back(self) -> bool:
        """Give the space of deleted entries back. Return False if it is only used again."""
        return True

    def are_clear(self, wanted: Sequence[bytes]) -> bool | None:
        """Return whether no file of the ledger holds any of some bytes, or None if none can be read."""
        return None

    def is_rewritten_fast(self) -> bool:
        """Return whether the ledger is so small that no other process waits long while it is rewritten."""
        return True

    def rewrite(self) -> bool:
        """Rewrite the ledger without free space. Return False if another process is in the way."""
        return True
