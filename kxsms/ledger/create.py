"""Copies a draft into the ledger, in short transactions, hidden until it is whole."""

import json
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kxsms.domain.batch import BatchHeader
from kxsms.domain.plan import Plan
from kxsms.errors import Busy
from kxsms.ledger.locks import Locks
from kxsms.ledger.overlap import went_on
from kxsms.sqlite import transaction

if TYPE_CHECKING:
    import sqlite3

_AT_A_TIME = 100_000
"""Rows in one transaction: nobody else waits for longer than that takes, a third of a second. Nearly every
page of the index of numbers changes in each, so fewer rows would take longer in all."""

_CACHE_KIB = 16 * 1024
_CHECKPOINT_PAGES = 10_000


@dataclass(frozen=True)
class LedgerSnapshot:
    """What somebody knew of the other batches when they looked: the last one, the last turn, and which had an
    owner."""

    last: int
    turn: int
    owned: tuple[int, ...]

    def is_old(self, connection: "sqlite3.Connection", locks: Locks) -> bool:
        """Whether another one has come into being, or has gone on, that had no owner then."""
        (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM batches").fetchone()
        if last > self.last or went_on(connection, self.turn, self.owned):
            return True
        unfinished = connection.execute("SELECT id FROM batches WHERE finished IS NULL").fetchall()
        return any(locks.is_taken(batch) for (batch,) in unfinished if batch not in self.owned)


class LedgerChanged(Exception):
    """Somebody has begun another batch meanwhile."""


def refuse_twin(connection: "sqlite3.Connection", header: BatchHeader, after: int) -> None:
    """Raise Busy if another process is just writing the same, or has begun it since batch `after`."""
    twin = connection.execute(
        "SELECT name FROM batches WHERE (id > ? OR NOT ready) AND (fingerprint = ? OR idempotency_key = ?)",
        (after, header.fingerprint, header.idempotency_key),
    ).fetchone()
    if twin is not None:
        raise Busy(f"another process has just begun the same, as batch {twin[0]}", "run the command again")


class BatchWriter:
    """One batch on its way from the draft into the ledger."""

    def __init__(
        self,
        connection: "sqlite3.Connection",
        locks: Locks,
        header: BatchHeader,
        plan: Plan,
        name: str,
        *,
        seen: LedgerSnapshot | None,
    ) -> None:
        self._connection = connection
        self._locks = locks
        self._header = header
        self._plan = plan
        self._name = name
        self._seen = seen

    def run(self, after: int) -> None:
        """Write it. A small one is a single transaction.

        Raises Busy if the same was begun since batch `after` was the last or is just being written, and
        Overtaken if it matters what others do and somebody has begun or gone on since.
        """
        steps = self._steps(after)
        is_small = self._plan.rows <= _AT_A_TIME
        if not is_small:
            # The index of a million numbers fits into this, and each page of it goes to the file less often.
            self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            self._connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        with transaction(self._connection) if is_small else nullcontext():
            while True:
                with nullcontext() if is_small else transaction(self._connection):
                    if next(steps, None) is None:
                        return

    def _steps(self, after: int) -> Iterator[bool]:
        self._begin(after)
        yield True
        (rows,) = self._connection.execute("SELECT coalesce(max(row), 0) FROM temp.staged").fetchone()
        for step, last in (
            (self._rows, self._plan.recipients),
            (self._requests, rows),
            (self._others, rows if self._plan.recipients < rows else 0),
        ):
            for start in range(1, last + 1, _AT_A_TIME):
                step(start, start + _AT_A_TIME - 1)
                yield True
        self._connection.execute("UPDATE batches SET ready = 1 WHERE id = ?", (self._batch,))
        yield True

    def _begin(self, after: int) -> None:
        header, plan = self._header, self._plan
        refuse_twin(self._connection, header, after)
        if self._seen is not None and self._seen.is_old(self._connection, self._locks):
            raise LedgerChanged
        self._row, self._request, turn = self._connection.execute(
            "SELECT coalesce(max(last_row), 0), coalesce(max(last_request), 0), (SELECT turn FROM turns)"
            " FROM batches"
        ).fetchone()
        now = time.time()
        values = {
            "name": self._name,
            "created": now,
            "finished": None if plan.recipients else now,
            "profile": header.profile,
            "account": header.account,
            "product": header.product,
            "extno": header.extno,
            "source": header.source,
            "is_csv": header.is_csv,
            "columns": json.dumps(header.columns, ensure_ascii=False),
            "mobile_column": header.mobile_column,
            "fingerprint": header.fingerprint,
            "source_key": header.source_key,
            "idempotency_key": header.idempotency_key,
            "first_row": self._row + 1,
            "last_row": self._row + plan.rows,
            "first_request": self._request + 1,
            "last_request": self._request + plan.requests,
            "recipients": plan.recipients,
            "duplicates": plan.duplicates,
            "invalid": plan.invalid,
            "skipped": plan.skipped,
            "segments": plan.segments,
            "requests": plan.requests,
            "turn": turn,
        }
        self._batch = self._connection.execute(
            f"INSERT INTO batches ({', '.join(values)}) VALUES ({', '.join(f':{name}' for name in values)})",
            values,
        ).lastrowid
        assert self._batch is not None
        # Before anybody can see the batch, lest it be swept as a crash's leftover.
        if not self._locks.take(self._batch):
            raise AssertionError("a new batch is locked")

    def _rows(self, first: int, last: int) -> None:
        """The rows placed first to last."""
        self._connection.execute(
            "INSERT INTO rows (id, row, line, mobile, request, fields)"
            " SELECT ? + placed.id, staged.row, line, mobile,"
            "  ? + texts.request + 1 + (placed.id - 1 - texts.first) / texts.capacity, fields"
            " FROM temp.placed CROSS JOIN temp.staged ON staged.row = placed.row"
            " CROSS JOIN temp.placed_texts AS texts ON texts.text = staged.text"
            " WHERE placed.id BETWEEN ? AND ? ORDER BY placed.id",
            (self._row, self._request, first, last),
        )

    def _requests(self, first: int, last: int) -> None:
        """The requests with the texts that come up first in the rows first to last."""
        self._connection.execute(
            """
            INSERT INTO requests (id, batch, first_row, last_row, recipients, segments, content)
            WITH RECURSIVE made (text, number, first, rows) AS (
                SELECT text, 1, first + 1, min(rows, capacity) FROM temp.placed_texts
                    WHERE text BETWEEN :first AND :last
                UNION ALL
                SELECT made.text, number + 1, made.first + capacity,
                        min(texts.rows - number * capacity, capacity)
                    FROM made JOIN temp.placed_texts AS texts ON texts.text = made.text
                    WHERE number < texts.requests
            )
            SELECT :request + texts.request + number, :batch, :row + made.first,
                :row + made.first + made.rows - 1, made.rows, texts.segments, content
            FROM made CROSS JOIN temp.placed_texts AS texts ON texts.text = made.text
            CROSS JOIN temp.staged ON staged.row = made.text ORDER BY 1
            """,
            {
                "first": first,
                "last": last,
                "request": self._request,
                "batch": self._batch,
                "row": self._row,
            },
        )

    def _others(self, first: int, last: int) -> None:
        """The rows to which nothing is sent."""
        others = self._connection.execute(
            "SELECT row, line, mobile, fate, problem, fields FROM temp.staged"
            " WHERE row BETWEEN ? AND ? AND fate IS NOT NULL ORDER BY row",
            (first, last),
        ).fetchall()
        if not others:
            return
        (taken,) = self._connection.execute(
            "SELECT coalesce(max(id), ?) FROM rows WHERE id BETWEEN ? AND ?",
            (self._row, self._row + 1, self._row + self._plan.rows),
        ).fetchone()
        self._connection.executemany(
            "INSERT INTO rows (id, row, line, mobile, fate, problem, fields) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(taken + place, *other) for place, other in enumerate(others, start=1)],
        )

    @staticmethod
    def sweep(connection: "sqlite3.Connection", batch: int) -> None:
        """Remove a batch that was never finished being written."""
        connection.execute(
            "DELETE FROM rows WHERE id BETWEEN (SELECT first_row FROM batches WHERE id = :batch)"
            " AND (SELECT last_row FROM batches WHERE id = :batch)",
            {"batch": batch},
        )
        connection.execute(
            "DELETE FROM requests WHERE id BETWEEN (SELECT first_request FROM batches WHERE id = :batch)"
            " AND (SELECT last_request FROM batches WHERE id = :batch)",
            {"batch": batch},
        )
        connection.execute("DELETE FROM batches WHERE id = ?", (batch,))
