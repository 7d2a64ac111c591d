"""The time for which pruning a large batch keeps others from writing, and the time that it takes."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from kxsms.compat import override
from tests.bench.ledgers import ledger_file
from tests.bench.measure import KXSMS, Bench, Result, Usage, run
from tests.bench.records import write_million

_DAYS = 200
_PAUSE = 0.005
"""Seconds between two claims, about as many as between those of a fast send."""

_AGE = (
    f"UPDATE batches SET created = created - {_DAYS * 86_400}, finished = finished - {_DAYS * 86_400}",
    f"UPDATE answers SET fetched = fetched - {_DAYS * 86_400}",
)
_PRUNE = [*KXSMS, "batch", "prune", "--older-than", "180d", "--yes"]


class Claims(threading.Thread):
    """Transactions like those of a process that claims requests, and the longest wait for one."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._is_over = threading.Event()
        self.longest = 0.0

    @override
    def run(self) -> None:
        with closing(sqlite3.connect(self._path, timeout=60, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            while not self._is_over.wait(_PAUSE):
                start = time.monotonic()
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("UPDATE turns SET turn = turn")
                connection.execute("COMMIT")
                self.longest = max(self.longest, time.monotonic() - start)

    def end(self) -> None:
        self._is_over.set()
        self.join()


def _prune(env: Mapping[str, str]) -> tuple[Usage, float]:
    """Prune beside a process that claims, and return what that used, and the longest wait for a claim."""
    claims = Claims(ledger_file(env))
    claims.start()
    try:
        usage = run(_PRUNE, env=env)
    finally:
        claims.end()
    return usage, claims.longest


def prune(bench: Bench) -> Iterator[Result]:
    """Prune a batch of a million recipients who all have a report."""
    env = write_million(bench)
    before = ledger_file(env).stat().st_size
    with closing(sqlite3.connect(ledger_file(env), isolation_level=None)) as connection:
        for statement in _AGE:
            connection.execute(statement)
    usage, longest = _prune(env)
    note = f"{usage.wall:.0f} s, {usage.cpu:.0f} s of CPU, {usage.peak:.0f} MiB"
    yield Result("`kxsms batch prune` of a million", "wait for a claim", longest, 1, unit="s", note=note)
    after = ledger_file(env).stat().st_size
    note = f"{before / 2**20:.0f} MiB before"
    yield Result("the ledger after that", "size", after / 2**20, 2, unit="MiB", note=note)
    bench.drop(env)


BENCHES: dict[str, Callable[[Bench], Iterator[Result]]] = {"prune": prune}
