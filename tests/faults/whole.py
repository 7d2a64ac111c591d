"""What has to hold of a whole ledger whenever nobody is at work, however many batches it has."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any

from tests.conftest import Run
from tests.faults.audit import ledger
from tests.faults.gateway import FaultGateway, Pair

_ROWS = """
SELECT rows.mobile, coalesce(requests.content, rows.fate) FROM rows JOIN batches ON batches.name = ?
LEFT JOIN requests ON requests.id = rows.request
WHERE rows.id BETWEEN batches.first_row AND batches.last_row ORDER BY rows.row
"""
_DOUBTFUL = """
SELECT mobile, content FROM requests JOIN rows ON rows.request = requests.id
WHERE requests.state = 'sending' OR requests.id IN (SELECT request FROM attempts WHERE state = 'unknown')
"""


def discrepancies(run: Run, gateway: FaultGateway, *, allowed: Mapping[Pair, int] | None = None) -> list[str]:
    """What is wrong between the gateway, the export, the list of batches and the file, in words.

    Each pair may have been accepted once, and `allowed` times more: so often somebody has asked for it.
    """
    allowed = allowed or {}
    with gateway.still():
        accepted, task_ids = Counter(gateway.accepted), {**gateway.all_task_ids}
    found = [
        f"{pair} was accepted {count} times"
        for pair, count in accepted.items()
        if count > 1 + allowed.get(pair, 0)
    ]
    outcomes: dict[Pair, list[str]] = defaultdict(list)
    for batch in run("batch", "list", "-o", "json").json:
        rows = run("batch", "export", batch["batch"], "-o", "json").json
        found += _sums(batch, rows)
        for pair, row in zip(pairs_of(batch["batch"]), rows, strict=True):
            if row["mobile"] != pair[0]:
                found.append(f"batch {batch['batch']} exports {row['mobile']} in the place of {pair[0]}")
            outcomes[pair].append(row["kxsms_outcome"])
            if row["kxsms_outcome"] == "accepted" and row["kxsms_task_id"] not in task_ids.get(pair, ()):
                found.append(f"{pair} has the task id {row['kxsms_task_id']} of somebody else")
    doubtful = doubtful_pairs()
    for pair in accepted:
        if not ({"accepted", "unknown"} & set(outcomes[pair]) or pair in doubtful):
            found.append(f"{pair} was accepted, and is {outcomes[pair] or 'lost'}")
    check = run("batch", "check", "-o", "json")
    if check.status != 0:
        found.append(f"batch check: {check.err}")
    return found


def _sums(batch: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    names = ("accepted", "rejected", "not_sent", "unknown")
    counted = Counter(row["kxsms_outcome"] for row in rows)
    said = {name: batch[name] for name in names}
    if batch["state"] == "running":
        yield f"batch {batch['batch']} is running"
    if said != {name: counted[name] for name in names}:
        yield f"batch {batch['batch']} says {said}, and its export {dict(counted)}"


def pairs_of(name: str) -> list[Pair]:
    """The rows of a batch, in the order of the input: who gets what, or why nothing."""
    with closing(ledger()) as connection:
        return [(str(mobile), text) for mobile, text in connection.execute(_ROWS, (name,))]


def doubtful_pairs() -> set[Pair]:
    """Who may have got a text in an attempt of which nobody knows, whatever has been planned since."""
    with closing(ledger()) as connection:
        return {(str(mobile), content) for mobile, content in connection.execute(_DOUBTFUL)}
