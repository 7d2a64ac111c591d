"""Reads from the ledger what people and scripts ask about a batch."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from kxsms.domain.batch import Batch, DeliverySummary, ExportRow, OutcomeGroup, RecipientCounts, RequestState
from kxsms.domain.outcome import Accepted, NotSent, Outcome, Rejected, Unknown
from kxsms.domain.plan import Problem
from kxsms.domain.results import Task
from kxsms.ledger.claims import CUT_SHORT
from kxsms.sqlite import stored

if TYPE_CHECKING:
    import sqlite3

_COUNTS = ("recipients", "sending", "accepted", "rejected", "not_sent", "unknown")
_COLUMNS = (
    *("id", "name", "created", "finished", "profile", "account", "product", "extno", "source", "is_csv"),
    *("columns", "mobile_column", "fingerprint", "source_key"),
    *("duplicates", "invalid", "skipped", "segments", "requests", "tried"),
    *("delivered", "failed", "replies"),
)
_FIRST = "(SELECT first_request FROM batches WHERE id = :batch)"
_LAST = "(SELECT last_request FROM batches WHERE id = :batch)"
_PERCENTS = (50, 90, 99)
_BAD = "state IN ('rejected', 'not_sent', 'unknown')"


def batches(
    connection: "sqlite3.Connection",
    has_owner: Callable[[int], bool],
    condition: str,
    values: Sequence[object],
    order: str,
) -> Iterator[Batch]:
    """The batches that fulfil a condition. Whether one is held is asked of the unfinished ones alone."""
    rows = connection.execute(
        f"SELECT {', '.join(_COLUMNS + _COUNTS)} FROM batches WHERE ready AND {condition} ORDER BY {order}",
        values,
    )
    for row in rows:
        facts = dict(zip(_COLUMNS, row, strict=False))
        counts = RecipientCounts(*row[len(_COLUMNS) :])
        facts["columns"] = tuple(json.loads(facts["columns"]))
        facts["is_csv"] = bool(facts["is_csv"])
        batch = Batch(**facts, counts=counts)
        yield Batch(**facts, counts=counts, has_owner=not batch.is_finished and has_owner(batch.id))


class BatchQueries:
    """The requests and rows of batches. Every method raises Failure where the ledger cannot be read."""

    def __init__(
        self, connection: "sqlite3.Connection", explained: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._connection = connection
        self._explained = explained

    def tasks(self, batch: Batch, most: int) -> tuple[Task, ...]:
        """The first requests of a batch that were made, in the order in which they were planned."""
        with self._explained():
            rows = self._connection.execute(
                "SELECT state, recipients, code, message, task_id, reply FROM requests"
                f" WHERE id BETWEEN {_FIRST} AND {_LAST} AND state != 'planned' ORDER BY id LIMIT :most",
                {"batch": batch.id, "most": most},
            )
            return tuple(
                Task(_outcome(state, stored(code), stored(message), stored(task_id)), recipients, kept=reply)
                for state, recipients, code, message, task_id, reply in rows
            )

    def replies(self, batch: Batch) -> Iterator[bytes]:
        """The replies to a batch's requests, as they are kept."""
        with self._explained():
            rows = self._connection.execute(
                f"SELECT reply FROM requests WHERE id BETWEEN {_FIRST} AND {_LAST} AND reply IS NOT NULL"
                " ORDER BY id",
                {"batch": batch.id},
            )
            for (reply,) in rows:
                yield reply

    def groups(self, batch: Batch) -> tuple[OutcomeGroup, ...]:
        """What was not accepted, by what became of it, the largest part first."""
        with self._explained():
            rows = self._connection.execute(
                "SELECT state, code, message, count(*), sum(recipients) FROM requests"
                f" WHERE batch = :batch AND {_BAD} GROUP BY state, code, message ORDER BY 5 DESC, 1, 2, 3",
                {"batch": batch.id},
            )
            return tuple(
                OutcomeGroup(RequestState(state), stored(code), stored(message), requests, recipients)
                for state, code, message, requests, recipients in rows
            )

    def delivery(self, batch: Batch) -> DeliverySummary:
        """How a batch was delivered, as far as delivery reports say."""
        with self._explained():
            failures = self._connection.execute(
                "SELECT coalesce(status, ''), count(*) FROM deliveries WHERE batch = ? AND state = 'failed'"
                " GROUP BY status ORDER BY 2 DESC, 1",
                (batch.id,),
            ).fetchall()
            return DeliverySummary(
                delivered=batch.delivered,
                failed=batch.failed,
                pending=max(0, batch.counts.accepted - batch.delivered - batch.failed),
                failures=tuple((str(status), int(count)) for status, count in failures),
                minutes=tuple(self._minutes(batch)),
            )

    def _minutes(self, batch: Batch) -> Iterator[tuple[int, float]]:
        seconds = [
            row[0]
            for row in self._connection.execute(
                "SELECT seconds FROM deliveries"
                " WHERE batch = ? AND state = 'delivered' AND seconds IS NOT NULL",
                (batch.id,),
            )
        ]
        seconds.sort()
        for percent in _PERCENTS if seconds else ():
            yield percent, round(seconds[-(-len(seconds) * percent // 100) - 1] / 60, 1)

    def problems(self, batch: Batch, most: int) -> tuple[Problem, ...]:
        """The first of the input's rows that were left out as invalid."""
        if not batch.invalid:
            return ()
        with self._explained():
            rows = self._connection.execute(
                "SELECT line, fields, problem FROM rows"
                " WHERE id BETWEEN (SELECT first_row FROM batches WHERE id = :batch)"
                " AND (SELECT last_row FROM batches WHERE id = :batch) AND fate = 'invalid'"
                " ORDER BY row LIMIT :most",
                {"batch": batch.id, "most": most},
            )
            return tuple(
                Problem(batch.source, line, fields.split("\0")[batch.mobile_column], problem)
                for line, fields, problem in rows
            )

    def rows(self, batch: Batch) -> Iterator[ExportRow]:
        """Every row of the input, in its order, and what became of it."""
        with self._explained():
            rows = self._connection.execute(
                "SELECT fields, coalesce(fate, CASE requests.state WHEN 'planned' THEN 'not_sent'"
                " WHEN 'sending' THEN 'unknown' ELSE requests.state END),"
                " task_id, code, coalesce(problem, message),"
                " deliveries.state, deliveries.time, (SELECT content FROM records"
                " WHERE records.row = rows.id AND records.kind = 'mo' ORDER BY records.id DESC LIMIT 1)"
                " FROM rows LEFT JOIN requests ON requests.id = request"
                " LEFT JOIN deliveries ON deliveries.row = rows.id"
                " WHERE rows.id BETWEEN (SELECT first_row FROM batches WHERE id = :batch)"
                " AND (SELECT last_row FROM batches WHERE id = :batch) ORDER BY rows.row",
                {"batch": batch.id},
            )
            for fields, outcome, *facts in rows:
                yield ExportRow(tuple(fields.split("\0")), outcome, *map(stored, facts))


def _outcome(state: str, code: str | None, message: str | None, task_id: str | None) -> Outcome:
    match RequestState(state):
        case RequestState.ACCEPTED:
            return Accepted(code or "", message, task_id)
        case RequestState.REJECTED:
            return Rejected(code or "", message)
        case RequestState.NOT_SENT:
            return NotSent(message or "", code=code)
        case RequestState.SENDING:
            return Unknown(CUT_SHORT)
        case RequestState.UNKNOWN | RequestState.PLANNED:
            return Unknown(message or "")


def discrepancies(connection: "sqlite3.Connection") -> list[str]:
    """What is wrong with the file by SQLite's own check, and with the sums of its batches."""
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    problems = [] if found == ["ok"] else found
    states = ", ".join(
        f"sum(CASE WHEN state = '{state}' THEN r.recipients ELSE 0 END)" for state in _COUNTS[1:]
    )
    rows = connection.execute(
        f"SELECT b.name, b.recipients, {', '.join(f'b.{name}' for name in _COUNTS[1:])},"
        f" sum(r.recipients), {states} FROM batches AS b JOIN requests AS r"
        " ON r.id BETWEEN b.first_request AND b.last_request WHERE b.ready GROUP BY b.id"
    )
    for name, *sums in rows:
        said, counted = sums[: len(_COUNTS)], sums[len(_COUNTS) :]
        if said != counted:
            pairs = zip(_COUNTS, said, counted, strict=True)
            wrong = ", ".join(f"{what} {a} and not {b}" for what, a, b in pairs if a != b)
            problems.append(f"batch {name} says {wrong}")
    return problems
