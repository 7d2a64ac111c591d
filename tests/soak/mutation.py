"""Makes inputs of seeds: pieces cut out, put in and repeated, at random or as hypothesis wants them."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

MOST = 1 << 16
"""Bytes in an input."""

_PLACES = 1 << 16
_CUTS = (0, 0, 0, 1, 1, 2, 5, 17, 200)
_TIMES = (*(1,) * 12, 2, 3, 40, 2_000)


@dataclass(frozen=True)
class Target:
    """What is put to the test: `check` raises for a defect alone. `tokens` are pieces that mean something."""

    check: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    tokens: tuple[bytes, ...] = ()


class Edit(NamedTuple):
    """At a place, in parts of the whole: bytes cut out, and others put in, so many times."""

    at: int
    cut: int
    put: bytes
    times: int = 1


def edited(seed: bytes, edits: Sequence[Edit]) -> bytes:
    """A seed after all edits."""
    for at, cut, put, times in edits:
        place = at * (len(seed) + 1) // _PLACES
        seed = seed[:place] + put * times + seed[place + cut :]
    return seed[:MOST]


def random_input(target: Target, chance: random.Random) -> bytes:
    """An input that somebody may have damaged."""
    seed = chance.choice(target.seeds)
    return edited(seed, [_random_edit(target, chance, seed) for _ in range(chance.choice((1, 1, 2, 3, 6)))])


def _random_edit(target: Target, chance: random.Random, seed: bytes) -> Edit:
    way = chance.randrange(8)
    if way == 0:
        put = chance.randbytes(chance.choice((1, 1, 2, 4)))
    elif way == 1:
        put = b""
    elif way == 2:
        start = chance.randrange(len(seed) + 1)
        put = seed[start : start + chance.choice((1, 3, 10, 60))]
    elif way == 3:
        other = chance.choice(target.seeds)
        put = other[chance.randrange(len(other) + 1) :]
    else:
        put = chance.choice(target.tokens or (b"",))
    return Edit(chance.randrange(_PLACES), chance.choice(_CUTS), put, chance.choice(_TIMES))
