"""The transactions of a ledger in PostgreSQL, whose connection may break at any moment.

Each transaction of a session writes a token of its own into the table `commits`. Where the answer to a COMMIT
is lost, the token says whether it is committed. It is looked up under the same lock: by then the transaction
has ended, even if the server was still busy with it when the connection broke.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg

from kxsms.compat import override
from kxsms.domain.ledger_place import PostgresPlace
from kxsms.errors import ConnectionLost
from kxsms.ledger.database import Database, Found
from kxsms.ledger.postgres import schema
from kxsms.ledger.postgres.clock import ServerClock, steady
from kxsms.ledger.postgres.connecting import connect
from kxsms.ledger.postgres.failures import explained, is_lost
from kxsms.ledger.postgres.messages import Messages
from kxsms.ledger.postgres.sessions import Session
from kxsms.ledger.postgres.spool import Spool
from kxsms.ledger.postgres.turns import RememberedTurn
from kxsms.ledger.seal import SEALED, refuse_sealed

_PATIENCE_SECONDS = 30.0
_FIRST_WAIT = 0.05
_LONGEST_WAIT = 0.5
_TOKEN_BYTES = 8
_CANCELLING_SECONDS = 2.0


class Transactions(Database):
    """The connection to a schema on a server, which this process may use under a session."""

    _connection: "psycopg.Connection[Any]"
    _clock: ServerClock

    def __init__(self, place: PostgresPlace, session: Session | None) -> None:
        self.place = place
        self.shown = place.shown
        self._session = session
        self._messages = Messages()
        self._lost_at: float | None = None
        self._is_patient: Callable[[float], bool] = lambda seconds: seconds < _PATIENCE_SECONDS

    @cached_property
    def _lock(self) -> int:
        return schema.lock_number(self._connection)

    @cached_property
    def _identity(self) -> str:
        return schema.identity(self._connection)

    @property
    @override
    def spool(self) -> Spool | None:
        if not self.place.state_directory or self._session is None:
            return None
        session = self._session.number if self._session.has_begun else None
        return Spool(Path(self.place.state_directory), self._identity, session)

    @property
    def remembered_turn(self) -> RememberedTurn | None:
        """Return what this host remembers of its claims, or None if it may not keep files."""
        directory = self.place.state_directory
        return RememberedTurn(Path(directory), self._identity) if directory else None

    def close(self) -> None:
        """Close the connection."""
        with suppress(psycopg.Error):
            self._connection.close()

    @override
    @contextmanager
    def explained(self) -> Iterator[None]:
        try:
            with explained(self.shown, is_open=True):
                yield
        except Exception:
            raise
        except BaseException:  # a signal
            self._drop_interrupted()
            raise

    def _drop_interrupted(self) -> None:
        """Connect again if a signal interrupted a statement: that keeps the connection to itself."""
        if self._connection.info.transaction_status != psycopg.pq.TransactionStatus.ACTIVE:
            return
        self._messages.forget()
        with suppress(psycopg.Error):
            self._connection.cancel_safe(timeout=_CANCELLING_SECONDS)
        self.close()
        with suppress(psycopg.Error):
            self._connect()

    def _connect(self) -> None:
        self._connection = connect(self.place)
        self._clock = ServerClock(self._connection)

    _LOCK = "SELECT pg_advisory_xact_lock(%(ledger)s, 0)"
    _LOCK_SHARED = (
        "SELECT pg_advisory_xact_lock_shared(%(ledger)s, 0), pg_advisory_xact_lock(%(ledger)s, %(sender)s)"
    )
    _MARK = """
        INSERT INTO commits (session, token) VALUES (%(session)s, %(token)s)
        ON CONFLICT (session) DO UPDATE SET token = excluded.token
    """

    @override
    @contextmanager
    def transaction(self, sender: str | None = None) -> Iterator[None]:
        token = self._new_token()
        with self.explained():
            is_ending = False
            try:
                cursor = self._take_locks(sender, token, before="BEGIN; ", after=f"; {SEALED}")
                while cursor.nextset():
                    pass
                if not self.ignores_seal:
                    refuse_sealed(self.shown, cursor.fetchone())
                yield
                if token is None and (token := self._new_token()) is not None:  # the session began inside
                    self._connection.execute(self._MARK, self._marked(token))
                is_ending = True
                self._messages.run(self._connection, "COMMIT", ())
                self._lost_at = None
            except BaseException as error:
                self._roll_back()
                is_doubtful = is_ending and isinstance(error, psycopg.Error) and is_lost(error)
                if not (is_doubtful and token is not None and self._is_committed(sender, token)):
                    raise
                self._lost_at = None

    def _take_locks(
        self, sender: str | None, token: str | None, *, before: str = "", after: str = ""
    ) -> "psycopg.Cursor[Any]":
        """Take the lock of the ledger, or share it and take that of a sender; write the token, if any.

        Run what is to come `before` and `after` in the same message. The seal is to be looked at after it
        took the locks: each statement of the message sees what is committed when it begins.
        """
        locks = self._LOCK if sender is None else self._LOCK_SHARED
        values: dict[str, object] = {"ledger": self._lock}
        if sender is not None:
            values["sender"] = schema.number_of(sender)
        if token is not None:
            locks = f"{locks}; {self._MARK}"
            values |= self._marked(token)
        return self._connection.execute(before + locks + after, values)

    def _new_token(self) -> str | None:
        """Return a token for a transaction, or None as long as this process has no session."""
        has_begun = self._session is not None and self._session.has_begun
        return secrets.token_hex(_TOKEN_BYTES) if has_begun else None

    def _marked(self, token: str) -> dict[str, object]:
        assert self._session is not None
        return {"session": self._session.number, "token": token}

    def _roll_back(self) -> None:
        self._messages.forget()
        with suppress(psycopg.Error):
            if not self._connection.closed:
                self._connection.execute("ROLLBACK")

    _TOKEN = "SELECT token FROM commits WHERE session = %s"

    def _is_committed(self, sender: str | None, token: str) -> bool:
        """Look up whether a transaction is committed whose COMMIT was not answered. Raise psycopg.Error."""
        assert self._session is not None
        while True:
            self._reconnect()
            try:
                with self._connection.transaction():
                    self._take_locks(sender, None)
                    row = self._connection.execute(self._TOKEN, (self._session.number,)).fetchone()
            except psycopg.Error as error:
                if not is_lost(error):
                    raise
            else:
                return row is not None and row[0] == token

    def _reconnect(self) -> None:
        """Connect again, as soon as the server is there. Raise psycopg.Error when the patience is over."""
        if self._lost_at is None:
            self._lost_at = steady()
        self.close()
        wait = _FIRST_WAIT
        while True:
            try:
                return self._connect()
            except psycopg.Error as error:
                if not (is_lost(error) and self._is_patient(steady() - self._lost_at)):
                    raise
            time.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    @override
    def be_patient(self, is_patient: Callable[[float], bool]) -> None:
        self._is_patient = is_patient

    @override
    def surely(self, step: Callable[[], Found]) -> Found:
        while True:
            try:
                found = step()
            except ConnectionLost:
                with self.explained():
                    self._reconnect()
                assert self._lost_at is not None
                if not self._is_patient(steady() - self._lost_at):
                    raise
            else:
                self._lost_at = None
                return found
