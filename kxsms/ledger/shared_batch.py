"""A batch that several processes may own at a time, where the engine of the ledger can tell them apart."""

from kxsms.compat import override
from kxsms.domain.batch import Batch
from kxsms.domain.claim import Rest
from kxsms.ledger.batch_states import BatchStates
from kxsms.ledger.counters import counting
from kxsms.ledger.database import Database
from kxsms.ledger.owners import Owners


class SharedBatch(BatchStates):
    """A batch that this process owns, alone or with others. `is_joined`: others sent it already."""

    def __init__(self, database: Database, owners: Owners, batch: Batch, *, is_joined: bool = False) -> None:
        super().__init__(database, owners, batch)
        self.is_joined = is_joined
        self.is_shared = owners.ARE_SEVERAL
        self._sharing = owners.sharing(batch.id)
        self._first = self._cursor = self._range["first"] - 1
        self._others: frozenset[int] | None = None

    def may_send(self) -> bool:
        """Return whether this process may send what it has claimed. Any thread may ask."""
        return self._owners.may_send()

    def share(self, rate: float, pause_after: int) -> None:
        """Keep a rate per second, 0 for none, and pause after so many equal failures, of all its owners."""
        self._sharing.share(rate, pause_after)

    def begin(self) -> None:
        """Let others join: this process has made the checks, and is going to send."""
        self._owners.begin(self._id)

    @override
    def recover(self) -> None:
        """Do what a first owner does, or what one may do that joins: leave what the others have planned."""
        if not self.is_joined:
            super().recover()
            return
        with counting(self._database, self._id) as counters:
            self._cut_short(counters)

    # How much of a batch is in flight, and how many of its requests are planned.
    _IN_WORK = "SELECT sending, requests - tried AS planned FROM batches WHERE id = ?"

    def look(self) -> Rest:
        """Return what the batch waits for, when this process has nothing to do in it.

        What owners that have ended had in flight becomes unknown, and what they had planned is free.
        """
        return self._database.surely(self._look)

    def _look(self) -> Rest:
        self._owners.ensure_usable(claims=True)
        is_changed = self._owners.others(self._id) != self._others
        if is_changed:
            self._bury()
        left = self._database.row(self._IN_WORK, (self._id,))
        assert left is not None
        return Rest(
            planned=left["planned"] if is_changed else 0,
            others_send=bool(self._others and left["sending"]),
            others_plan=bool(self._others and left["planned"]),
        )

    def _bury(self) -> None:
        with counting(self._database, self._id) as counters:
            self._owners.ensure_mine(self._id)
            self._owners.bury(self._id)
            self._others = self._owners.others(self._id)
            self._cut_short(counters)
        self._cursor = self._first

    @override
    def end(self) -> None:
        """Make requests unknown again as one owner does, if no other owner has anything left to do."""
        with counting(self._database, self._id) as counters:
            is_last = self._owners.leave(self._id)
            if is_last and self.is_shared:
                self._cut_short(counters)
            if is_last or not self._is_in_work():
                self._doubt_again(counters)

    def _is_in_work(self) -> bool:
        left = self._database.row(self._IN_WORK, (self._id,))
        return left is not None and any(left)
