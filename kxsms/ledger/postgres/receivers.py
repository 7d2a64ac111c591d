"""The processes that receive, in PostgreSQL: sessions, one of which at a time fetches from a gateway."""

import time
from contextlib import suppress

from kxsms.compat import override
from kxsms.errors import ConnectionLost
from kxsms.ledger.origins import FetchedFrom
from kxsms.ledger.postgres.database import PostgresDatabase
from kxsms.ledger.postgres.sessions import Session, bury, is_alive
from kxsms.ledger.receivers import Receiver

_POLL_SECONDS = 0.05


class PostgresReceiver(Receiver):
    """This process, known by the number of its session."""

    def __init__(self, database: PostgresDatabase, session: Session) -> None:
        self._database = database
        self._session = session
        self._has_number = False

    @property
    @override
    def number(self) -> int:
        self._has_number = True
        return self._session.number

    @property
    @override
    def has_number(self) -> bool:
        return self._has_number

    @override
    def is_alive(self, number: int | None) -> bool:
        return is_alive(self._database, number)

    @override
    def forget(self, number: int) -> None:
        bury(self._database, number)

    @override
    def take_turn(self, fetched_from: FetchedFrom, kind: str, seconds: float) -> bool:
        values, end = self._turn(fetched_from, kind), time.monotonic() + seconds
        while not self._take(values):
            if time.monotonic() > end:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    _FETCHER = """
        SELECT session FROM fetching
        WHERE kind = :kind AND origin = :origin AND account = :account AND product = :product
    """
    _TAKE = """
        INSERT INTO fetching (kind, origin, account, product, session)
        VALUES (:kind, :origin, :account, :product, :mine)
        ON CONFLICT (kind, origin, account, product) DO UPDATE SET session = excluded.session
    """

    def _take(self, values: dict[str, object]) -> bool:
        with self._database.transaction():
            fetcher = self._database.value(self._FETCHER, values)
            if fetcher is not None and fetcher != values["mine"] and self.is_alive(fetcher):
                return False
            self._database.execute(self._TAKE, values)
            return True

    _END = """
        DELETE FROM fetching
        WHERE kind = :kind AND origin = :origin AND account = :account AND product = :product
            AND session = :mine
    """

    @override
    def end_turn(self, fetched_from: FetchedFrom, kind: str) -> None:
        with suppress(ConnectionLost):  # it ends with the session
            self._database.execute(self._END, self._turn(fetched_from, kind))

    def _turn(self, fetched_from: FetchedFrom, kind: str) -> dict[str, object]:
        return {
            "kind": kind,
            "origin": fetched_from.origin or "",
            "account": fetched_from.account,
            "product": fetched_from.product,
            "mine": self._session.number,
        }

    @override
    def close(self) -> None:
        """Do nothing: the session ends with the owners."""
