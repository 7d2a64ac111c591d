"""The facts about a pruned batch that stay: its outcome, which the same send shows again, and its figures."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from kxsms.domain.batch import Batch, OutcomeGroup
from kxsms.domain.masking import masked_text
from kxsms.domain.states import RequestState
from kxsms.ledger.database import Database
from kxsms.sqlite import stored

MOST_TASKS = 100
_ACCEPTED = "0"
_COUNTS = ("recipients", "accepted", "rejected", "segments", "delivered", "failed", "replies", "opted_out")


class KeptOutcome(NamedTuple):
    """The outcome of a pruned batch, for programs and people. The numbers in messages are masked.

    `tasks` are its first requests, `groups` those that were not accepted, `failures` and `seconds` are of
    its deliveries: see DeliverySummary.
    """

    tasks: list[dict[str, Any]]
    groups: list[list[Any]]
    failures: list[list[Any]]
    seconds: list[tuple[int, float]]

    def json(self) -> str:
        """Return it as the ledger keeps it."""
        return json.dumps(self._asdict())  # in ASCII, which half a character survives


_READ = "SELECT outcome FROM outcomes WHERE batch = ?"


def kept_outcome(database: Database, batch: Batch) -> KeptOutcome:
    """Return the outcome that was kept of a pruned batch."""
    return KeptOutcome(**json.loads(database.value(_READ, (batch.id,))))


# The first requests of a batch that were claimed, as they were planned.
_TASKS = """
    SELECT state, recipients, code, message, task_id FROM requests
    WHERE id BETWEEN :first AND :last AND state != 'planned' ORDER BY id LIMIT :most
"""


def tasks_to_keep(database: Database, place: dict[str, int]) -> list[dict[str, Any]]:
    """Return the first requests of a batch. `place` holds its first and last row and request."""
    return [
        {
            "state": row["state"],
            "recipients": row["recipients"],
            "code": stored(row["code"]),
            "message": _masked(stored(row["message"])),
            "task_id": stored(row["task_id"]),
        }
        for row in database.rows(_TASKS, {**place, "most": MOST_TASKS})
    ]


def groups_to_keep(groups: Iterable[OutcomeGroup]) -> list[list[Any]]:
    """Return groups of requests with masked messages. Those that are equal then are one."""
    sums: dict[tuple[RequestState, str | None, str | None], list[int]] = {}
    for group in groups:
        counts = sums.setdefault((group.state, group.code, _masked(group.message)), [0, 0])
        counts[0] += group.requests
        counts[1] += group.recipients
    return [[*key, *counts] for key, counts in sums.items()]


def _masked(text: str | None) -> str | None:
    return None if text is None else masked_text(text)


# The requests of a batch, by their code.
_REQUESTS = """
    SELECT code, sum(recipients) AS recipients,
        sum(CASE state WHEN 'accepted' THEN recipients ELSE 0 END) AS accepted,
        sum(CASE state WHEN 'rejected' THEN recipients ELSE 0 END) AS rejected,
        sum(CASE state WHEN 'accepted' THEN recipients * segments ELSE 0 END) AS segments
    FROM requests WHERE id BETWEEN :first AND :last GROUP BY code
"""

# The deliveries to the recipients of requests without the code of an accepted one: few, so that the many
# others need not be looked at.
_DELIVERIES = f"""
    SELECT code, count(*) FILTER (WHERE deliveries.state = 'delivered') AS delivered,
        count(*) FILTER (WHERE deliveries.state = 'failed') AS failed
    FROM requests
    CROSS JOIN rows ON rows.id BETWEEN requests.first_row AND requests.last_row AND rows.request = requests.id
    CROSS JOIN deliveries ON deliveries.row = rows.id
    WHERE requests.id BETWEEN :first AND :last AND code IS NOT '{_ACCEPTED}' AND requests.task_id IS NOT NULL
    GROUP BY code
"""

# Their replies, and how many of these opted out.
_REPLIES = f"""
    SELECT code, count(*) AS replies,
        count(*) FILTER (
            WHERE EXISTS (SELECT 1 FROM opt_outs WHERE opt_outs.record = records.id)
        ) AS opted_out
    FROM records
    CROSS JOIN rows ON rows.id = records.row
    CROSS JOIN requests ON requests.id = rows.request
    WHERE records.batch = :batch AND records.kind = 'mo' AND code IS NOT '{_ACCEPTED}' GROUP BY code
"""


def figures_of(database: Database, batch: Batch, place: dict[str, int], opted_out: int) -> list[Any]:
    """Return the figures of a batch by the code of its requests, in the order of the columns of `_KEEP`.

    `opted_out` recipients replied that they want no more texts.
    """
    found: dict[str | bytes | None, Counter[str]] = {}
    statements = [_REQUESTS]
    statements += [_DELIVERIES] if batch.delivered + batch.failed else []
    statements += [_REPLIES] if batch.replies else []
    for statement in statements:
        for row in database.rows(statement, {**place, "batch": batch.id}):
            counts = dict(row)
            found.setdefault(counts.pop("code"), Counter()).update(counts)
    rest = {"delivered": batch.delivered, "failed": batch.failed, "replies": batch.replies}
    accepted = Counter({**rest, "opted_out": opted_out})
    for code, others in found.items():
        if code != _ACCEPTED:
            accepted.subtract({name: others[name] for name in accepted})
    if any(accepted.values()) or _ACCEPTED in found:
        found.setdefault(_ACCEPTED, Counter()).update(accepted)
    return [(batch.id, code, *(counts[name] for name in _COUNTS)) for code, counts in found.items()]


_KEEP = f"""
    INSERT INTO pruned_figures (batch, code, {", ".join(_COUNTS)})
    VALUES (?, ?, {", ".join("?" * len(_COUNTS))})
"""


def keep_figures(database: Database, figures: Iterable[Any]) -> None:
    """Write the figures of a batch. Call it inside a transaction."""
    database.executemany(_KEEP, figures)


_KEEP_OUTCOME = "INSERT INTO outcomes (batch, outcome) VALUES (?, ?)"


def keep_outcome(database: Database, batch: Batch, outcome: KeptOutcome) -> None:
    """Write the outcome of a batch. Call it inside a transaction."""
    database.execute(_KEEP_OUTCOME, (batch.id, outcome.json()))
