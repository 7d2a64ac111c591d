"""The view of the figures of delivery reports or replies."""

from collections.abc import Iterator, Sequence

from kxsms.compat import override
from kxsms.domain.record_summary import RecordsSummary, StatusCount
from kxsms.domain.records import DeliveryState, RecordKind
from kxsms.domain.words import time_words
from kxsms.domain.zones import clock
from kxsms.language import plural, tr
from kxsms.output.json import Document
from kxsms.output.view import Bar, Bare, Chart, Explanation, Note, Sections, Table
from kxsms.output.views.records import FetchedView, table_for_people
from kxsms.output.words import shown_value

_COLUMNS = ("by", "key", "state", "words", "records")
_MOST_ROWS = 10
"""Statuses or batches that a terminal shows: the others are one row."""


class RecordsSummaryView(FetchedView[RecordsSummary]):
    """Figures by state, status and batch, and below them the last records where those are shown too."""

    @override
    def document(self) -> Document:
        figures = self.result.figures
        return {
            "records": figures.records,
            "first": self._clock(figures.first),
            "last": self._clock(figures.last),
            "states": {str(state): count for state, count in figures.states.items()},
            "statuses": [one._asdict() for one in figures.statuses],
            "statuses_left_out": figures.statuses_left_out,
            "batches": [one._asdict() for one in figures.batches],
            "batches_left_out": figures.batches_left_out,
            "opted_out": figures.opted_out,
        }

    @override
    def table(self, *, for_people: bool) -> Table | Sections:
        if not for_people:
            return Table(_COLUMNS, self._rows())
        if not self.result.figures.records:
            return table_for_people(self.result.kind, ())
        return Sections(tuple(self._sections()))

    @override
    def explanation(self) -> Explanation:
        found = super().explanation()
        if self.result.again is None:
            return found
        shown, total = len(self.result.last), self._total()
        hint = tr("run {again} to see every one that is kept", again=self.result.again)
        return Explanation(
            found.errors,
            [Note(tr("summed up {total}, and showed the last {shown}", total=total, shown=shown), hint)],
        )

    def _total(self) -> str:
        """Return how many records there are."""
        records = self.result.figures.records
        if self.result.kind is RecordKind.REPORT:
            return plural("{count} report", "{count} reports", records)
        return plural("{count} reply", "{count} replies", records)

    def _clock(self, moment: float | None) -> str | None:
        return None if moment is None else clock(moment, self.result.timezone)

    def _rows(self) -> Iterator[Sequence[object]]:
        """Yield a row for each figure, for programs: the time of the first and the last in `key`."""
        figures = self.result.figures
        yield "records", None, None, None, figures.records
        yield "first", self._clock(figures.first), None, None, None
        yield "last", self._clock(figures.last), None, None, None
        for state, count in figures.states.items():
            yield "state", str(state), None, None, count
        for one in figures.statuses:
            yield "status", one.status, str(one.state), one.words, one.records
        if figures.statuses_left_out:
            yield "statuses_left_out", None, None, None, figures.statuses_left_out
        for batch in figures.batches:
            yield "batch", batch.batch, None, None, batch.records
        if figures.batches_left_out:
            yield "batches_left_out", None, None, None, figures.batches_left_out
        if figures.opted_out is not None:
            yield "opted_out", None, None, None, figures.opted_out

    def _sections(self) -> Iterator[Bare | Chart | Table]:
        figures = self.result.figures
        yield Bare(self._heading())
        if figures.opted_out is not None:
            yield Bare(tr("opt-outs: {count}", count=self._with_percent(figures.opted_out)))
        if self.result.kind is RecordKind.REPORT:
            states = [
                (shown_value("state", state), state, count)
                for state, count in figures.states.items()
                if count
            ]
            yield self._chart("state", states)
            yield self._chart("status", [(_label(one), one.state, one.records) for one in figures.statuses])
        batches = [(one.batch or tr("no batch"), None, one.records) for one in figures.batches]
        yield self._chart("batch", batches)
        if self.result.last:
            yield table_for_people(self.result.kind, self.result.last)

    def _heading(self) -> str:
        figures = self.result.figures
        first, last = self._clock(figures.first), self._clock(figures.last)
        if first is None or last is None:
            return self._total()
        if first == last:
            return tr("{total} at {time}", total=self._total(), time=time_words(first))
        return tr(
            "{total} from {first} to {last}",
            total=self._total(),
            first=time_words(first),
            last=time_words(last),
        )

    def _with_percent(self, count: int) -> str:
        return tr(
            "{count} ({percent} %)",
            count=f"{count:,}",
            percent=f"{100 * count / self.result.figures.records:.0f}",
        )

    def _chart(self, key: str, rows: Sequence[tuple[str, DeliveryState | None, int]]) -> Chart:
        """Return a chart of the first rows, and of the others in one."""
        shown = list(rows[:_MOST_ROWS])
        left = self.result.figures.records - sum(count for *_, count in shown)
        if left:
            shown.append((tr("others"), None, left))
        return Chart(
            columns=(key, "reports" if self.result.kind is RecordKind.REPORT else "replies"),
            rows=[(label, self._with_percent(count)) for label, _, count in shown],
            bars=[_bar(state, count) for _, state, count in shown],
            legend=None,
            hidden_first=(),
        )


def _label(status: StatusCount) -> str:
    """Return a status with the user's own words for it."""
    label = status.status or tr("no status")
    return tr("{status}: {words}", status=label, words=status.words) if status.words else label


def _bar(state: DeliveryState | None, count: int) -> Bar:
    """Return a bar in the look of a state, or of pending ones for None."""
    match state:
        case DeliveryState.DELIVERED:
            return Bar((count, 0, 0, 0))
        case DeliveryState.FAILED:
            return Bar((0, count, 0, 0))
        case DeliveryState.PENDING | None:
            return Bar((0, 0, count, 0))
        case DeliveryState.UNKNOWN:
            return Bar((0, 0, 0, count))
