"""The view of one batch: its figures, its delivery, and the next command to run."""

from collections.abc import Iterator, Mapping
from math import ceil

from kxsms.compat import override
from kxsms.domain.batch import Batch, DeliverySummary
from kxsms.domain.money import amount
from kxsms.domain.results import BatchStatus
from kxsms.domain.schedule import pruned_clock
from kxsms.domain.states import RequestState
from kxsms.domain.words import duration
from kxsms.exit_status import ExitStatus
from kxsms.language import tr
from kxsms.output.batch_notes import notes_on
from kxsms.output.json import Document
from kxsms.output.view import Cell, Explanation, Shares, Table, View
from kxsms.output.views.batch_columns import batch_document
from kxsms.output.words import with_own_words

_FIGURES = ("duplicates", "invalid", "skipped", "opted_out", "capped", "cancelled")
"""Attributes of a batch that its table shows after the columns of the list."""
_IN_SHARES = {"accepted", "rejected", "not_sent", "in_flight", "unknown", "delivered", "failed", "pending"}
"""Columns that people see as parts of a bar."""
_MOST_FAILURES = 10


class BatchStatusView(View[BatchStatus]):
    """One batch."""

    @override
    def document(self) -> Document:
        delivery = self.result.delivery
        return batch_document(self.result.batch) | {
            "refusals": [
                {"code": group.code, "message": group.message, "recipients": group.recipients}
                for group in self.result.groups
                if group.state is RequestState.REJECTED
            ],
            "delivery": {
                "delivered": delivery.delivered,
                "failed": delivery.failed,
                "pending": delivery.pending,
                "failures": [{"status": status, "recipients": count} for status, count in delivery.failures],
                "minutes_until": {
                    str(percent): round(seconds / 60, 1) for percent, seconds in delivery.seconds.items()
                },
            },
            "evidence": [report._asdict() for report in self.result.evidence],
            "account": self.result.batch.account,
            "pruned": pruned_clock(self.result.batch),
        }

    @override
    def table(self, *, for_people: bool) -> Table:
        batch = self.result.batch
        facts = batch_document(batch) | {key: getattr(batch, key) for key in (*_FIGURES, "account")}
        rows = list(self._for_people(facts) if for_people else facts.items())
        return Table(tuple(name for name, _ in rows), (tuple(cell for _, cell in rows),), sideways=True)

    def _for_people(self, facts: Mapping[str, Cell]) -> Iterator[tuple[str, Cell]]:
        """Yield the facts that are worth a line, with a label each, then the bars."""
        batch = self.result.batch
        for name, value in facts.items():
            if name == "cost" and batch.cost is not None:
                yield name, amount(batch.cost)
            elif name not in _IN_SHARES and name != "account" and value not in (0, None):
                yield name, f"{value:,}" if isinstance(value, int) else value
            if name == "profile":
                yield "account", batch.account
        if batch.counts.recipients:
            yield "outcome", _outcomes(batch)
        if batch.counts.accepted:
            yield "delivery", _deliveries(self.result.delivery)
            yield from self._delivery_facts()

    def _delivery_facts(self) -> Iterator[tuple[str, Cell]]:
        """Yield how long deliveries took, and the failures by status with the user's own words."""
        delivery = self.result.delivery
        if delivery.seconds:
            half, most = (duration(max(1, ceil(delivery.seconds[percent]))) for percent in (50, 95))
            yield "delivery time", tr("half within {half}, 95 % within {most}", half=half, most=most)
        label = "failures"
        for status, count in delivery.failures[:_MOST_FAILURES]:
            own = self.result.codes.get(status)
            name = status or tr("no status")
            yield label, f"{count:,} × {with_own_words(name, own)}"
            label = ""
        rest = delivery.failures[_MOST_FAILURES:]
        if rest:
            recipients = f"{sum(count for _, count in rest):,}"
            yield label, tr("{recipients} × {count} others", recipients=recipients, count=f"{len(rest):,}")

    @override
    def explanation(self) -> Explanation:
        return Explanation(notes=notes_on(self.result))

    @override
    def exit_status(self) -> ExitStatus:
        stopped = self.result.interrupted
        return ExitStatus.OK if stopped is None else ExitStatus.of_signal(stopped)


def _outcomes(batch: Batch) -> Shares:
    counts = batch.counts
    parts = ("accepted", counts.accepted), ("rejected", counts.rejected), ("unknown", batch.unknown)
    return Shares((*parts, ("in_flight", batch.in_flight), ("not_sent", counts.unfinished)))


def _deliveries(delivery: DeliverySummary) -> Shares:
    parts = ("delivered", delivery.delivered), ("failed", delivery.failed), ("pending", delivery.pending)
    return Shares(parts)
