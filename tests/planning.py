"""A send planned as `kxsms send` plans it, and all of its requests claimed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import NamedTuple

from kxsms.domain.batch import BatchHeader
from kxsms.domain.plan import Plan
from kxsms.ledger.batches import Ledger
from kxsms.sending.planner import Planner, PlanOptions, place_plan
from kxsms.source.rows import Source, numbers_source
from kxsms.source.table import SourceTable
from tests.engines import new_ledger_place


class Row(NamedTuple):
    """A row of a file, and the line on which it begins."""

    line: int | None
    fields: list[str]


def rows_of(table: SourceTable, limit: int | None = None) -> list[Row]:
    """Return the rows of a table, at most `limit`."""
    return [Row(*row) for rows in table.rows(limit) for row in zip(rows.lines, rows.fields, strict=True)]


@dataclass(frozen=True)
class Planned:
    """The figures of a plan, the numbers and the text of each request, the digest, and an unsigned text."""

    plan: Plan
    requests: tuple[tuple[str, ...], ...]
    texts: tuple[str, ...]
    digest: bytes
    unsigned: str | None


def plan_numbers(
    arguments: Sequence[str],
    *,
    lines: bytes | None = None,
    text: str,
    capacity: Callable[[str], int],
    skip_invalid: bool = False,
) -> Planned:
    """Plan one text to the numbers of the command line and of a file `numbers.txt`."""
    source = numbers_source(arguments, lines, None if lines is None else "numbers.txt", text)
    return plan_source(source, PlanOptions(skip_invalid=skip_invalid), capacity)


def plan_source(source: Source, options: PlanOptions, capacity: Callable[[str], int]) -> Planned:
    """Plan any source, in a ledger that is empty before."""
    with TemporaryDirectory() as directory, Ledger(new_ledger_place(directory), writable=True) as ledger:
        staging = ledger.stage()
        summary = Planner(source, options, staging, capacity).read()
        plan = place_plan(staging, summary)
        header = BatchHeader(
            *("p", "1", "sms", None, source.name, source.is_csv, source.columns, source.mobile_column),
            fingerprint=summary.digest,
        )
        batch = ledger.create(staging, header, plan, 0, None)
        assert batch is not None
        with ledger.own(batch) as work:
            claims = work.cycle([], [], plan.requests).claims
        assert not ledger.check()
        requests = tuple(tuple(claim.mobiles.split(",")) for claim in claims)
        texts = tuple(claim.content for claim in claims)
        return Planned(plan, requests, texts, summary.digest, summary.unsigned)
