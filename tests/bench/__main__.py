"""Run the named benchmarks, or all of them, and print the table of speed.

With the URL of a PostgreSQL database in KXSMS_LEDGER, each ledger is a schema of its own there.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import hosts, many, plans, prune, records, sends, starts, workbooks
from tests.bench.ledgers import SERVER
from tests.bench.measure import Bench, Result

BENCHES: dict[str, Callable[[Bench], Iterator[Result]]] = {
    **starts.BENCHES,
    **plans.BENCHES,
    **workbooks.BENCHES,
    **sends.BENCHES,
    **records.BENCHES,
    **many.BENCHES,
    **hosts.BENCHES,
    **prune.BENCHES,
}


def _usual() -> list[str]:
    """Return the benchmarks that run where none is named: `hosts` needs a server."""
    return [name for name in BENCHES if SERVER is not None or name not in hosts.BENCHES]


def main() -> int:
    """Return 0 if every goal was reached, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument(
        "--runs", type=int, default=5, help="how often to run each short command [default: 5]"
    )
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHES):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    results = []
    with tempfile.TemporaryDirectory(prefix="kxsms-bench-") as directory:
        bench = Bench(Path(directory), options.runs)
        for name in options.names or _usual():
            sys.stderr.write(f"{name} …\n")
            for result in BENCHES[name](bench):
                sys.stderr.write(f"  {result.line()}\n")
                results.append(result)
    sys.stdout.write("| | beside | measured | goal |\n|---|---|---|---|\n")
    sys.stdout.writelines(f"{result.line()}\n" for result in results)
    return 0 if all(result.is_reached for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
