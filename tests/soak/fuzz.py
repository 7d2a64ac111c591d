"""Damaged inputs, tried until the time is over or a defect is found: python -m tests.soak.fuzz."""

import argparse
import base64
import random
import sys
import tempfile
import time
import traceback
from importlib.util import find_spec

from tests.memory import MEMORY
from tests.soak import guided
from tests.soak.limits import limit_memory, within
from tests.soak.mutation import Target, random_input
from tests.soak.shrinking import shrunk
from tests.soak.targets import TARGETS

_CALLS = 12
"""Calls at the end of a traceback to print; some tracebacks have a thousand."""


def main() -> int:
    """Try the inputs of each target, and return 1 if there was a defect, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--minutes", type=float, default=1.0, help="for each target [default: 1]")
    parser.add_argument("--seed", type=int, help="repeat an earlier run")
    parser.add_argument("--guided", action="store_true", help="follow the coverage; needs atheris")
    parser.add_argument("--input", metavar="BASE64", help="try only this input")
    options = parser.parse_args()
    if unknown := set(options.names) - set(TARGETS):
        parser.error(f"unknown target: {', '.join(sorted(unknown))}")
    if options.guided and find_spec("atheris") is None:
        parser.error("--guided needs atheris: pip install atheris")
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 31)
    names = options.names or list(TARGETS)
    one = None if options.input is None else base64.b64decode(options.input)
    tempfile.tempdir = MEMORY
    if not options.guided:
        limit_memory()
    defects = 0
    for name in names:
        if one is not None:
            is_sound = _is_sound(name, one, seed)
        elif options.guided:
            is_sound = guided.run(name, options.minutes * 60, seed)
        else:
            is_sound = _try_inputs(name, TARGETS[name], options.minutes * 60, seed)
        defects += not is_sound
    return 1 if defects else 0


def _try_inputs(name: str, target: Target, seconds: float, seed: int) -> bool:
    """Try the seeds of a target and then damaged ones, and return whether there was no defect."""
    chance = random.Random(f"{seed} {name}")
    end = time.monotonic() + seconds
    tried = 0
    while tried < len(target.seeds) or time.monotonic() < end:
        data = target.seeds[tried] if tried < len(target.seeds) else random_input(target, chance)
        tried += 1
        if not _is_sound(name, data, seed):
            sys.stdout.write(f"{name}: a defect at input {tried:,}\n")
            return False
    sys.stdout.write(f"{name}: {tried:,} inputs, no defect (seed {seed})\n")
    sys.stdout.flush()
    return True


def _is_sound(name: str, data: bytes, seed: int) -> bool:
    try:
        with within():
            TARGETS[name].check(data)
    except KeyboardInterrupt:
        raise
    except BaseException:
        report(name, data, seed)
        return False
    return True


def report(name: str, data: bytes, seed: int) -> None:
    """Print the current exception, and how to repeat it. Call it inside an except clause."""
    sys.stdout.write(f"{name}: {traceback.format_exc(limit=-_CALLS)}seed {seed}\n")
    sys.stdout.write(f"input {base64.b64encode(data).decode()}\n")
    shorter = shrunk(data, lambda some: _fails(name, some))
    if shorter != data:
        sys.stdout.write(f"shorter {base64.b64encode(shorter).decode()}\n")
    sys.stdout.flush()


def _fails(name: str, data: bytes) -> bool:
    try:
        with within():
            TARGETS[name].check(data)
    except KeyboardInterrupt:
        raise
    except BaseException:
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
