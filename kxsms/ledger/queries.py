"""Queries about a batch: its requests, its delivery and its rows."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kxsms.domain.batch import Batch, DeliverySummary, Evidence, OutcomeGroup, RecipientCounts
from kxsms.domain.batch_row import ExportRow, FailedRow
from kxsms.domain.figures import percentile
from kxsms.domain.outcome import Accepted, NotSent, Outcome, Rejected, Unknown
from kxsms.domain.plan import Problem
from kxsms.domain.results import Task
from kxsms.domain.states import RequestState
from kxsms.domain.terms import Terms
from kxsms.language import joined, tr
from kxsms.ledger.batch_states import CUT_SHORT
from kxsms.ledger.database import Database, Row
from kxsms.ledger.evidence import evidence_of
from kxsms.ledger.failed import failed_rows
from kxsms.ledger.pruned import kept_outcome
from kxsms.sqlite import stored

_PERCENTS = (50, 90, 95, 99)


def batch_of(row: Row, has_owner: Callable[[int], bool]) -> Batch:
    """Return the batch of a whole row of `batches`. `has_owner` is asked about an unfinished one only."""
    columns = row.keys()
    facts = {name: row[name] for name in Batch._fields if name in columns and name != "price"}
    facts["columns"] = tuple(json.loads(row["columns"]))
    facts["is_csv"], facts["is_test"] = bool(row["is_csv"]), bool(row["is_test"])
    facts["terms"] = Terms.of_json(row["terms"])
    if row["price"] is not None:
        from decimal import Decimal

        facts["price"] = Decimal(row["price"])
    batch = Batch(**facts, counts=RecipientCounts(*(row[name] for name in RecipientCounts._fields)))
    return batch._replace(has_owner=not batch.is_finished and has_owner(batch.id))


class BatchQueries:
    """The requests and rows of batches. Every method raises Failure where the ledger cannot be read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # The first requests of a batch that were claimed, as they were planned.
    _TASKS = """
        SELECT state, requests.recipients, code, message, task_id, reply
        FROM batches JOIN requests ON requests.id BETWEEN first_request AND last_request
        WHERE batches.id = :batch AND state != 'planned' ORDER BY requests.id LIMIT :most
    """

    def tasks(self, batch: Batch, most: int) -> tuple[Task, ...]:
        """Return the first requests of a batch that were sent, in the order in which they were planned."""
        if batch.pruned is not None:
            kept = kept_outcome(self._database, batch).tasks[:most]
            return tuple(Task(_outcome(task), task["recipients"]) for task in kept)
        rows = self._database.rows(self._TASKS, {"batch": batch.id, "most": most})
        return tuple(Task(_outcome(row), row["recipients"], kept=row["reply"]) for row in rows)

    # The replies to the requests of a batch, in the order of the requests.
    _REPLIES = """
        SELECT reply FROM batches JOIN requests ON requests.id BETWEEN first_request AND last_request
        WHERE batches.id = ? AND reply IS NOT NULL ORDER BY requests.id
    """

    def replies(self, batch: Batch) -> Iterator[bytes]:
        """Yield the replies to the requests of a batch, as the ledger keeps them."""
        for row in self._database.stream(self._REPLIES, (batch.id,)):
            yield row["reply"]

    def failed(self, batch: Batch, retries: Iterable[int]) -> Iterator[FailedRow]:
        """Yield the recipients of a batch whose delivery failed, without those of the batches `retries`."""
        return failed_rows(self._database, batch, retries)

    # The requests of a batch that were not accepted, counted by state, code and message.
    _GROUPS = """
        SELECT state, code, message, count(*) AS requests, sum(recipients) AS recipients
        FROM requests WHERE batch = ? AND state IN ('rejected', 'not_sent', 'unknown')
        GROUP BY state, code, message ORDER BY sum(recipients) DESC, state, code, message
    """

    def groups(self, batch: Batch) -> tuple[OutcomeGroup, ...]:
        """Return the requests that were not accepted, grouped by outcome, the largest group first."""
        if batch.pruned is not None:
            kept = kept_outcome(self._database, batch).groups
            found = [OutcomeGroup(RequestState(state), *facts) for state, *facts in kept]
        else:
            found = self.groups_as_stored(batch)
        return tuple(group._replace(message=_translated(group.message)) for group in found)

    def groups_as_stored(self, batch: Batch) -> list[OutcomeGroup]:
        """Return the same for a batch with requests, with the messages of kxsms in English."""
        return [
            OutcomeGroup(RequestState(state), stored(code), stored(message), *counts)
            for state, code, message, *counts in self._database.rows(self._GROUPS, (batch.id,))
        ]

    def evidence(self, batch: Batch, most: int) -> tuple[Evidence, ...]:
        """Return the first reports that may be about unknown recipients of a batch."""
        return evidence_of(self._database, batch, most)

    # The recipients of a batch whose delivery failed, counted by the gateway's status.
    _FAILURES = """
        SELECT coalesce(status, '') AS status, count(*) AS recipients FROM deliveries
        WHERE batch = ? AND state = 'failed' GROUP BY deliveries.status
        ORDER BY count(*) DESC, deliveries.status
    """

    def delivery(self, batch: Batch) -> DeliverySummary:
        """Return how a batch was delivered, according to delivery reports."""
        summary = DeliverySummary(delivered=batch.delivered, failed=batch.failed, pending=batch.pending)
        if batch.pruned is not None:
            kept = kept_outcome(self._database, batch)
            return summary._replace(
                failures=tuple((status, count) for status, count in kept.failures),
                seconds=dict(kept.seconds),
            )
        failures = self._database.rows(self._FAILURES, (batch.id,))
        return summary._replace(
            failures=tuple((str(row["status"]), row["recipients"]) for row in failures),
            seconds=self._waits(batch),
        )

    # The seconds that each delivery of a batch took.
    _SECONDS = """
        SELECT seconds FROM deliveries WHERE batch = ? AND state = 'delivered' AND seconds IS NOT NULL
    """

    def seconds(self, batch: Batch) -> Iterator[float]:
        """Yield the seconds that each delivery of a batch took."""
        return (row[0] for row in self._database.stream(self._SECONDS, (batch.id,)))

    def _waits(self, batch: Batch) -> dict[int, float]:
        seconds = sorted(self.seconds(batch))
        return {percent: percentile(seconds, percent) for percent in _PERCENTS} if seconds else {}

    # The first invalid rows of a batch's input.
    _PROBLEMS = """
        SELECT line, fields, problem
        FROM batches JOIN rows ON rows.id BETWEEN first_row AND last_row
        WHERE batches.id = :batch AND fate = 'invalid' ORDER BY row LIMIT :most
    """

    def problems(self, batch: Batch, most: int) -> tuple[Problem, ...]:
        """Return the first rows of the input that were skipped because they are invalid."""
        if not batch.invalid or batch.pruned is not None:
            return ()
        return tuple(
            Problem(batch.source, row["line"], row["fields"].split("\0")[batch.mobile_column], row["problem"])
            for row in self._database.rows(self._PROBLEMS, {"batch": batch.id, "most": most})
        )

    # All rows of a batch's input in their order, with the outcome of each, its delivery and its latest reply.
    # The columns are the fields of ExportRow, in their order.
    _ROWS = """
        SELECT fields,
            coalesce(fate, CASE requests.state
                WHEN 'planned' THEN 'not_sent' WHEN 'sending' THEN 'unknown' ELSE requests.state
            END) AS outcome,
            task_id, code, coalesce(problem, message) AS message,
            deliveries.state AS delivery, deliveries.time AS delivered_at,
            (
                SELECT content FROM records
                WHERE records.row = rows.id AND records.kind = 'mo' ORDER BY records.id DESC LIMIT 1
            ) AS reply,
            CASE WHEN :with_text THEN requests.content END AS text
        FROM batches
        JOIN rows ON rows.id BETWEEN batches.first_row AND batches.last_row
        LEFT JOIN requests ON requests.id = rows.request
        LEFT JOIN deliveries ON deliveries.row = rows.id
        WHERE batches.id = :batch ORDER BY rows.row
    """

    def rows(self, batch: Batch, *, with_text: bool = False) -> Iterator[ExportRow]:
        """Yield every row of the input, in its order, with its outcome and, `with_text`, the text sent."""
        values = {"batch": batch.id, "with_text": with_text}
        # By position: a million rows pay a quarter more for access by name.
        for fields, outcome, *facts in self._database.stream(self._ROWS, values):
            yield ExportRow(tuple(fields.split("\0")), outcome, *map(stored, facts))


