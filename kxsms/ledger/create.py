"""The copying of a staged plan into the ledger, in short transactions, hidden until it is whole.

A copy that a crash left unfinished is swept later.
"""

import json
from collections.abc import Iterator
from dataclasses import fields

from kxsms.domain.batch import Batch, BatchHeader, RecipientCounts
from kxsms.domain.plan import Plan
from kxsms.errors import Busy
from kxsms.language import tr
from kxsms.ledger.database import Database
from kxsms.ledger.forgotten import HAS_KEY, keys_of
from kxsms.ledger.opt_out_filter import StagedOptOuts
from kxsms.ledger.origins import key_at
from kxsms.ledger.owners import Owners
from kxsms.ledger.snapshot import LedgerChanged, LedgerSnapshot, refuse_twin


class BatchWriter:
    """A batch while it is copied from its staged plan into the ledger."""

    def __init__(
        self,
        database: Database,
        owners: Owners,
        header: BatchHeader,
        plan: Plan,
        name: str,
        snapshot: LedgerSnapshot | None,
        opt_outs: StagedOptOuts,
    ) -> None:
        self._database = database
        self._owners = owners
        self._header = header
        self._plan = plan
        self._name = name
        self._snapshot = snapshot
        self._opt_outs = opt_outs

    def run(self, after: int, superseded: Batch | None = None) -> None:
        """Write the batch, which takes over the key of `superseded`. Write a small one in one transaction.

        Raise Busy as `refuse_twin` does, and LedgerChanged if the snapshot of the other batches is stale.
        """
        steps = self._steps(after, superseded)
        if self._plan.rows <= self._database.rows_at_a_time:
            with self._database.transaction():
                for _ in steps:
                    pass
            return
        self._database.expect_many()
        is_hidden: bool | None = False
        while is_hidden is not None:
            with self._database.aside(self._batch) if is_hidden else self._database.transaction():
                is_hidden = next(steps, None)

    def _steps(self, after: int, superseded: Batch | None) -> Iterator[bool]:
        """Yield after each part that may be committed on its own, and say whether the next one is hidden."""
        if superseded is not None:
            self._supersede(superseded)
        self._write_batch(after)
        rows = self._database.value("SELECT coalesce(max(row), 0) FROM temp.staged")
        size = self._database.rows_at_a_time
        left = [
            (step, start)
            for step, last in (
                (self._write_recipients, self._plan.recipients),
                (self._write_requests, rows),
                (self._write_others, rows if self._plan.recipients < rows else 0),
            )
            for start in range(1, last + 1, size)
        ]
        while left:
            yield True
            step, start = left.pop(0)
            step(start, start + size - 1)
        yield False
        self._opt_outs.name_again()
        self._database.execute("UPDATE batches SET ready = TRUE WHERE id = ?", (self._batch,))

    # A batch that came to nothing gives up its key.
    _SUPERSEDE = f"""
        UPDATE batches SET idempotency_key = NULL, superseded_by = :name
        WHERE id = :batch AND {HAS_KEY} AND accepted + unknown + sending = 0
    """

    def _supersede(self, batch: Batch) -> None:
        key = self._header.idempotency_key
        assert key is not None
        keys = keys_of(self._database, self._header.origin, key)
        values = {"name": self._name, "batch": batch.id, **keys}
        if not self._database.execute(self._SUPERSEDE, values):
            raise Busy(
                tr("another process has just changed batch {name}", name=batch.name),
                tr("run the same command again"),
            )

    # The last row and the last request of the ledger, and its turn.
    # Ids and ranges grow together, as each batch takes them in one transaction: the newest has the last ones,
    # unless the requests of an older batch were moved behind all others, to make room among them.
    _END = """
        SELECT coalesce((SELECT last_row FROM batches ORDER BY id DESC LIMIT 1), 0) AS row,
            max(
                coalesce((SELECT last_request FROM batches ORDER BY id DESC LIMIT 1), 0),
                coalesce((SELECT max(id) FROM requests), 0)
            ) AS request,
            turn
        FROM turns
    """

    def _write_batch(self, after: int) -> None:
        """Write the batch itself, hidden, with the ranges of rows and requests that it will fill."""
        refuse_twin(self._database, self._header, after)
        if self._snapshot is not None and self._snapshot.is_stale(self._database, self._owners):
            raise LedgerChanged
        end = self._database.row(self._END)
        assert end is not None
        self._row, self._request = end["row"], end["request"]
        now = self._database.now()
        values = {
            **self._header._asdict(),
            **_figures(self._plan),
            "terms": self._header.terms.json(),
            "price": None if self._header.price is None else str(self._header.price),
            "is_test": self._header.is_test,
            "columns": json.dumps(self._header.columns, ensure_ascii=False),
            "idempotency_key": key_at(self._header.origin, self._header.idempotency_key),
            "name": self._name,
            "created": now,
            "finished": None if self._plan.recipients else now,
            "first_row": self._row + 1,
            "last_row": self._row + self._plan.rows,
            "first_request": self._request + 1,
            "last_request": self._request + self._plan.requests,
            "turn": end["turn"],
        }
        columns, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        self._batch = self._database.insert(f"INSERT INTO batches ({columns}) VALUES ({marks})", values)
        # Before other processes can see the batch: they would sweep it.
        if not self._owners.take(self._batch):
            raise AssertionError("a new batch has an owner")

    # The rows that are sent to, from one number to another. A row's request is the first one of its text plus
    # as many as the earlier rows of that text fill: each takes `capacity` of them.
    _RECIPIENTS = """
        INSERT INTO rows (id, row, line, mobile, request, fields)
        SELECT :row + numbered.id, staged.row, line, mobile,
            :request + assigned.request + 1 + (numbered.id - 1 - assigned.first) / assigned.capacity, fields
        FROM temp.numbered
        CROSS JOIN temp.staged ON staged.row = numbered.row
        CROSS JOIN temp.assigned ON assigned.text = staged.text
        WHERE numbered.id BETWEEN :first AND :last ORDER BY numbered.id
    """

    def _write_recipients(self, first: int, last: int) -> None:
        values = {"first": first, "last": last, "row": self._row, "request": self._request}
        self._database.execute(self._RECIPIENTS, values)

    # The requests of the texts that come first in the rows from one to another. `made` lists them for each
    # text: the number of the request among those of its text, its first row, and how many rows are left for
    # it and for those after it; it takes as many as fit.
    _REQUESTS = """
        INSERT INTO requests (id, batch, first_row, last_row, recipients, segments, content)
        WITH RECURSIVE made (text, number, first, rows, request, requests, capacity, segments) AS (
            SELECT text, 1, first + 1, rows, request, requests, capacity, segments
            FROM temp.assigned WHERE text BETWEEN :first AND :last
            UNION ALL
            SELECT text, number + 1, first + capacity, rows - capacity, request, requests, capacity, segments
            FROM made WHERE number < requests
        )
        SELECT :request + made.request + number, :batch, :row + made.first,
            :row + made.first + min(rows, made.capacity) - 1, min(rows, made.capacity), made.segments, content
        FROM made
        CROSS JOIN temp.staged ON staged.row = made.text AND staged.row BETWEEN :first AND :last ORDER BY 1
    """

    def _write_requests(self, first: int, last: int) -> None:
        values = {"first": first, "last": last, "batch": self._batch}
        self._database.execute(self._REQUESTS, {**values, "row": self._row, "request": self._request})

    # The rows that are not sent to, numbered after all rows that the batch has so far.
    _OTHERS = """
        INSERT INTO rows (id, row, line, mobile, fate, problem, fields)
        SELECT row_number() OVER (ORDER BY staged.row) + (
                SELECT coalesce(max(id), :row) FROM rows WHERE id BETWEEN :row + 1 AND :row + :rows
            ),
            staged.row, line, mobile, fate, problem, fields
        FROM temp.staged
        WHERE staged.row BETWEEN :first AND :last AND fate IS NOT NULL ORDER BY staged.row
    """

    def _write_others(self, first: int, last: int) -> None:
        values = {"first": first, "last": last, "row": self._row, "rows": self._plan.rows}
        self._database.execute(self._OTHERS, values)


