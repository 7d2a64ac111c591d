"""Results as JSON. The keys are a contract with scripts and do not change without a line in CHANGELOG.md."""

import json
from typing import Any

from kxsms.domain.outcome import Accepted, NotSent, Rejected, Unknown
from kxsms.domain.plan import Problem
from kxsms.domain.records import DeliveryReport, MoReply
from kxsms.domain.results import (
    Balance,
    BalanceResult,
    ConfigDocument,
    Facts,
    MoResult,
    ReportResult,
    Result,
    SendResult,
    Task,
    Value,
)
from kxsms.output.visible import json_visible

_MOST_LISTED = 100

OUTCOMES = {Accepted: "accepted", Rejected: "rejected", NotSent: "not_sent", Unknown: "unknown"}


def dumps(document: object, *, indent: int | None = None) -> str:
    """JSON as kxsms writes it everywhere: Chinese as it is, one line unless indented."""
    return json_visible(json.dumps(document, ensure_ascii=False, indent=indent, default=str))


def document_of(result: Result, exit_status: int) -> Any:
    """The JSON document of a result, or None for one that has nothing to say."""
    match result:
        case SendResult():
            return _send(result, exit_status)
        case BalanceResult(balances=balances, every=every):
            documents = [balance_document(balance) for balance in balances]
            return documents if every else documents[0]
        case ReportResult(records=records) | MoResult(records=records):
            return [record_document(record) for record in records]
        case Facts(items=items):
            return dict(items)
        case Value(name=name, value=value):
            return {name: value}
        case ConfigDocument(document=document):
            return document
    return None


def _send(result: SendResult, exit_status: int) -> dict[str, Any]:
    plan = result.plan
    return {
        "batch": None,
        "profile": result.profile,
        "product": result.product.value,
        "dry_run": result.dry_run,
        "resumed": False,
        "replayed": False,
        "recipients": plan.recipients,
        "duplicates": plan.duplicates,
        "invalid": len(plan.problems),
        "segments": plan.segments,
        "requests": len(plan.requests),
        "accepted": result.accepted,
        "rejected": result.rejected,
        "not_sent": result.not_sent,
        "unknown": result.unknown,
        "tasks": [task_document(task) for task in result.tasks[:_MOST_LISTED]],
        "tasks_left_out": max(0, len(result.tasks) - _MOST_LISTED),
        "problems": [_problem(problem) for problem in plan.problems[:_MOST_LISTED]],
        "problems_left_out": max(0, len(plan.problems) - _MOST_LISTED),
        "exit_status": exit_status,
    }


def task_document(task: Task) -> dict[str, Any]:
    """One request of a send. Without an answer `message` says what happened instead."""
    outcome = task.outcome
    said = outcome.message if isinstance(outcome, Accepted | Rejected) else outcome.reason
    return {
        "task_id": outcome.task_id if isinstance(outcome, Accepted) else None,
        "code": outcome.code if isinstance(outcome, Accepted | Rejected) else None,
        "message": said,
        "outcome": OUTCOMES[type(outcome)],
        "recipients": task.recipients,
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {"line": problem.entry.line, "mobile": problem.entry.text, "problem": problem.problem}


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


def record_document(record: DeliveryReport | MoReply) -> dict[str, Any]:
    """A delivery report or a reply."""
    keys = REPORT_KEYS if isinstance(record, DeliveryReport) else MO_KEYS
    return {key: getattr(record, key) for key in keys}
