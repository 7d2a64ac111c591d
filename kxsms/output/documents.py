"""Results as JSON. The keys are a contract with scripts and do not change without a line in CHANGELOG.md."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from json.encoder import encode_basestring as quoted
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from kxsms.domain.batch import Batch, RequestState
from kxsms.domain.outcome import Accepted, NotSent, Rejected, Unknown
from kxsms.domain.records import FIELD_NAMES, DeliveryReport, MoReply
from kxsms.domain.results import (
    Balance,
    BalanceResult,
    BatchList,
    BatchStatus,
    ConfigDocument,
    Facts,
    Result,
    SendResult,
    Task,
    Value,
)
from kxsms.output.visible import json_visible

if TYPE_CHECKING:
    from kxsms.domain.plan import Problem

MOST_LISTED = 100
"""Requests and problems in one document; the rest is counted."""

_AT_A_TIME = 500
"""Records that are written at once."""

OUTCOMES = {Accepted: "accepted", Rejected: "rejected", NotSent: "not_sent", Unknown: "unknown"}


def dumps(document: object, *, indent: int | None = None) -> str:
    """JSON as kxsms writes it everywhere: Chinese as it is, one line unless indented."""
    return json_visible(json.dumps(document, ensure_ascii=False, indent=indent, default=str))


def document_of(result: Result, exit_status: int) -> Any:
    """The JSON document of a result, or None for one that has nothing to say. Not of records."""
    match result:
        case SendResult():
            return _send(result, exit_status)
        case BatchList(batches=batches):
            return [batch_document(batch) for batch in batches]
        case BatchStatus():
            return _status(result)
        case BalanceResult(balances=balances, every=every):
            documents = [balance_document(balance) for balance in balances]
            return documents if every else documents[0]
        case Facts(items=items):
            return dict(items)
        case Value(name=name, value=value):
            return {name: value}
        case ConfigDocument(document=document):
            return document
    return None


def _send(result: SendResult, exit_status: int) -> dict[str, Any]:
    counts, figures = result.counts, result.figures
    document = {
        "batch": result.batch.name if result.batch else None,
        "profile": result.profile,
        "product": result.product.value,
        "dry_run": result.dry_run,
        "resumed": result.resumed,
        "replayed": result.replayed,
        "recipients": counts.recipients,
        "duplicates": figures.duplicates,
        "invalid": figures.invalid,
        "segments": figures.segments,
        "requests": figures.requests,
        "accepted": counts.accepted,
        "rejected": counts.rejected,
        "not_sent": counts.unfinished,
        "unknown": result.unknown,
        "tasks": [task_document(task) for task in result.tasks[:MOST_LISTED]],
        "tasks_left_out": max(0, result.tried - MOST_LISTED),
        "problems": [_problem(problem) for problem in result.problems[:MOST_LISTED]],
        "problems_left_out": max(0, figures.invalid - MOST_LISTED),
        "exit_status": exit_status,
    }
    if result.plan is not None and result.dry_run:
        document["longest"] = [text._asdict() for text in result.plan.longest]
        document["sample"] = [sample._asdict() for sample in result.plan.sample]
    return document


def batch_document(batch: Batch) -> dict[str, Any]:
    """One batch, as `batch list` has it. The state is `running`, `unfinished` or `finished`."""
    counts = batch.counts
    return {
        "batch": batch.name,
        "created": iso_time(batch.created),
        "finished": iso_time(batch.finished),
        "profile": batch.profile,
        "product": batch.product,
        "source": batch.source,
        "state": "running" if batch.has_owner else "finished" if batch.is_finished else "unfinished",
        "recipients": counts.recipients,
        "accepted": counts.accepted,
        "rejected": counts.rejected,
        "not_sent": counts.unfinished,
        "unknown": counts.unknown + counts.sending,
        "delivered": batch.delivered,
        "failed": batch.failed,
        "pending": max(0, counts.accepted - batch.delivered - batch.failed),
        "replies": batch.replies,
    }


def _status(result: BatchStatus) -> dict[str, Any]:
    refusals = [
        {"code": group.code, "message": group.message, "recipients": group.recipients}
        for group in result.groups
        if group.state is RequestState.REJECTED
    ]
    delivery = {
        "delivered": result.delivery.delivered,
        "failed": result.delivery.failed,
        "pending": result.delivery.pending,
        "failures": [{"status": status, "recipients": count} for status, count in result.delivery.failures],
        "minutes_until": {str(percent): minutes for percent, minutes in result.delivery.minutes},
    }
    return {**batch_document(result.batch), "refusals": refusals, "delivery": delivery}


def iso_time(seconds: float | None) -> str | None:
    """A time of this machine's zone, to the second."""
    return (
        None
        if seconds is None
        else datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")
    )


