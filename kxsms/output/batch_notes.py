"""The notes on a batch: what the gateway refused, what may have arrived, and what is left."""

import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import assert_never

from kxsms.domain.batch import Evidence, OutcomeGroup
from kxsms.domain.outcome import refusal
from kxsms.domain.results import BatchStatus
from kxsms.domain.schedule import due_clock, later_clock, pruned_words
from kxsms.domain.states import BatchState, RequestState
from kxsms.domain.words import counted, time_words
from kxsms.language import joined, mark, plural, tr
from kxsms.output.view import Note
from kxsms.output.words import two_sentences

_MOST_GROUPS = 10
"""In each state, and of the task ids of evidence."""
_REST = {
    RequestState.REJECTED: mark("the gateway refused {recipients}, for {reasons}"),
    RequestState.NOT_SENT: mark("not sent to {recipients}, for {reasons}"),
    RequestState.UNKNOWN: mark("outcome unknown for {recipients}, for {reasons}"),
}
_REPORT_DAYS = 3
"""A report that has not come until then will hardly come any more."""


def notes_on(status: BatchStatus) -> list[Note]:
    """Return what a person should know of a batch, each with the command to run next."""
    successor = status.batch.superseded_by
    if successor is not None:
        words = tr("superseded by batch {successor}, under the same idempotency key", successor=successor)
        return [Note(words, tr("run kxsms batch show {successor}", successor=successor))]
    notes = list(_group_notes(status))
    if status.batch.pruned is not None:
        pruned, _ = pruned_words(status.batch)
        return [*(note._replace(hint=None) for note in notes), Note(pruned)]
    # Of notes with the same hint, the last one has it.
    hints = {note.hint: place for place, note in enumerate(notes)}
    notes = [
        note if hints[note.hint] == place else note._replace(hint=None) for place, note in enumerate(notes)
    ]
    return [*notes, *_evidence_notes(status), *_state_notes(status)]


def _group_notes(status: BatchStatus) -> Iterator[Note]:
    """Yield notes on the largest groups in each state, and one on the rest: messages may all differ."""
    for state, words in _REST.items():
        groups = [group for group in status.groups if group.state is state]
        yield from filter(None, (_group_note(status, group) for group in groups[:_MOST_GROUPS]))
        rest = groups[_MOST_GROUPS:]
        if rest:
            recipients = counted(sum(group.recipients for group in rest), "more recipient")
            reasons = counted(len(rest), "other reason")
            yield Note(
                tr(words, recipients=recipients, reasons=reasons),
                tr(
                    "run kxsms batch export {name} --state {state} to see each",
                    name=status.batch.name,
                    state=state,
                ),
            )


def _group_note(status: BatchStatus, group: OutcomeGroup) -> Note | None:
    """Return a note on requests that were tried and not accepted."""
    name, code = status.batch.name, group.code or ""
    recipients = counted(group.recipients, "recipient")
    match group.state:
        case RequestState.REJECTED:
            words = refusal(code, group.message, status.codes.get(code))
            hint = tr("run kxsms batch retry {name} --rejected to resend", name=name)
            return Note(two_sentences(words, recipients), hint)
        case RequestState.UNKNOWN:
            settle = tr(
                "if you know that the text arrived, run kxsms batch settle {name} --accepted", name=name
            )
            resend = tr("if you know that it did not, run kxsms batch retry {name} --unknown", name=name)
            return Note(
                tr("outcome unknown for {recipients}: {text}", recipients=recipients, text=group.message),
                tr("run kxsms report; {settle}; {resend}", settle=settle, resend=resend),
            )
        case RequestState.NOT_SENT:
            return Note(tr("not sent to {recipients}: {text}", recipients=recipients, text=group.message))
        case RequestState.PLANNED | RequestState.SENDING | RequestState.ACCEPTED:
            return None
    assert_never(group.state)


