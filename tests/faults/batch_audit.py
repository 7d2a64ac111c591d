"""The audit of a batch that has ended: compares its rows, its counts and its export with the gateway."""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.conftest import Run
from tests.engines import has_ledger, query_ledger
from tests.faults.gateway import FaultGateway, Pair
from tests.ledger.scene import ledger_file

ENDED = {"accepted", "rejected", "unknown"}


def ledger() -> sqlite3.Connection:
    """Return a connection to the SQLite file of the ledger."""
    uri = f"{ledger_file().as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def states() -> Counter[str]:
    """Return the number of recipients in each state, summed over the requests of the ledger."""
    return Counter(dict(query_ledger("SELECT state, sum(recipients) FROM requests GROUP BY state")))


def size() -> tuple[int, ...]:
    """Return the numbers of batches, rows and requests in the ledger."""
    tables = ("batches", "rows", "requests")
    return tuple(query_ledger(f"SELECT count(*) FROM {name}")[0][0] for name in tables)


def half_written() -> bool:
    """Return whether the ledger has a batch that is still being written."""
    return has_ledger() and query_ledger("SELECT 1 FROM batches WHERE NOT ready") != []


def counts(document: Any) -> dict[str, int]:
    """Return the outcomes in the JSON of a send with their counts, without those that are 0."""
    names = ("accepted", "rejected", "not_sent", "unknown")
    return {name: document[name] for name in names if document[name]}


def exported(run: Run, batch: str) -> dict[Pair, dict[str, Any]]:
    """Return every exported row of a batch by its number and text."""
    rows = [json.loads(line) for line in run("batch", "export", batch, "-o", "jsonl").lines]
    by_pair = {(row["mobile"], row["content"]): row for row in rows}
    assert len(by_pair) == len(rows)
    return by_pair


def audit(
    run: Run, gateway: FaultGateway, rows: Sequence[Pair], document: Any, most: int = 1
) -> dict[Pair, str]:
    """Compare a batch that has ended with the requests at the gateway, and return the outcome of each row.

    `document` is the JSON of its last send. No text may have arrived more than `most` times.
    """
    arrived = gateway.arrived
    assert set(arrived) <= set(rows)
    assert max(arrived.values(), default=0) <= most

    export = exported(run, document["batch"])
    outcomes = {pair: row["kxsms_outcome"] for pair, row in export.items()}
    assert set(outcomes) == set(rows)
    assert set(outcomes.values()) <= ENDED
    for pair, row in export.items():
        if row["kxsms_outcome"] == "accepted":
            assert row["kxsms_task_id"] == gateway.task_ids[pair]
        if row["kxsms_outcome"] != "unknown":
            assert arrived[pair]

    total = Counter(outcomes.values())
    assert counts(document) == total
    assert document["recipients"] == len(rows)
    assert states() == total
    names = ("recipients", "sending", "accepted", "rejected", "not_sent", "unknown")
    stored = query_ledger(f"SELECT {', '.join(names)} FROM batches")
    assert stored == [(len(rows), *(total[name] for name in names[1:]))]
    assert query_ledger("SELECT count(*) FROM batches WHERE finished IS NULL") == [(0,)]
    assert run("batch", "check", "-o", "json").json["state"] == "ok"
    return outcomes
