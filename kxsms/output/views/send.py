"""The view of a send: the requests that were made, or the plan of a dry run."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, assert_never

from kxsms.compat import override
from kxsms.domain.advice import with_retry
from kxsms.domain.batch import OutcomeGroup
from kxsms.domain.outcome import Accepted, NotSent, Rejected, Unknown, refusal
from kxsms.domain.results import SendResult, Task
from kxsms.domain.states import RequestState
from kxsms.domain.words import counted
from kxsms.errors import KxsmsError, LimitReached, NoAnswer, OutcomeUnknown, Refused
from kxsms.exit_status import ExitStatus
from kxsms.output.json import Document
from kxsms.output.plan import plan_for_people, plan_for_programs
from kxsms.output.view import Explanation, Table, View, table_of

_MOST_LISTED = 100
"""Requests and problems in a JSON document; the rest is counted."""

_MOST_ROWS = 20
"""Requests in a table; more of them are summed up."""

_MOST_NAMED = 5
"""Task ids in the summary."""

_STOPPED = "stopped before the answer came"
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
            "scheduled_for": None,
            "recipients": counts.recipients,
            "duplicates": figures.duplicates,
            "invalid": figures.invalid,
            "skipped": figures.skipped,
            "opted_out": 0,
            "capped": 0,
            "cancelled": 0,
            "segments": figures.segments,
            "cost": None,
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
            "problems_left_out": max(0, figures.invalid - _MOST_LISTED),
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
        if result.tried <= _MOST_ROWS:
            rows = [task_document(task) for task in result.tasks]
        else:
            rows = list(self._summed_up())
        for row in rows:
            own_words = result.codes.get(row["code"] or "")
            if for_people and own_words:
                row["message"] = f"{row['message'] or ''} ({own_words})".strip()
        return table_of(rows, _TASK_COLUMNS, empty="nothing sent")

    def _summed_up(self) -> Iterator[dict[str, Any]]:
        """Return a row for all requests that ended alike."""
        counts = self.result.counts
        if counts.accepted:
            yield _row("accepted", counts.accepted, "0", None)
        for group in self.result.groups:
            yield _row(group.state, group.recipients, group.code, group.message)
        if counts.sending:
            yield _row("unknown", counts.sending, None, _STOPPED)
        if counts.planned:
            yield _row("not_sent", counts.planned, None, None)

    @override
    def explanation(self) -> Explanation:
        result = self.result
        if result.dry_run:
            limits = [LimitReached(result.guard, result.guard_hint)] if result.guard else []
            return Explanation(limits)
        errors = [_group_error(group, result) for group in result.groups]
        _hint_at_retry(errors, result)
        if result.counts.sending:
            errors.append(_unknown_error(result.counts.sending, _STOPPED, result))
        if result.counts.unfinished:
            errors.append(_unfinished_error(result))
        return Explanation([error for error in errors if error is not None])

    @override
    def exit_status(self) -> ExitStatus:
        result = self.result
        if result.dry_run:
            return ExitStatus.LIMIT if result.guard else ExitStatus.OK
        if result.interrupted is not None:
            return ExitStatus.of_signal(result.interrupted)
        if result.unknown:
            return ExitStatus.UNKNOWN
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
            "not sent": counts.unfinished,
            "unknown": result.unknown,
        }
        words = ", ".join(f"{count:,} {name}" for name, count in parts.items() if count)
        ids = [task.outcome.task_id or "?" for task in result.tasks if isinstance(task.outcome, Accepted)]
        listed = ", ".join(ids[:_MOST_NAMED]) + (", …" if len(ids) > _MOST_NAMED else "")
        tasks = f"; task ids: {listed}" if ids else ""
        return f"; {counted(counts.recipients, 'recipient')}: {words}{tasks}"


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


def _group_error(group: OutcomeGroup, result: SendResult) -> KxsmsError | None:
    """Return the error for requests that ended alike, or None for those that the remainder explains."""
    match group.state:
        case RequestState.REJECTED:
            code = group.code or ""
            words = refusal(code, group.message, result.codes.get(code))
            return Refused(f"{words}; {counted(group.recipients, 'recipient')}")
        case RequestState.UNKNOWN:
            return _unknown_error(group.recipients, group.message, result)
        case RequestState.NOT_SENT | RequestState.PLANNED | RequestState.SENDING | RequestState.ACCEPTED:
            return None
    assert_never(group.state)


def _hint_at_retry(errors: Sequence[KxsmsError | None], result: SendResult) -> None:
    """Give the first refusal of a finished send the command that resends to its recipients."""
    refused = next((error for error in errors if isinstance(error, Refused)), None)
    if refused is not None and result.batch is not None and not result.counts.unfinished:
        refused.hint = f"run kxsms batch retry {result.batch.name} --rejected to resend"


def _unknown_error(recipients: int, reason: str | None, result: SendResult) -> OutcomeUnknown:
    name = result.batch.name if result.batch else ""
    return OutcomeUnknown(
        f"outcome unknown for {counted(recipients, 'recipient')}: {reason}",
        f"do not resend yet: run kxsms report, then kxsms batch show {name}",
    )


def _unfinished_error(result: SendResult) -> KxsmsError:
    """Return the error for recipients that are left, with the reason and the way to resume."""
    counts, name = result.counts, result.batch.name if result.batch else ""
    failed = next((group for group in result.groups if group.state is RequestState.NOT_SENT), None)
    reason = result.paused or (failed.message if failed else None) or "kxsms was stopped first"
    same = "" if result.is_retry else "the same command again, or "
    resume = f"run {same}kxsms batch resume {name}"
    hint = with_retry(failed.message if failed else None, resume)
    if result.paused is not None and failed is None:
        kind = Refused if counts.rejected and not result.unknown else NoAnswer
        left = counted(counts.unfinished, "recipient is left", "recipients are left")
        return kind(f"paused: {reason}; {left}", hint)
    if counts.unfinished == counts.recipients:
        return NoAnswer(f"nothing sent: {reason}", hint)
    return NoAnswer(
        f"not sent to {counts.unfinished:,} of {counted(counts.recipients, 'recipient')}: {reason}", hint
    )
