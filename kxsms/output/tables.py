"""Results as tables: which columns, for people and for programs."""

from collections.abc import Iterator, Mapping
from typing import Any

from kxsms.domain.batch import DeliverySummary
from kxsms.domain.records import RecordKind
from kxsms.domain.results import (
    BalanceResult,
    BatchList,
    BatchStatus,
    ConfigDocument,
    Facts,
    RecordsResult,
    Result,
    SendResult,
)
from kxsms.output.documents import (
    MO_KEYS,
    REPORT_KEYS,
    balance_document,
    batch_document,
    extra_for_people,
    record_document,
    task_document,
)
from kxsms.output.drawing import TROUBLES, Cell, Table

_TASK_COLUMNS = ("outcome", "recipients", "task_id", "code", "message")
_BATCH_KEYS = (
    *("batch", "created", "finished", "profile", "product", "source", "state", "recipients"),
    *("accepted", "rejected", "not_sent", "unknown", "delivered", "failed", "pending", "replies"),
)
_BAR = 40
"""Columns of the bar that shows how delivery went."""

_MOST_ROWS = 20
"""Requests in a table; more of them are summed up."""


def table_of(result: Result, *, for_people: bool) -> Table | None:
    """The table of a result. For people a code gets the user's own words for it, and empty columns go."""
    match result:
        case SendResult(dry_run=True):
            return _plan(result, for_people=for_people)
        case SendResult():
            return _tasks(result, for_people=for_people)
        case BatchList():
            return _batches(result, for_people=for_people)
        case BatchStatus():
            return _status(result, for_people=for_people)
        case BalanceResult(balances=balances):
            documents = [balance_document(balance) for balance in balances]
            return _records(tuple(documents[0]), documents)
        case RecordsResult(kind=kind, records=records):
            documents = [record_document(record) for record in records]
            if for_people:
                for document in documents:
                    document["extra"] = extra_for_people(document["extra"])
            keys, empty = (REPORT_KEYS, "reports") if kind is RecordKind.REPORT else (MO_KEYS, "replies")
            return _records(keys, documents, for_people=for_people, empty=f"no new {empty}")
        case Facts(items=items):
            return Table(tuple(items), (tuple(items.values()),), sideways=True)
        case ConfigDocument(document=config):
            return Table(("key", "value"), tuple(_flatten(config)), empty="the config is empty")
    return None


def _plan(result: SendResult, *, for_people: bool) -> Table:
    plan = result.plan
    assert plan is not None
    facts: dict[str, Cell] = {
        "recipients": plan.recipients,
        "duplicates": plan.duplicates,
        "invalid": plan.invalid,
        "requests": plan.requests,
        "segments": plan.segments,
    }
    if plan.skipped:
        facts["skipped"] = plan.skipped
    if plan.texts == 1:
        facts |= {"characters": len(plan.longest[0].content), "text": plan.longest[0].content}
        return Table(tuple(facts), (tuple(facts.values()),), sideways=True)
    facts["texts"] = plan.texts
    for number, (content, segments) in enumerate(plan.longest, start=1):
        billed = f"{len(content)} characters, {segments} message{'' if segments == 1 else 's'}"
        facts[f"longest {number}"] = f"{content} ({billed})" if for_people else content
    for number, (mobile, content) in enumerate(plan.sample, start=1):
        facts[f"sample {number}"] = f"{mobile}: {content}"
    return Table(tuple(facts), (tuple(facts.values()),), sideways=True)


def _tasks(result: SendResult, *, for_people: bool) -> Table:
    """A row a request or, of many, a row for all that ended alike."""
    if result.tried <= _MOST_ROWS:
        documents = [task_document(task) for task in result.tasks]
    else:
        documents = _summed_up(result)
    rows = []
    for document in documents:
        own = result.codes.get(document["code"] or "")
        if for_people and own:
            document["message"] = f"{document['message'] or ''} ({own})".strip()
        rows.append(tuple(document[column] for column in _TASK_COLUMNS))
    return Table(_TASK_COLUMNS, tuple(rows), empty="nothing was sent")


def _summed_up(result: SendResult) -> list[dict[str, Any]]:
    counts = result.counts
    documents = []
    if counts.accepted:
        documents.append(_summary("accepted", counts.accepted, "0", None))
    documents += [
        _summary(group.state, group.recipients, group.code, group.message) for group in result.groups
    ]
    if counts.sending:
        documents.append(_summary("unknown", counts.sending, None, "stopped before the answer came"))
    if counts.planned:
        documents.append(_summary("not_sent", counts.planned, None, None))
    return documents


def _summary(outcome: str, recipients: int, code: str | None, message: str | None) -> dict[str, Any]:
    return dict(zip(_TASK_COLUMNS, (outcome, recipients, None, code, message), strict=True))


def _batches(result: BatchList, *, for_people: bool) -> Table:
    documents = [batch_document(batch) for batch in result.batches]
    if not for_people:
        return _records(tuple(_BATCH_KEYS), documents, empty="no batches yet")
    for document in documents:
        document["created"] = document["created"][5:16].replace("T", " ")
        document["accepted"] = f"{document['accepted']:,} of {document['recipients']:,}"
    troubles = [key for key in TROUBLES if any(document[key] for document in documents)]
    keys = ("batch", "created", "source", "state", "accepted", *troubles)
    return _records(keys, documents, empty="no batches yet")


def _bar(delivery: DeliverySummary) -> str:
    """Delivered, failed and pending, as long as their shares; each that there is has a cell at least."""
    parts = {"█": delivery.delivered, "▒": delivery.failed, "·": delivery.pending}
    total = sum(parts.values())
    cells = {sign: max(1, round(count * _BAR / total)) for sign, count in parts.items() if count}
    return "".join(sign * count for sign, count in cells.items())


def _status(result: BatchStatus, *, for_people: bool) -> Table:
    document = batch_document(result.batch)
    figures = ("duplicates", "invalid", "skipped", "segments", "requests")
    facts = document | {key: getattr(result.batch, key) for key in figures}
    if for_people:
        facts = {key: value for key, value in facts.items() if value not in (0, None)}
    delivery = result.delivery
    if for_people and delivery.delivered + delivery.failed:
        facts["delivery"] = _bar(delivery)
        failures = ", ".join(f"{count:,} {status or '?'}" for status, count in delivery.failures)
        facts |= {"failures": failures} if failures else {}
        for percent, minutes in delivery.minutes:
            facts[f"{percent} % after"] = f"{minutes:g} min"
    return Table(tuple(facts), (tuple(facts.values()),), sideways=True)


def _records(
    keys: tuple[str, ...], documents: list[dict[str, Any]], *, for_people: bool = False, empty: str = ""
) -> Table:
    """All keys as columns; for people without those that are empty in every row."""
    if for_people and documents:
        keys = tuple(key for key in keys if any(document[key] for document in documents))
    return Table(keys, tuple(tuple(document[key] for key in keys) for document in documents), empty=empty)


def _flatten(document: Mapping[str, object], prefix: str = "") -> Iterator[tuple[Cell, ...]]:
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
