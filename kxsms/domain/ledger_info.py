"""The facts about a ledger that `kxsms ledger info` shows."""

from typing import NamedTuple

from kxsms.domain.seal import Seal


class Runner(NamedTuple):
    """A process that uses the ledger, and the names of the batches that it sends.

    `is_alive` is None for a process that cannot be examined. `since` is in seconds since 1970, `lease` is
    how many seconds are left; both are None where the engine does not keep them.
    """

    host: str
    pid: int
    is_alive: bool | None
    batches: tuple[str, ...] = ()
    since: float | None = None
    lease: float | None = None


class LedgerInfo(NamedTuple):
    """A ledger: its engine, its place without secrets, its size, and the processes that use it.

    Where there is none yet, it is what the first send would create: `is_there` is false then.
    """

    engine: str
    engine_version: str
    place: str
    version: int
    size: int
    batches: int
    unfinished: int
    seal: Seal | None
    runners: tuple[Runner, ...]
    is_there: bool = True
