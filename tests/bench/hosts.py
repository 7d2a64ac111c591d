"""The pace of processes that share a ledger in PostgreSQL: KXSMS_LEDGER names the server."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from statistics import median

from tests.bench.ledgers import SERVER
from tests.bench.measure import KXSMS, Bench, Result, gateway, run, sent
from tests.bench.plans import OWN_TEXT, people
from tests.bench.sends import TEXTS

_CONCURRENCY = 16
_LATENCY = 0.03


def _pace(bench: Bench, server: str | None, port: int, processes: int) -> float:
    """Return how many texts a second so many processes send together, each a batch of its own."""
    env, before = bench.fresh_on(server, port), sent(port)
    csv = people(bench.directory, TEXTS)
    once = ("--yes", "--rate", "0", "--concurrency", str(_CONCURRENCY))

    def send(number: int) -> None:
        run([*KXSMS, "send", "--csv", csv, "-m", f"{OWN_TEXT}{number}", *once], env=env)

    run([*KXSMS, "send", "13800000000", "-m", OWN_TEXT, "--literal", "--yes"], env=env)  # makes the ledger
    start = time.perf_counter()
    with ThreadPoolExecutor(processes) as pool:
        list(pool.map(send, range(processes)))
    seconds = time.perf_counter() - start
    if sent(port) - before != processes * TEXTS + 1:
        raise RuntimeError(f"{sent(port) - before} requests arrived, not {processes * TEXTS + 1}")
    bench.drop(env)
    return processes * TEXTS / seconds


def hosts(bench: Bench) -> Iterator[Result]:
    """Send each recipient its own text: from a file's ledger, from a server's, and by two processes."""
    if SERVER is None:
        raise RuntimeError("this benchmark needs a server: set KXSMS_LEDGER to the URL of a database")
    for latency, how in ((0.0, "at once"), (_LATENCY, f"after {_LATENCY * 1000:.0f} ms")):
        with gateway(latency) as port:
            turns = [
                (_pace(bench, None, port, 1), _pace(bench, SERVER, port, 1), _pace(bench, SERVER, port, 2))
                for _ in repeat(None, 3)
            ]
        file, one, two = map(median, zip(*turns, strict=True))
        what = f"{TEXTS:,} own texts, answers {how}, ledger in PostgreSQL"
        note = f"{one:,.0f} per second"
        yield Result(what, "SQLite", one / file, 0.6, at_least=True, note=note)
        note = f"{two:,.0f} per second"
        yield Result("two processes, two batches", "one process", two / one, 1.5, at_least=True, note=note)


BENCHES = {"hosts": hosts}
