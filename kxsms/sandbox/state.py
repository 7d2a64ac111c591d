"""The state of the sandbox: balances, messages, and the reports and replies that wait to be fetched."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, assert_never

from kxsms.domain.content import segments
from kxsms.domain.mobile import InvalidMobile, normalise
from kxsms.domain.product import Product
from kxsms.errors import InputError
from kxsms.language import tr
from kxsms.sandbox.behaviour import MagicNumber
from kxsms.sandbox.database import (
    FILE_NAME,
    START_BALANCE,
    empty_database,
    explained,
    open_database,
)
from kxsms.sqlite import transaction

if TYPE_CHECKING:
    import sqlite3

ACCOUNT = "sandbox"
TOKEN = "sandbox-token"
"""Documented and not secret: the sandbox sends nothing to anyone."""

MAX_RECORDS = 500
"""Reports or replies in one answer; the next answer has the rest."""

_LATE_SECONDS = 60.0
_AUTOMATIC_REPLY = "收到"
_MAGIC = {number.mobile: number for number in MagicNumber}


@dataclass(frozen=True)
class SandboxReport:
    """A delivery report for the answer to QueryReport. `time` is in seconds since 1970."""

    task_id: str
    mobile: str
    status: str
    time: float
    extno: str


@dataclass(frozen=True)
class SandboxReply:
    """A reply for the answer to QueryMo. `task_id` is empty if nothing was sent to the phone."""

    mobile: str
    content: str
    time: float
    extno: str
    task_id: str


class SandboxState:
    """The state of the sandbox, `sandbox.sqlite3` in `directory`, for any number of processes and threads.

    The first call creates the file. Each call opens and closes it, except inside `with state:`, which keeps
    it open. `clock` returns seconds since 1970.

    Every method, and `with`, raises Failure if the file is unusable.
    """

    def __init__(self, directory: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path = directory / FILE_NAME
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        with explained(self._path):
            self._kept = open_database(self._path)
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            kept, self._kept = self._kept, None
            if kept is not None:
                kept.close()

    def reset(self) -> None:
        """Delete everything: task ids start at 1 again, balances are full. Safe while a server runs."""
        empty_database(self._path)

    def balance(self, product: Product) -> int:
        """Return the balance of a product, in billed messages."""
        with self._connection() as connection:
            return _balance(connection, product)

    def accept(self, product: Product, mobiles: Sequence[str], content: str, extno: str = "") -> str | None:
        """Accept a message, charge for it, and return its task id; None if the balance is too small."""
        price = segments(content) * len(mobiles)
        now = self._clock()
        with self._connection() as connection, transaction(connection):
            if price > _balance(connection, product):
                return None
            connection.execute(
                "INSERT INTO account VALUES (?, ?) ON CONFLICT DO UPDATE SET spent = spent + excluded.spent",
                (product.value, price),
            )
            task = connection.execute(
                "INSERT INTO message (product, content, extno, time) VALUES (?, ?, ?, ?)",
                (product.value, content, extno, now),
            ).lastrowid
            connection.executemany(
                "INSERT INTO recipient (task_id, product, mobile, status, due) VALUES (?, ?, ?, ?, ?)",
                [(task, product.value, mobile, *_report_of(mobile, now)) for mobile in mobiles],
            )
            for _ in range(mobiles.count(MagicNumber.REPLIES.mobile)):
                reply = SandboxReply(MagicNumber.REPLIES.mobile, _AUTOMATIC_REPLY, now, extno, str(task))
                _insert_reply(connection, product.value, reply)
        return str(task)

    def add_reply(self, mobile: str, text: str) -> None:
        """Add a reply to the last message that a phone was sent, else to product `sms` without a task.

        Raises InputError for an invalid number, and for a text that is not valid UTF-8.
        """
        try:
            digits = normalise(mobile)
            text.encode("utf-8")
        except InvalidMobile as error:
            raise InputError(f"{mobile!r} {error}") from None
        except UnicodeEncodeError:
            raise InputError(tr("the reply is not valid UTF-8")) from None
        with self._connection() as connection, transaction(connection):
            last = connection.execute(
                "SELECT message.product, extno, message.task_id FROM recipient JOIN message USING (task_id)"
                " WHERE mobile = ? ORDER BY message.task_id DESC LIMIT 1",
                (digits,),
            ).fetchone()
            product, extno, task = last or (Product.SMS.value, "", "")
            _insert_reply(connection, product, SandboxReply(digits, text, self._clock(), extno, str(task)))

    def take_reports(self, product: Product) -> list[SandboxReport]:
        """Remove and return the reports that are due, oldest first, at most MAX_RECORDS."""
        with self._connection() as connection, transaction(connection):
            rows = connection.execute(
                "SELECT id, recipient.task_id, mobile, status, due, extno"
                " FROM recipient JOIN message USING (task_id)"
                " WHERE recipient.product = ? AND due <= ? ORDER BY due, id LIMIT ?",
                (product.value, self._clock(), MAX_RECORDS),
            ).fetchall()
            connection.executemany("UPDATE recipient SET due = NULL WHERE id = ?", [row[:1] for row in rows])
        return [SandboxReport(str(task), *rest) for _, task, *rest in rows]

    def take_replies(self, product: Product) -> list[SandboxReply]:
        """Remove and return the replies, oldest first, at most MAX_RECORDS."""
        with self._connection() as connection, transaction(connection):
            rows = connection.execute(
                "SELECT id, mobile, content, time, extno, task_id FROM reply"
                " WHERE product = ? ORDER BY id LIMIT ?",
                (product.value, MAX_RECORDS),
            ).fetchall()
            connection.executemany("DELETE FROM reply WHERE id = ?", [row[:1] for row in rows])
        return [SandboxReply(*row[1:]) for row in rows]

    @contextmanager
    def _connection(self) -> "Iterator[sqlite3.Connection]":
        with explained(self._path), self._lock:
            if self._kept is not None:
                yield self._kept
                return
            connection = open_database(self._path)
            try:
                yield connection
            finally:
                connection.close()


def _balance(connection: "sqlite3.Connection", product: Product) -> int:
    row = connection.execute("SELECT spent FROM account WHERE product = ?", (product.value,)).fetchone()
    return START_BALANCE - (row[0] if row else 0)


def _report_of(mobile: str, now: float) -> tuple[str | None, float | None]:
    """Return the status of the report on a number, and the time from which it is handed out."""
    magic = _MAGIC.get(mobile)
    match magic:
        case MagicNumber.NO_REPORT:
            return None, None
        case MagicNumber.UNDELIVERED:
            return "UNDELIV", now
        case MagicNumber.LATE_REPORT:
            return "DELIVRD", now + _LATE_SECONDS
        case MagicNumber.REFUSED | MagicNumber.REPLIES | MagicNumber.NO_ANSWER | None:
            return "DELIVRD", now
        case _:
            assert_never(magic)


def _insert_reply(connection: "sqlite3.Connection", product: str, reply: SandboxReply) -> None:
    connection.execute(
        "INSERT INTO reply (product, mobile, content, extno, task_id, time) VALUES (?, ?, ?, ?, ?, ?)",
        (product, reply.mobile, reply.content, reply.extno, reply.task_id, reply.time),
    )
