"""The owners of batches in PostgreSQL: the sessions that send them. Several may send one batch together."""

from contextlib import suppress

from kxsms.compat import override
from kxsms.errors import Failure
from kxsms.language import tr
from kxsms.ledger.owners import Owners
from kxsms.ledger.postgres.database import PostgresDatabase
from kxsms.ledger.postgres.sessions import Session, bury, is_alive
from kxsms.ledger.processes import Process


class PostgresOwners(Owners):
    """The owners of the batches of a ledger in PostgreSQL."""

    # What no living session has in flight was cut short: take and join remove the dead from `owners`.
    IS_CUT_SHORT = "AND (runner IS NULL OR runner NOT IN (SELECT session FROM owners WHERE batch = :batch))"
    NEXT_ARE_LOCKED = "FOR UPDATE OF requests SKIP LOCKED"

    def __init__(self, database: PostgresDatabase, session: Session) -> None:
        self._database = database
        self._session = session

    @property
    @override
    def claimed_by(self) -> str:
        return f", runner = {self._session.number}"

    _OF_BATCH = "SELECT session FROM owners WHERE batch = ? ORDER BY session"

    def _others(self, batch: int) -> list[int]:
        rows = self._database.rows(self._OF_BATCH, (batch,))
        mine = self._session.number if self._session.has_begun else None
        return [row["session"] for row in rows if row["session"] != mine]

    _ADD = "INSERT INTO owners (batch, session) VALUES (?, ?) ON CONFLICT DO NOTHING"

    @override
    def take(self, batch: int, *, take_over: bool = False) -> bool:
        return self._enter(batch, joins=False)

    @override
    def join(self, batch: int) -> bool:
        return self._enter(batch, joins=True)

    def _enter(self, batch: int, *, joins: bool) -> bool:
        mine = self._session.number
        for other in self._others(batch):
            if not is_alive(self._database, other):
                bury(self._database, other)
            elif not joins:
                return False
        self._database.execute(self._ADD, (batch, mine))
        return True

    @override
    def is_taken(self, batch: int) -> bool:
        rows = self._database.rows(self._OF_BATCH, (batch,))
        return any(is_alive(self._database, row["session"]) for row in rows)

    @override
    def is_any_taken(self) -> bool:
        rows = self._database.rows("SELECT DISTINCT session FROM owners")
        return any(is_alive(self._database, row["session"]) for row in rows)

    @override
    def unexamined(self, batch: int) -> Process | None:
        return None  # its lease says whether it lives

    @override
    def ensure_usable(self, *, claims: bool) -> None:
        if claims and not self._session.is_held():
            raise self._lost()

    _MINE = """
        SELECT 1 FROM owners JOIN sessions ON sessions.number = owners.session
        WHERE owners.batch = ? AND owners.session = ? AND sessions.lease_until > clock_timestamp()
    """

    @override
    def ensure_mine(self, batch: int) -> None:
        if self._database.row(self._MINE, (batch, self._session.number)) is None:
            raise self._lost()

    def _lost(self) -> Failure:
        return Failure(
            tr("this process could not renew its lease on the ledger in time, and so claims nothing more"),
            tr("run the same command again: what was in flight is unknown"),
        )

    _FORGET_FINISHED = """
        DELETE FROM owners WHERE batch = ? AND session = ? AND EXISTS (
            SELECT 1 FROM batches WHERE id = owners.batch AND finished IS NOT NULL
        )
    """

    @override
    def forget_finished(self, batch: int) -> None:
        self._database.execute(self._FORGET_FINISHED, (batch, self._session.number))

    @override
    def release(self, batch: int) -> None:
        with suppress(Failure):  # without renewals, the lease ends
            self._database.execute(
                "DELETE FROM owners WHERE batch = ? AND session = ?", (batch, self._session.number)
            )

    @override
    def keep_turn(self) -> None:
        """Do nothing: every commit is on the server's disk."""

    @override
    def refuse_older(self) -> None:
        """Do nothing: what a failover loses cannot be seen from here."""

    @override
    def find_losses(self) -> None:
        """Do nothing: see `refuse_older`."""

    @override
    def close(self) -> None:
        self._session.close()
