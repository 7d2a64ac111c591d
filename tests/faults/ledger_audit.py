"""The audit of a whole ledger while no process uses it, with any number of batches."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tests.conftest import Run
from tests.engines import query_ledger
from tests.faults.gateway import FaultGateway, Pair

_ROWS = """
SELECT rows.mobile, coalesce(requests.content, rows.fate) FROM rows JOIN batches ON batches.name = ?
LEFT JOIN requests ON requests.id = rows.request
WHERE rows.id BETWEEN batches.first_row AND batches.last_row ORDER BY rows.row
"""
_ONCE_UNKNOWN = """
SELECT mobile, content FROM requests JOIN rows ON rows.request = requests.id
WHERE requests.state = 'sending' OR requests.id IN (SELECT request FROM attempts WHERE state = 'unknown')
"""


def discrepancies(run: Run, gateway: FaultGateway, *, allowed: Mapping[Pair, int] | None = None) -> list[str]:
    """Return every difference between the gateway, the exports, the list of batches and the file, in words.

    Each pair may have been accepted once, and `allowed` times more because a person asked for it.
    """
    allowed = allowed or {}
    with gateway.paused():
        accepted, task_ids = Counter(gateway.accepted), {**gateway.all_task_ids}
    found = [
        f"{pair} was accepted {count} times"
        for pair, count in accepted.items()
        if count > 1 + allowed.get(pair, 0)
    ]
    outcomes: dict[Pair, list[str]] = defaultdict(list)
    for batch in run("batch", "list", "--limit", "1000", "-o", "json").json:
        rows = run("batch", "export", batch["batch"], "-o", "json").json
        found += _wrong_sums(batch, rows)
        for pair, row in zip(pairs_of(batch["batch"]), rows, strict=True):
            if row["mobile"] != pair[0]:
                found.append(f"batch {batch['batch']} exports {row['mobile']} instead of {pair[0]}")
            outcomes[pair].append(row["kxsms_outcome"])
            if row["kxsms_outcome"] == "accepted" and row["kxsms_task_id"] not in task_ids.get(pair, ()):
                found.append(f"{pair} has the task id {row['kxsms_task_id']} of another recipient")
    once_unknown = once_unknown_pairs()
    for pair in accepted:
        if not ({"accepted", "unknown"} & set(outcomes[pair]) or pair in once_unknown):
            found.append(f"{pair} was accepted, but is {outcomes[pair] or 'lost'}")
    check = run("batch", "check", "-o", "json")
    if check.status != 0:
        found.append(f"batch check: {check.err}")
    return found


def _wrong_sums(batch: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    names = ("accepted", "rejected", "not_sent", "unknown")
    counted = Counter(row["kxsms_outcome"] for row in rows)
    listed = {name: batch[name] for name in names}
    if batch["state"] == "running":
        yield f"batch {batch['batch']} is running"
    if listed != {name: counted[name] for name in names}:
        yield f"batch {batch['batch']} has the counts {listed}, but its export {dict(counted)}"


def pairs_of(name: str) -> list[Pair]:
    """Return the number and the text of each row of a batch, in the order of the input.

    A row that is not sent has the reason in place of the text.
    """
    return [(str(mobile), text) for mobile, text in query_ledger(_ROWS, (name,))]


def once_unknown_pairs() -> set[Pair]:
    """Return the pairs that may have been accepted in an attempt with an unknown outcome, now or earlier."""
    return {(str(mobile), content) for mobile, content in query_ledger(_ONCE_UNKNOWN)}
