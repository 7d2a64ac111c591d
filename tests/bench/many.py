"""Benchmarks of a ledger that has very many batches."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import repeat

from tests.bench.ledgers import ledger_file
from tests.bench.measure import KXSMS, Bench, Result, Usage, gateway, median, run
from tests.bench.plans import MILLION, ONE_TEXT

# The newest batch as often as wanted, each time with another name and content, and with ranges of its own.
_COLUMNS = "SELECT group_concat(name) FROM pragma_table_info('batches')"
_COPY = """
    WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < :count)
    INSERT INTO batches ({columns}) SELECT {values}
    FROM counted, (SELECT * FROM batches ORDER BY id DESC LIMIT 1)
"""
_CHANGED = {
    "id": "id + n",
    "name": "printf('%08x', n)",
    "fingerprint": "CAST(n AS BLOB)",
    "first_row": "last_row + n",
    "last_row": "last_row + n",
    "first_request": "last_request + n",
    "last_request": "last_request + n",
    "last_turn": "last_turn + n",
}


def _copy_batches(env: Mapping[str, str], count: int) -> None:
    with closing(sqlite3.connect(ledger_file(env))) as ledger, ledger:
        columns = ledger.execute(_COLUMNS).fetchone()[0].split(",")
        values = ", ".join(_CHANGED.get(name, name) for name in columns)
        ledger.execute(_COPY.format(columns=", ".join(columns), values=values), {"count": count})


def _send(bench: Bench, env: Mapping[str, str]) -> Usage:
    """Return the median usage of sends of different texts."""
    texts = (f"{ONE_TEXT} {number}" for number in range(bench.runs))
    return median([run([*KXSMS, "send", "13800000000", "-m", text, "-q"], env=env) for text in texts])


def many(bench: Bench) -> Iterator[Result]:
    """Send, and list the newest batches, with one batch in the ledger and with a million."""
    with gateway() as port:
        few, lots = ({**bench.fresh(), "KXSMS_BASE_URL": f"http://127.0.0.1:{port}"} for _ in range(2))
        for env in (few, lots):
            run([*KXSMS, "send", "13800000000", "-m", ONE_TEXT, "-q"], env=env)
        _copy_batches(lots, MILLION)
        ratio = _send(bench, lots).cpu / _send(bench, few).cpu
    yield Result("one `kxsms send`, a million batches in the ledger", "one batch, CPU", ratio, 1.3)
    usage = median([run([*KXSMS, "batch", "list"], env=lots) for _ in repeat(None, bench.runs)])
    yield Result("`kxsms batch list`, a million batches", "CPU", usage.cpu, 0.3, unit="s")


BENCHES = {"many": many}