def task_document(task: Task) -> dict[str, Any]:
    """One request of a send. Without an answer `message` says what happened instead."""
    outcome = task.outcome
    said = outcome.message if isinstance(outcome, Accepted | Rejected) else outcome.reason
    return {
        "task_id": outcome.task_id if isinstance(outcome, Accepted) else None,
        "code": outcome.code if isinstance(outcome, Accepted | Rejected | NotSent) else None,
        "message": said,
        "outcome": OUTCOMES[type(outcome)],
        "recipients": task.recipients,
    }


def _problem(problem: "Problem") -> dict[str, Any]:
    return {"line": problem.line, "mobile": problem.mobile, "problem": problem.problem}


def balance_document(balance: Balance) -> dict[str, Any]:
    """The balance of one product."""
    return {
        "profile": balance.profile,
        "product": balance.product.value,
        "code": balance.code,
        "message": balance.message,
        "count": balance.count,
    }


REPORT_KEYS = ("task_id", "mobile", "state", "status", "time", "extno", "batch", "extra")
MO_KEYS = ("mobile", "content", "time", "extno", "task_id", "batch", "extra")
_REPORT_LINE, _MO_LINE = (
    "{" + ", ".join(f'"{key}": %s' for key in keys) + "}\n" for keys in (REPORT_KEYS, MO_KEYS)
)
_OF_REPORT, _OF_MO = attrgetter(*REPORT_KEYS[:-1]), attrgetter(*MO_KEYS[:-1])


def record_document(record: DeliveryReport | MoReply) -> dict[str, Any]:
    """A delivery report or a reply."""
    keys = REPORT_KEYS if isinstance(record, DeliveryReport) else MO_KEYS
    return {key: getattr(record, key) for key in keys}


def record_lines(records: Iterable[DeliveryReport | MoReply]) -> Iterator[str]:
    """Records as lines of JSON, as `dumps` writes them, some hundreds at a time."""
    encode = json.JSONEncoder(ensure_ascii=False, default=str).encode
    source = iter(records)
    while some := list(islice(source, _AT_A_TIME)):
        # Many of them share what they hold besides, and all are there while this runs.
        extras = {id(record.extra): record.extra for record in some}
        packed = {number: encode(extra) for number, extra in extras.items()}
        lines = []
        for record in some:
            form, take = (
                (_REPORT_LINE, _OF_REPORT) if isinstance(record, DeliveryReport) else (_MO_LINE, _OF_MO)
            )
            cells = ["null" if cell is None else quoted(cell) for cell in take(record)]
            lines.append(form % (*cells, packed[id(record.extra)]))
        yield json_visible("".join(lines))


def record_list(records: Iterable[DeliveryReport | MoReply]) -> Iterator[str]:
    """Records as one JSON document, which `dumps` would indent the same, some hundreds at a time."""
    source, opening = iter(records), "["
    while some := [dumps(record_document(record), indent=2) for record in islice(source, _AT_A_TIME)]:
        # No text in JSON holds a line's end.
        yield opening + ",".join("\n  " + text.replace("\n", "\n  ") for text in some)
        opening = ","
    yield "[]\n" if opening == "[" else "\n]\n"


def extra_for_people(extra: Mapping[str, object]) -> dict[str, object]:
    """What a record holds besides its columns; not the time as it came, which is one of them."""
    return {name: value for name, value in extra.items() if name.lower() not in FIELD_NAMES["time"]}