def _evidence_notes(status: BatchStatus) -> Iterator[Note]:
    """Yield notes on the first task ids with reports that may be about unknown recipients."""
    name, of_tasks = status.batch.name, defaultdict[str | None, list[Evidence]](list)
    for report in status.evidence:
        of_tasks[report.task_id].append(report)
    for task, reports in islice(of_tasks.items(), _MOST_GROUPS):
        first = reports[0]
        example = " ".join(filter(None, [first.mobile, first.status or first.state, first.time]))
        named = counted(len({report.mobile for report in reports}), "unknown recipient")
        yield Note(
            tr(
                "reports with the task id {task} name {recipients}, such as {example}; they may be"
                " another program's",
                task=task or tr("none"),
                recipients=named,
                example=example,
            ),
            tr(
                "if the text arrived, run kxsms batch settle {name} --accepted (or --not-sent; add"
                " --mobile {mobile} for one recipient)",
                name=name,
                mobile=first.mobile,
            ),
        )
    rest = len(of_tasks) - _MOST_GROUPS
    if rest > 0:
        yield Note(
            plural(
                "reports with {count} other task id name unknown recipients",
                "reports with {count} other task ids name unknown recipients",
                rest,
            ),
            tr("run kxsms batch show {name} -o json", name=name),
        )


def _state_notes(status: BatchStatus) -> Iterator[Note]:
    """Return notes on recipients that are in flight or left."""
    batch, counts = status.batch, status.batch.counts
    if batch.terms.includes_opted_out:
        yield Note(tr("sent with --include-opted-out: recipients who opted out were not skipped"))
    if batch.failed and not batch.has_owner:
        failed = counted(batch.failed, "recipient")
        hint = tr(
            "run kxsms batch retry {name} --failed to resend to recipients not retried yet",
            name=batch.name,
        )
        yield Note(tr("delivery failed for {recipients}", recipients=failed), hint)
    is_recent = time.time() - (batch.finished or batch.created) < _REPORT_DAYS * 86_400
    if batch.pending and is_recent and not batch.has_owner:
        pending = counted(batch.pending, "recipient")
        yield Note(
            tr("no delivery report yet for {recipients}", recipients=pending),
            tr("run kxsms report to fetch new ones"),
        )
    left = counted(counts.unfinished, "recipient is left", "recipients are left")
    if batch.has_owner:
        parts = [tr("{sending:,} in flight", sending=counts.sending)] if counts.sending else []
        parts += [left] if counts.unfinished else []
        yield Note(tr("in progress: {text}", text=joined(parts)) if parts else tr("in progress"))
        return
    if counts.sending:
        unknown = counted(counts.sending, "recipient")
        yield Note(
            tr(
                "outcome unknown for {recipients}: kxsms was stopped before the answer came",
                recipients=unknown,
            ),
            tr("run kxsms batch resume {name} to settle this and to send the rest", name=batch.name),
        )
    if counts.unfinished:
        yield _left_note(status, left)


def _left_note(status: BatchStatus, left: str) -> Note:
    """Return a note on recipients that are left, with their time and the next command."""
    batch = status.batch
    resume = tr("run kxsms batch resume {name}", name=batch.name)
    cancel = tr("run kxsms batch cancel {name}", name=batch.name)
    match batch.state:
        case BatchState.SCHEDULED:
            return Note(
                tr(
                    "{left}, scheduled for {time}",
                    left=left,
                    time=time_words(due_clock(batch) or ""),
                ),
                tr(
                    "run kxsms batch run then; to send it now, {resume}; to cancel it, {cancel}",
                    resume=resume,
                    cancel=cancel,
                ),
            )
        case BatchState.WAITING:
            then = later_clock(batch)
            if then is None:
                words = tr("{left}, waiting: {reason}", left=left, reason=batch.waits)
                again = tr("{resume} to try again", resume=resume)
            else:
                words = tr(
                    "{left}, waiting until {time}: {reason}",
                    left=left,
                    time=time_words(then),
                    reason=batch.waits,
                )
                again = tr("run kxsms batch run then")
            return Note(
                words,
                tr("{again}; to cancel it, {cancel}", again=again, cancel=cancel),
            )
        case BatchState.UNFINISHED | BatchState.RUNNING | BatchState.FINISHED | BatchState.CANCELLED:
            if batch.waits:
                left = tr("{left}: {reason}", left=left, reason=batch.waits)
            return Note(left, resume)
    assert_never(batch.state)
