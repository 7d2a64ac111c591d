"""Inputs made from seeds, with bytes cut out, put in and repeated, at random or by hypothesis."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

MOST = 1 << 16
"""The largest size of an input in bytes."""

_PLACES = 1 << 16
_CUTS = (0, 0, 0, 1, 1, 2, 5, 17, 200)
_TIMES = (*(1,) * 12, 2, 3, 40, 2_000)


@dataclass(frozen=True)
class Target:
    """A target: `check` raises only for a defect. `tokens` are bytes with a meaning for it."""

    check: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    tokens: tuple[bytes, ...] = ()


class Edit(NamedTuple):
    """An edit at a place, in parts of the whole: bytes to cut out, and bytes to put in some times."""

    at: int
    cut: int
    put: bytes
    times: int = 1


def edited(seed: bytes, edits: Sequence[Edit]) -> bytes:
    """Return a seed after all edits."""
    for at, cut, put, times in edits:
        place = at * (len(seed) + 1) // _PLACES
        seed = seed[:place] + put * times + seed[place + cut :]
    return seed[:MOST]


def random_input(target: Target, chance: random.Random) -> bytes:
    """Return a randomly damaged seed of the target."""
    seed = chance.choice(target.seeds)
    return edited(seed, [_random_edit(target, chance, seed) for _ in range(chance.choice((1, 1, 2, 3, 6)))])


def _random_edit(target: Target, chance: random.Random, seed: bytes) -> Edit:
    choice = chance.randrange(8)
    if choice == 0:
        put = chance.randbytes(chance.choice((1, 1, 2, 4)))
    elif choice == 1:
        put = b""
    elif choice == 2:
        start = chance.randrange(len(seed) + 1)
        put = seed[start : start + chance.choice((1, 3, 10, 60))]
    elif choice == 3:
        other = chance.choice(target.seeds)
        put = other[chance.randrange(len(other) + 1) :]
    else:
        put = chance.choice(target.tokens or (b"",))
    return Edit(chance.randrange(_PLACES), chance.choice(_CUTS), put, chance.choice(_TIMES))
