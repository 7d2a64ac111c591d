"""The view of a send: the requests that were made, or the plan of a dry run."""

from collections.abc import Iterable, Iterator
from typing import Any, assert_never

from kxsms.compat import override
from kxsms.domain.money import json_cost
from kxsms.domain.outcome import Accepted, NotSent, Rejected, Unknown
from kxsms.domain.results import SendResult, Task
from kxsms.domain.words import counted, time_words
from kxsms.errors import LimitReached
from kxsms.exit_status import ExitStatus
from kxsms.language import joined, mark, tr
from kxsms.output.json import Document
from kxsms.output.plan import plan_for_people, plan_for_programs
from kxsms.output.send_errors import (
    cancelled_error,
    group_error,
    hint_at_retry,
    is_cancelled,
    is_scheduled,
    is_waiting,
    others_note,
    scheduled_note,
    unfinished_error,
    unknown_error,
)
from kxsms.output.view import Explanation, Note, Table, View, table_of
from kxsms.output.words import heading, with_own_words

_MOST_LISTED = 100
"""Requests and problems in a JSON document; the rest is counted."""

_MOST_ROWS = 20
"""Requests in a table; more of them are summed up."""

_MOST_NAMED = 5
"""Task ids in the summary."""

_STOPPED = mark("stopped before the answer came")
_TASK_COLUMNS = ("outcome", "recipients", "task_id", "code", "message")


