"""Plans a send as `kxsms send` does, and claims it all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from kxsms.domain.batch import BatchHeader
from kxsms.domain.plan import Plan
from kxsms.ledger.database import Ledger
from kxsms.sending.planner import Planner, PlanOptions, settled_plan
from kxsms.source.csv import CsvFile
from kxsms.source.rows import Source, numbers_source


class Row(NamedTuple):
    """A row of a file, and the line on which it begins."""

    line: int | None
    fields: list[str]


def rows_of(file: CsvFile, most: int | None = None) -> list[Row]:
    """All rows of a file, or so many."""
    return [Row(*row) for rows in file.rows(most) for row in zip(*rows, strict=True)]


@dataclass(frozen=True)
class Planned:
    """The figures of a plan, the numbers and the text of each request, and the digest of it all."""

    plan: Plan
    requests: tuple[tuple[str, ...], ...]
    texts: tuple[str, ...]
    digest: bytes


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
    return plan_source(source, PlanOptions(skip_invalid=skip_invalid), capacity)


def plan_source(source: Source, terms: PlanOptions, capacity: Callable[[str], int]) -> Planned:
    """Any source."""
    with TemporaryDirectory() as directory, Ledger(Path(directory, "l"), writable=True) as ledger:
        draft = ledger.stage()
        draught = Planner(source, terms, draft, capacity).read()
        plan = settled_plan(draft, draught)
        header = BatchHeader(
            *("p", "1", "sms", None, source.name, source.is_csv, source.columns, source.mobile_column),
            fingerprint=draught.digest,
        )
        batch = ledger.create(draft, header, plan, 0, None)
        assert batch is not None
        with ledger.own(batch) as work:
            claims = work.cycle([], [], plan.requests)
        assert not ledger.check()
        requests = tuple(tuple(claim.mobiles.split(",")) for claim in claims)
        return Planned(plan, requests, tuple(claim.content for claim in claims), draught.digest)
