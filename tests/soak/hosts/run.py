"""The run: one batch, sent by several hosts while faults happen, until it is over; then the judge.

`python -m tests.soak hosts`; the same seed draws the same faults and the same reactions of the gateway.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.memory import MEMORY
from tests.soak.hosts.send import Figures, HostsSoak, Wanted


def main(arguments: list[str]) -> int:
    """Send one batch, and return 1 if there was a discrepancy, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak hosts", description=__doc__)
    parser.add_argument("--recipients", type=int, default=100_000)
    parser.add_argument("--faults", type=int, default=500)
    parser.add_argument("--hosts", type=int, default=4)
    parser.add_argument("--rate", type=int, default=0, help="requests per second, of all hosts together")
    parser.add_argument("--seed", type=int, help="repeat the faults of an earlier run")
    parser.add_argument("--minutes", type=float, default=60.0, help="stop then, and judge what there is")
    options = parser.parse_args(arguments)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 31)
    sys.stdout.write(f"seed {seed}\n")
    sys.stdout.flush()
    wanted = Wanted(
        options.recipients, options.faults, options.hosts, options.rate, seed, options.minutes * 60
    )
    with (
        tempfile.TemporaryDirectory(dir=MEMORY) as directory,
        HostsSoak(wanted, Path(directory), _write) as soak,
    ):
        start = time.monotonic()
        soak.send()
        found = soak.judge()
        figures: Figures = soak.figures()
    sys.stdout.write(f"{figures}\n{time.monotonic() - start:.0f} seconds\n")
    if found:
        sys.stdout.write(f"{len(found)} DISCREPANCIES, seed {seed}:\n" + "\n".join(found[:30]) + "\n")
        return 1
    sys.stdout.write("no discrepancy\n")
    return 0


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
