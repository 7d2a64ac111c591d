"""The same targets with atheris, which finds inputs that reach new code. libFuzzer ends its process."""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from tests.soak.limits import within
from tests.soak.mutation import MOST, Target, random_input

_SLOWER = 10
"""Times as long as otherwise that an input may take, since atheris records the coverage."""

_PRINTED = 1_000
"""Characters to print from the end of stderr of a process that failed."""


def run(name: str, seconds: float, seed: int) -> bool:
    """Try inputs of a target for some seconds, and return whether there was no defect."""
    with tempfile.TemporaryDirectory() as corpus:
        command = [sys.executable, "-m", "tests.soak.guided", name, str(seconds), str(seed), corpus]
        done = subprocess.run(command, check=False, stderr=subprocess.PIPE)
    if done.returncode:
        sys.stdout.write(f"{name}: ended with {done.returncode}: ")
        sys.stdout.write(done.stderr.decode("utf-8", "replace")[-_PRINTED:] + "\n")
    return done.returncode == 0


def _main(name: str, seconds: float, seed: int, corpus: str) -> None:
    atheris = import_module("atheris")  # an optional package without types
    with atheris.instrument_imports(include=["kxsms", "tomllib", "csv", "json"]):
        from tests.soak.fuzz import report
        from tests.soak.targets import TARGETS

        target = TARGETS[name]
        for data in target.seeds:  # imports the modules that are imported late
            target.check(data)
    for number, data in enumerate(target.seeds):
        Path(corpus, str(number)).write_bytes(data)
    test = _until(time.monotonic() + seconds, name, target, seed, report)
    chance = random.Random(seed)

    def mutate(data: bytes, most: int, number: int) -> bytes:
        if chance.randrange(2):
            return bytes(atheris.Mutate(data, most))
        return random_input(Target(target.check, (data,), target.tokens), chance)[:most]

    limits = [f"-max_len={MOST}", f"-seed={seed % (1 << 31) or 1}", "-timeout=60", "-rss_limit_mb=2048"]
    atheris.Setup(["fuzz", corpus, *limits], test, custom_mutator=mutate)
    atheris.Fuzz()


def _until(
    end: float, name: str, target: Target, seed: int, report: Callable[[str, bytes, int], None]
) -> Callable[[bytes], None]:
    """Return a function that tries one input, and ends the process at a defect or after the time."""
    tried = 0

    def test(data: bytes) -> None:
        nonlocal tried
        tried += 1
        try:
            with within(_SLOWER):
                target.check(data)
        except BaseException:
            report(name, data, seed)
            os._exit(1)
        if time.monotonic() > end:
            sys.stdout.write(f"{name}: {tried:,} inputs guided by coverage, no defect (seed {seed})\n")
            sys.stdout.flush()
            os._exit(0)

    return test


if __name__ == "__main__":
    _main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
