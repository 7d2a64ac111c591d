"""The view of figures: a chart for people, all columns for programs."""

from collections.abc import Iterator
from typing import Any

from kxsms.compat import override
from kxsms.domain.money import amount, json_cost
from kxsms.domain.stats import Stats, StatsBy, StatsRow, total_of
from kxsms.language import mark, tr
from kxsms.output.json import Items
from kxsms.output.view import Bar, Chart, PlainView, Table, table_of

_EMPTY = mark("nothing was sent in this time")
_LEGEND = (mark("delivered"), mark("failed"), mark("no final report"), mark("not accepted"))


class StatsView(PlainView[Stats]):
    """Figures of batches, by a fact."""

    @override
    def document(self) -> Items:
        return Items(map(_document, self.result.rows))

    @override
    def table(self, *, for_people: bool) -> Table | Chart:
        if not for_people or not self.result.rows:
            return table_of(map(_document, self.result.rows), StatsRow._fields, tr(_EMPTY))
        rows = self.result.rows
        drawn = [*rows, total_of(tr("total"), rows)] if len(rows) > 1 else list(rows)
        figures = [dict(self._figures(row)) for row in drawn]
        used = [name for name in figures[0] if name in _ALWAYS or any(one[name] for one in figures)]
        bars = [*map(_bar, rows), None]
        return Chart(
            columns=(str(self.result.by), *used),
            rows=[
                (self._key(row), *(one[name] or _NOTHING.get(name, "0") for name in used))
                for row, one in zip(drawn, figures, strict=True)
            ],
            bars=bars[: len(drawn)],
            legend=_LEGEND,
            hidden_first=_HIDDEN_FIRST,
        )

    def _key(self, row: StatsRow) -> str:
        return tr("none") if row.key is None and self.result.by is StatsBy.CODE else str(row.key)

    def _figures(self, row: StatsRow) -> Iterator[tuple[str, str]]:
        """Yield each column of a person's table with its cell, which is empty for 0."""
        counts = {
            **{"recipients": row.recipients, "billed": row.segments},
            **{"delivered": row.delivered, "failed": row.failed, "rejected": row.rejected},
            **{"unknown": row.unknown, "replies": row.replies, "opt-outs": row.opted_out},
        }
        for name, count in counts.items():
            shown = f"{count:,}" if count else ""
            if count and name == "delivered" and row.accepted:
                percent = f"{100 * row.delivered / row.accepted:.0f}"
                shown = tr("{count} ({percent} %)", count=shown, percent=percent)
            yield name, shown
            if name == "billed":
                yield "cost", "" if row.cost is None else amount(row.cost)


_NOTHING = {"cost": ""}
"""A cost that is not known is not 0."""
_ALWAYS = ("recipients", "delivered")
_HIDDEN_FIRST = ("rejected", "unknown", "replies", "opt-outs", "billed", "cost", "failed")


def _document(row: StatsRow) -> dict[str, Any]:
    return {**row._asdict(), "cost": json_cost(row.cost)}


def _bar(row: StatsRow) -> Bar:
    accepted = row.delivered + row.failed + row.pending
    return Bar((row.delivered, row.failed, row.pending, max(0, row.recipients - accepted)))