def _figures(plan: Plan) -> dict[str, int]:
    """Return the figures of a plan that a batch keeps: the fields that both have."""
    kept = {*Batch._fields, *RecipientCounts._fields}
    return {field.name: getattr(plan, field.name) for field in fields(plan) if field.name in kept}


# The batches that are not whole, and the statements that remove one with the rows and requests in its ranges,
# and give its key back to the batch that it superseded.
_NOT_READY = """
    SELECT id, name, idempotency_key, first_row, last_row, first_request, last_request
    FROM batches WHERE NOT ready
"""
_REMOVE = (
    "DELETE FROM batches WHERE id = :id",  # first: it waits for a process that is writing rows
    "DELETE FROM rows WHERE id BETWEEN :first_row AND :last_row",
    "DELETE FROM requests WHERE id BETWEEN :first_request AND :last_request",
    "DELETE FROM owners WHERE batch = :id",
    "UPDATE batches SET idempotency_key = :idempotency_key, superseded_by = NULL WHERE superseded_by = :name",
)


def sweep(database: Database, owners: Owners) -> None:
    """Remove the batches that a crash left half written. This also shows whether the file can be written."""
    with database.transaction():
        database.execute_later("DELETE FROM batches WHERE FALSE")  # BEGIN alone does not show it
        for row in database.rows(_NOT_READY):
            if owners.take(row["id"]):
                for statement in _REMOVE:
                    database.execute(statement, dict(row))
                owners.release(row["id"])
