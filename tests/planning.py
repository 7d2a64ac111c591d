"""Plans a send as `kxsms send` does, in a ledger that is in no file."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kxsms.domain.plan import Plan
from kxsms.ledger.store import Ledger
from kxsms.sending.planner import Planner, Terms, settled_plan
from kxsms.sending.source import Source, numbers_source

NOWHERE = Path("/nowhere/ledger.sqlite3")


@dataclass(frozen=True)
class Planned:
    """The figures of a plan, and the numbers of each request."""

    plan: Plan
    requests: tuple[tuple[str, ...], ...]


def plan_numbers(
    arguments: Sequence[str],
    *,
    lines: bytes | None = None,
    text: str,
    capacity: Callable[[str], int],
    skip_invalid: bool = False,
) -> Planned:
    """One text to the numbers of the command line and of a file `numbers.txt`."""
    source = numbers_source(arguments, lines, None if lines is None else "numbers.txt", text)
    return plan_source(source, Terms(skip_invalid=skip_invalid), capacity)


def plan_source(source: Source, terms: Terms, capacity: Callable[[str], int]) -> Planned:
    """Any source."""
    with Ledger(NOWHERE, writable=False) as ledger:
        draft = ledger.draft()
        plan = settled_plan(draft, Planner(source, terms, draft, capacity).read())
        return Planned(plan, tuple(_by_request(draft.placements())))


def _by_request(placements: Iterable[tuple[int, int]]) -> Iterable[tuple[str, ...]]:
    requests: dict[int, list[str]] = {}
    for request, mobile in placements:
        requests.setdefault(request, []).append(str(mobile))
    return map(tuple, requests.values())
