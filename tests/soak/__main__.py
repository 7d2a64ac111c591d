"""Random commands under random faults and kills, audited after each round, until something is not as it
should be or the time is over. The same seed decides the same; only when a signal comes may differ."""

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
from tests.soak.gateway import Whimsical
from tests.soak.rounds import Discrepancy, Figures, Soak

_ROUNDS_A_LEDGER = 100
"""The audit reads all of it each time."""


def main() -> int:
    """Whether all was as it should be, as an exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, help="end after so many")
    parser.add_argument("--seed", type=int, help="the seed of an earlier run, to have its decisions again")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 31)
    end = time.monotonic() + options.minutes * 60
    figures = Figures()
    sys.stdout.write(f"seed {seed}\n")
    sys.stdout.flush()
    numbers = count(1)
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as home:
        _live_in(Path(home))
        try:
            while time.monotonic() < end and figures.rounds != options.rounds:
                directory = Path(home, str(figures.ledgers))
                directory.mkdir()
                with Whimsical(seed=seed) as gateway:
                    soak = Soak(directory, gateway, run, figures)
                    for _ in range(_ROUNDS_A_LEDGER):
                        if time.monotonic() > end or figures.rounds == options.rounds:
                            break
                        soak.round(next(numbers))
                    soak.finish()
        except Discrepancy as words:
            sys.stdout.write(f"A DISCREPANCY, seed {seed}, round {figures.rounds}:\n{words}\n{figures}\n")
            return 1
    sys.stdout.write(f"{figures}\nno discrepancy\n")
    return 0


def _live_in(home: Path) -> None:
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
