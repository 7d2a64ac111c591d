"""The view of one batch: its figures, its delivery, and the next command to run."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from math import ceil
from typing import assert_never

from kxsms.compat import override
from kxsms.domain.batch import Batch, DeliverySummary, Evidence, OutcomeGroup
from kxsms.domain.money import amount
from kxsms.domain.outcome import refusal
from kxsms.domain.results import BatchStatus
from kxsms.domain.schedule import due_clock, pruned_clock, pruned_words, until
from kxsms.domain.states import BatchState, RequestState
from kxsms.domain.words import counted, duration
from kxsms.exit_status import ExitStatus
from kxsms.output.json import Document
from kxsms.output.view import Cell, Explanation, Note, Shares, Table, View
from kxsms.output.views.batch_columns import batch_document

_FIGURES = ("duplicates", "invalid", "skipped", "opted_out", "capped", "cancelled")
"""Attributes of a batch that its table shows after the columns of the list."""
_IN_SHARES = {"accepted", "rejected", "not_sent", "in_flight", "unknown", "delivered", "failed", "pending"}
"""Columns that people see as parts of a bar."""
_MOST_FAILURES = 10
_REPORT_DAYS = 3
"""A report that has not come until then will hardly come any more."""


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
                yield name, value
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
            yield "delivery time", f"half within {half}, 95 % within {most}"
        label = "failures"
        for status, count in delivery.failures[:_MOST_FAILURES]:
            own = self.result.codes.get(status)
            yield label, f"{count:,} × {status or 'no status'}{f' ({own})' if own else ''}"
            label = ""
        rest = delivery.failures[_MOST_FAILURES:]
        if rest:
            yield label, f"{sum(count for _, count in rest):,} × {len(rest):,} others"

    @override
    def explanation(self) -> Explanation:
        successor = self.result.batch.superseded_by
        if successor is not None:
            words = f"superseded by batch {successor}, under the same idempotency key"
            return Explanation(notes=[Note(words, f"run kxsms batch show {successor}")])
        notes = list(filter(None, map(self._group_note, self.result.groups)))
        if self.result.batch.pruned is not None:
            pruned, _ = pruned_words(self.result.batch)
            return Explanation(notes=[*(note._replace(hint=None) for note in notes), Note(pruned)])
        # Of notes with the same hint, the last one has it.
        hints = {note.hint: place for place, note in enumerate(notes)}
        notes = [
            note if hints[note.hint] == place else note._replace(hint=None)
            for place, note in enumerate(notes)
        ]
        return Explanation(notes=[*notes, *self._evidence_notes(), *self._state_notes()])

    @override
    def exit_status(self) -> ExitStatus:
        stopped = self.result.interrupted
        return ExitStatus.OK if stopped is None else ExitStatus.of_signal(stopped)

    def _group_note(self, group: OutcomeGroup) -> Note | None:
        """Return a note on requests that were tried and not accepted."""
        name, code = self.result.batch.name, group.code or ""
        recipients = counted(group.recipients, "recipient")
        match group.state:
            case RequestState.REJECTED:
                words = refusal(code, group.message, self.result.codes.get(code))
                hint = f"run kxsms batch retry {name} --rejected to resend"
                return Note(f"{words}; {recipients}", hint)
            case RequestState.UNKNOWN:
                settle = f"if you know that the text arrived, run kxsms batch settle {name} --accepted"
                resend = f"if you know that it did not, run kxsms batch retry {name} --unknown"
                return Note(
                    f"outcome unknown for {recipients}: {group.message}",
                    f"run kxsms report; {settle}; {resend}",
                )
            case RequestState.NOT_SENT:
                return Note(f"not sent to {recipients}: {group.message}")
            case RequestState.PLANNED | RequestState.SENDING | RequestState.ACCEPTED:
                return None
        assert_never(group.state)

    def _evidence_notes(self) -> Iterator[Note]:
        """Return a note for each task id with reports that may be about unknown recipients."""
        name, of_tasks = self.result.batch.name, defaultdict[str | None, list[Evidence]](list)
        for report in self.result.evidence:
            of_tasks[report.task_id].append(report)
        for task, reports in of_tasks.items():
            first = reports[0]
            example = " ".join(filter(None, [first.mobile, first.status or first.state, first.time]))
            named = counted(len({report.mobile for report in reports}), "unknown recipient")
            yield Note(
                f"reports with the task id {task or 'none'} name {named}, such as {example};"
                " they may be another program's",
                f"if the text arrived, run kxsms batch settle {name} --accepted"
                f" (or --not-sent; add --mobile {first.mobile} for one recipient)",
            )

    def _state_notes(self) -> Iterator[Note]:
        """Return notes on recipients that are in flight or left."""
        batch, counts = self.result.batch, self.result.batch.counts
        if batch.terms.includes_opted_out:
            yield Note("sent with --include-opted-out: recipients who opted out were not skipped")
        if batch.failed and not batch.has_owner:
            failed = counted(batch.failed, "recipient")
            hint = f"run kxsms batch retry {batch.name} --failed to resend to recipients not retried yet"
            yield Note(f"delivery failed for {failed}", hint)
        is_recent = time.time() - (batch.finished or batch.created) < _REPORT_DAYS * 86_400
        if batch.pending and is_recent and not batch.has_owner:
            pending = counted(batch.pending, "recipient")
            yield Note(f"no delivery report yet for {pending}", "run kxsms report to fetch new ones")
        left = counted(counts.unfinished, "recipient is left", "recipients are left")
        if batch.has_owner:
            parts = [f"{counts.sending:,} in flight"] if counts.sending else []
            parts += [left] if counts.unfinished else []
            yield Note(": ".join(filter(None, ["in progress", ", ".join(parts)])))
            return
        if counts.sending:
            unknown = counted(counts.sending, "recipient")
            yield Note(
                f"outcome unknown for {unknown}: kxsms was stopped before the answer came",
                f"run kxsms batch resume {batch.name} to settle this and to send the rest",
            )
        if counts.unfinished:
            yield self._left_note(left)

    def _left_note(self, left: str) -> Note:
        """Return a note on recipients that are left, with their time and the next command."""
        batch = self.result.batch
        resume = f"run kxsms batch resume {batch.name}"
        cancel = f"run kxsms batch cancel {batch.name}"
        match batch.state:
            case BatchState.SCHEDULED:
                return Note(
                    f"{left}, scheduled for {due_clock(batch)}",
                    f"run kxsms batch run then; to send it now, {resume}; to cancel it, {cancel}",
                )
            case BatchState.WAITING:
                then = until(batch)
                again = "run kxsms batch run then" if then else f"{resume} to try again"
                return Note(f"{left}, waiting{then}: {batch.waits}", f"{again}; to cancel it, {cancel}")
            case BatchState.UNFINISHED | BatchState.RUNNING | BatchState.FINISHED | BatchState.CANCELLED:
                reason = f": {batch.waits}" if batch.waits else ""
                return Note(left + reason, resume)
        assert_never(batch.state)


def _outcomes(batch: Batch) -> Shares:
    counts = batch.counts
    parts = ("accepted", counts.accepted), ("rejected", counts.rejected), ("unknown", batch.unknown)
    return Shares((*parts, ("in flight", batch.in_flight), ("not sent", counts.unfinished)))


def _deliveries(delivery: DeliverySummary) -> Shares:
    parts = ("delivered", delivery.delivered), ("failed", delivery.failed), ("pending", delivery.pending)
    return Shares(parts)
