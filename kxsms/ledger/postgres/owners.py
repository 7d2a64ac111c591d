"""The owners of batches in PostgreSQL: the sessions that send them. Several may send one batch together."""

from contextlib import suppress

from kxsms.compat import override
from kxsms.errors import Failure
from kxsms.language import tr
from kxsms.ledger.database import Row
from kxsms.ledger.owners import Owners
from kxsms.ledger.postgres.database import PostgresDatabase
from kxsms.ledger.postgres.sessions import Session, bury, is_alive
from kxsms.ledger.postgres.sharing import PostgresSharing
from kxsms.ledger.processes import Process


class PostgresOwners(Owners):
    """The owners of the batches of a ledger in PostgreSQL."""

    ARE_SEVERAL = True

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

    @property
    @override
    def is_free(self) -> str:
        # Another session keeps what it will claim again, for as long as it owns the batch.
        return f"""
            AND (runner IS NULL OR NOT EXISTS (
                SELECT 1 FROM owners
                WHERE owners.batch = requests.batch AND owners.session = requests.runner
                    AND owners.session != {self._session.number}
            ))
        """

    _OF_BATCH = "SELECT session, sends FROM owners WHERE batch = ? ORDER BY session"

    def _others(self, batch: int) -> list[Row]:
        rows = self._database.rows(self._OF_BATCH, (batch,))
        mine = self._session.number if self._session.has_begun else None
        return [row for row in rows if row["session"] != mine]

    @override
    def others(self, batch: int) -> frozenset[int]:
        numbers = [row["session"] for row in self._others(batch)]
        return frozenset(number for number in numbers if is_alive(self._database, number))

    @override
    def bury(self, batch: int) -> None:
        for row in self._others(batch):
            if not is_alive(self._database, row["session"]):
                bury(self._database, row["session"])

    _ADD = "INSERT INTO owners (batch, session, sends) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"

    @override
    def take(self, batch: int, *, take_over: bool = False) -> bool:
        self.bury(batch)
        if self._others(batch):
            return False
        self._database.execute(self._ADD, (batch, self._session.number, False))
        return True

    @override
    def join(self, batch: int) -> bool:
        self.bury(batch)
        others = self._others(batch)
        if not all(row["sends"] for row in others):
            return False
        self._database.execute(self._ADD, (batch, self._session.number, bool(others)))
        return True

    @override
    def begin(self, batch: int) -> None:
        sends = "UPDATE owners SET sends = TRUE WHERE batch = ? AND session = ?"
        self._database.execute(sends, (batch, self._session.number))

    _LEAVE = "DELETE FROM owners WHERE batch = ? AND session = ?"

    @override
    def leave(self, batch: int) -> bool:
        if not self._database.execute(self._LEAVE, (batch, self._session.number)):
            return False  # others have decided that this session is dead
        self.bury(batch)
        if self._others(batch):
            return False
        self._database.execute("DELETE FROM streaks WHERE batch = ?", (batch,))
        return True

    @override
    def may_send(self) -> bool:
        return self._session.is_held()

    @override
    def sharing(self, batch: int) -> PostgresSharing:
        return PostgresSharing(self._database, self._session, batch)

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
            tr("run the same command again: it shows what is unknown, and sends the rest"),
        )

    @override
    def forget_finished(self, batch: int) -> None:
        """Do nothing: a session owns the batch until it leaves, or is dead."""

    @override
    def release(self, batch: int) -> None:
        with suppress(Failure):  # without renewals, the lease ends
            self._database.execute(self._LEAVE, (batch, self._session.number))

    @override
    def keep_turn(self, turn: int) -> None:
        if self._database.remembered_turn is not None:
            self._database.remembered_turn.keep(turn)

    @override
    def refuse_older(self) -> None:
        kept = self._database.remembered_turn
        remembered = 0 if kept is None else kept.read()  # first: the ledger is never behind it
        turn = self._database.row("SELECT turn FROM turns")  # none while a copy is being filled
        if kept is None or turn is None or remembered <= turn[0]:
            return
        path, file = self._database.shown, kept.path
        raise Failure(
            tr("the ledger {path} lacks its newest entries, which say what was sent", path=path),
            tr(
                "see kxsms help hosts; to send without these entries, perhaps twice, remove {file}", file=file
            ),
        )

    @override
    def find_losses(self) -> None:
        """Do nothing: the server's files are its own business."""

    @override
    def close(self) -> None:
        self._session.close()