def _translated(message: str | None) -> str | None:
    """Return a message in the language of the user where it is one of kxsms: those of the gateway stay."""
    return None if message is None else tr(message)


def _outcome(row: Row | Mapping[str, Any]) -> Outcome:
    code, message = stored(row["code"]), _translated(stored(row["message"]))
    match RequestState(row["state"]):
        case RequestState.ACCEPTED:
            return Accepted(code or "", message, stored(row["task_id"]))
        case RequestState.REJECTED:
            return Rejected(code or "", message)
        case RequestState.NOT_SENT:
            return NotSent(message or "", code=code)
        case RequestState.SENDING:
            return Unknown(CUT_SHORT)
        case RequestState.UNKNOWN | RequestState.PLANNED:
            return Unknown(message or "")


_KEPT = ", ".join(f"batches.{name}" for name in RecipientCounts._fields)
_COUNTED = ", ".join(
    f"sum(CASE state WHEN '{state}' THEN requests.recipients ELSE 0 END) AS counted_{state}"
    for state in RecipientCounts._fields[1:]
)

# The counters of each batch that has requests, and as `counted_…` the same, counted from these.
_SUMS = f"""
    SELECT name, {_KEPT}, sum(requests.recipients) AS counted_recipients, {_COUNTED}
    FROM batches JOIN requests ON requests.id BETWEEN first_request AND last_request
    WHERE ready GROUP BY batches.id
"""

# The same of each pruned batch, whose figures are kept by code.
_OF_PRUNED = ("recipients", "accepted", "rejected", "delivered", "failed", "replies")
_SUMS_OF_PRUNED = f"""
    SELECT name, {", ".join(f"batches.{count}" for count in _OF_PRUNED)},
        {", ".join(f"sum(pruned_figures.{count}) AS counted_{count}" for count in _OF_PRUNED)}
    FROM batches JOIN pruned_figures ON pruned_figures.batch = batches.id GROUP BY batches.id
"""


def discrepancies(database: Database) -> list[str]:
    """Return the faults that the engine finds itself, those of the schema, and wrong counters."""
    problems = [*database.damage(), *database.schema_differences()]
    if problems:
        return problems  # counting might fail
    for row in map(dict, (*database.rows(_SUMS), *database.rows(_SUMS_OF_PRUNED))):
        counts = [name for name in row if f"counted_{name}" in row]
        pairs = [(count, row[count], row[f"counted_{count}"]) for count in counts]
        wrong = [
            tr("{count} {kept} and not {counted}", count=count, kept=kept, counted=counted)
            for count, kept, counted in pairs
            if kept != counted
        ]
        if wrong:
            problems.append(tr("batch {name} says {wrong}", name=row["name"], wrong=joined(wrong)))
    return problems