class SendView(View[SendResult]):
    """A send or a dry run."""

    @override
    def document(self) -> Document:
        result, counts, figures = self.result, self.result.counts, self.result.figures
        plan = result.plan if result.dry_run else None
        return {
            "batch": result.batch.name if result.batch else None,
            "profile": result.profile,
            "product": result.product.value,
            "dry_run": result.dry_run,
            "resumed": result.resumed,
            "replayed": result.replayed,
            "scheduled_for": result.scheduled_for,
            "recipients": counts.recipients,
            "duplicates": figures.duplicates,
            "invalid": figures.invalid,
            "skipped": figures.skipped,
            "opted_out": figures.opted_out,
            "capped": figures.capped,
            "cancelled": result.batch.cancelled if result.batch else 0,
            "segments": figures.segments,
            "cost": json_cost(figures.cost),
            "requests": figures.requests,
            "accepted": counts.accepted,
            "rejected": counts.rejected,
            "not_sent": counts.unfinished,
            "unknown": result.unknown,
            "tasks": [task_document(task) for task in result.tasks[:_MOST_LISTED]],
            "tasks_left_out": max(0, result.tried - _MOST_LISTED),
            "problems": [
                {"line": problem.line, "mobile": problem.mobile, "problem": problem.problem}
                for problem in result.problems[:_MOST_LISTED]
            ],
            "problems_left_out": max(0, figures.invalid - len(result.problems[:_MOST_LISTED])),
            "encoding": result.encoding,
            "longest": [text._asdict() for text in plan.longest] if plan else [],
            "sample": [sample._asdict() for sample in plan.sample] if plan else [],
            "exit_status": int(self.exit_status()),
        }

    @override
    def table(self, *, for_people: bool) -> Table:
        result = self.result
        if result.dry_run:
            assert result.plan is not None
            return plan_for_people(result.plan) if for_people else plan_for_programs(result.plan)
        if result.batch is not None and is_scheduled(result):
            figures = (
                result.batch.name,
                result.scheduled_for,
                result.counts.recipients,
                result.figures.segments,
            )
            return Table(("batch", "scheduled_for", "recipients", "segments"), (figures,), sideways=True)
        if result.tried <= _MOST_ROWS:
            rows = [task_document(task) for task in result.tasks]
        else:
            rows = list(self._summed_up())
        for row in rows:
            own_words = result.codes.get(row["code"] or "")
            if for_people and own_words:
                row["message"] = with_own_words(row["message"] or "", own_words).strip()
        return table_of(rows, _TASK_COLUMNS, empty=tr("nothing sent"))

    def _summed_up(self) -> Iterator[dict[str, Any]]:
        """Return a row for all requests that ended alike."""
        counts = self.result.counts
        if counts.accepted:
            yield _row("accepted", counts.accepted, "0", None)
        for group in self.result.groups:
            yield _row(group.state, group.recipients, group.code, group.message)
        if self.result.unknown > counts.unknown:
            yield _row("unknown", self.result.unknown - counts.unknown, None, tr(_STOPPED))
        if counts.planned:
            yield _row("not_sent", counts.planned, None, None)

    @override
    def explanation(self) -> Explanation:
        result = self.result
        if result.dry_run:
            limits = [LimitReached(result.guard, result.guard_hint)] if result.guard else []
            later = (
                [
                    Note(
                        tr(
                            "it would be scheduled for {time}",
                            time=time_words(result.scheduled_for),
                        )
                    )
                ]
                if result.scheduled_for
                else []
            )
            return Explanation(limits, later)
        errors = [group_error(group, result) for group in result.groups]
        hint_at_retry(errors, result)
        cut_short = result.unknown - result.counts.unknown
        if cut_short:
            errors.append(unknown_error(cut_short, tr(_STOPPED), result))
        if result.guard is not None:
            errors.append(LimitReached(result.guard, result.guard_hint))
        elif is_cancelled(result):
            errors.append(cancelled_error(result))
        elif result.counts.unfinished and not is_scheduled(result):
            errors.append(unfinished_error(result))
        notes = [scheduled_note(result)] if is_scheduled(result) and result.guard is None else []
        notes += [others_note(result.batch)] if result.batch is not None and result.batch.has_owner else []
        return Explanation([error for error in errors if error is not None], notes)

    @override
    def exit_status(self) -> ExitStatus:
        result = self.result
        if result.dry_run:
            return ExitStatus.LIMIT if result.guard else ExitStatus.OK
        if result.interrupted is not None:
            return ExitStatus.of_signal(result.interrupted)
        if result.unknown:
            return ExitStatus.UNKNOWN
        if is_waiting(result) or result.guard is not None or is_cancelled(result):
            return ExitStatus.LIMIT
        if is_scheduled(result):
            return ExitStatus.OK
        # A planned recipient decides last: every pause leaves some, and the reason is among the others.
        if result.counts.not_sent:
            return ExitStatus.NO_ANSWER
        if result.counts.rejected:
            return ExitStatus.REFUSED
        return ExitStatus.NO_ANSWER if result.counts.unfinished else ExitStatus.OK

    @override
    def answers(self) -> Iterable[bytes]:
        return self.result.replies

    @override
    def summary(self) -> str:
        result, counts = self.result, self.result.counts
        if result.dry_run:
            return ""
        parts = {
            "accepted": counts.accepted,
            "rejected": counts.rejected,
            "not_sent": counts.unfinished,
            "unknown": result.unknown,
        }
        words = joined(
            tr("{count} {name}", count=f"{count:,}", name=heading(name))
            for name, count in parts.items()
            if count
        )
        ids = [task.outcome.task_id or "?" for task in result.tasks if isinstance(task.outcome, Accepted)]
        summary = tr(
            "; {recipients}: {words}", recipients=counted(counts.recipients, "recipient"), words=words
        )
        if not ids:
            return summary
        named = joined([*ids[:_MOST_NAMED], "…"] if len(ids) > _MOST_NAMED else ids)
        return summary + tr("; task ids: {listed}", listed=named)


def task_document(task: Task) -> dict[str, Any]:
    """Return a request of a send as JSON. Without an answer, `message` says what happened instead."""
    match task.outcome:
        case Accepted(code=code, message=message, task_id=task_id):
            return _row("accepted", task.recipients, code, message, task_id)
        case Rejected(code=code, message=message):
            return _row("rejected", task.recipients, code, message)
        case NotSent(reason=reason, code=code):
            return _row("not_sent", task.recipients, code, reason)
        case Unknown(reason=reason):
            return _row("unknown", task.recipients, None, reason)
    assert_never(task.outcome)


def _row(
    outcome: str, recipients: int, code: str | None, message: str | None, task_id: str | None = None
) -> dict[str, Any]:
    return {
        "task_id": task_id,
        "code": code,
        "message": message,
        "outcome": outcome,
        "recipients": recipients,
    }
