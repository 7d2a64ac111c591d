"""Random commands under random faults and kills. An audit after each round ends the test at a discrepancy.

The same seed makes the same decisions; only the moments at which signals arrive may differ. With `hosts`
first, several hosts send one batch instead: see `tests.soak.hosts`.
"""

import argparse
import io
import os
import random
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from unittest.mock import patch

from kxsms.main import main as kxsms
from tests.conftest import TOKEN, Done
from tests.memory import MEMORY
from tests.soak.gateway import RandomGateway
from tests.soak.rounds import Discrepancy, Figures, Soak

_ROUNDS_PER_LEDGER = 100
"""A limit, because each audit reads the whole ledger."""


def main() -> int:
    """Run rounds until the time is over, and return 1 if there was a discrepancy, else 0."""
    if sys.argv[1:2] == ["hosts"]:
        from tests.soak.hosts.run import main as hosts  # imports psycopg, which takes half a second

        return hosts(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, help="stop after so many rounds")
    parser.add_argument("--seed", type=int, help="repeat the decisions of an earlier run")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 31)
    end = time.monotonic() + options.minutes * 60
    figures = Figures()
    sys.stdout.write(f"seed {seed}\n")
    sys.stdout.flush()
    numbers = count(1)
    with tempfile.TemporaryDirectory(dir=MEMORY) as home:
        _use_home(Path(home))
        try:
            while time.monotonic() < end and figures.rounds != options.rounds:
                directory = Path(home, str(figures.ledgers))
                directory.mkdir()
                with RandomGateway(seed=seed) as gateway:
                    soak = Soak(directory, gateway, run, figures)
                    for _ in range(_ROUNDS_PER_LEDGER):
                        if time.monotonic() > end or figures.rounds == options.rounds:
                            break
                        soak.round(next(numbers))
                    soak.finish()
        except Discrepancy as found:
            sys.stdout.write(f"A DISCREPANCY, seed {seed}, round {figures.rounds}:\n{found}\n{figures}\n")
            return 1
    sys.stdout.write(f"{figures}\nno discrepancy\n")
    return 0


def _use_home(home: Path) -> None:
    for name in list(os.environ):
        if name.startswith("KXSMS_") or name.upper().endswith("_PROXY"):
            del os.environ[name]
    os.environ.update(HOME=str(home), KXSMS_CONFIG=str(home / "config.toml"))
    os.environ.update(KXSMS_ACCOUNT="12345", KXSMS_TOKEN=TOKEN)
    (home / "config.toml").touch(mode=0o600)


def run(*arguments: str) -> Done:
    """Run one command line in this process."""
    out, err = io.BytesIO(), io.BytesIO()
    with (
        patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(), "utf-8")),
        patch.object(sys, "stdout", io.TextIOWrapper(out, "utf-8", write_through=True)),
        patch.object(sys, "stderr", io.TextIOWrapper(err, "utf-8", write_through=True)),
    ):
        status = kxsms(arguments)
        return Done(status, out.getvalue(), err.getvalue().decode("utf-8"))


if __name__ == "__main__":
    raise SystemExit(main())
