"""Results as tables: which columns, and how they are drawn on a terminal, in a pipe and as CSV."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TextIO

from kxsms.domain.batch import Delivery
from kxsms.domain.records import Kind
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
    dumps,
    extra_for_people,
    record_document,
    task_document,
)
from kxsms.output.visible import visible

Cell = object
_TASK_COLUMNS = ("outcome", "recipients", "task_id", "code", "message")
_TROUBLES = ("rejected", "unknown", "failed", "replies")
_BATCH_KEYS = (
    *("batch", "created", "finished", "profile", "product", "source", "state", "recipients"),
    *("accepted", "rejected", "not_sent", "unknown", "delivered", "failed", "pending", "replies"),
)
_BAR = 40
"""Columns of the bar that shows how delivery went."""

_MOST_ROWS = 20
"""Requests in a table; more of them are summed up."""
_NUMBERS = {"recipients", "count", "accepted", *_TROUBLES}
_LONG = {"message", "content", "source", "extra", "value"}
"""Columns that are broken first where a table is too wide."""
_LABELS = {"segments": "billed messages", "task_id": "task id", "not_sent": "not sent"}
_STYLES = {
    "accepted": "green",
    "delivered": "green",
    "rejected": "red",
    "failed": "red",
    "not_sent": "yellow",
    "unknown": "yellow",
}


@dataclass(frozen=True)
class Table:
    """Columns and rows. `sideways`: a single row, drawn on a terminal as one line a column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sideways: bool = False
    empty: str = "nothing"


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
            keys, empty = (REPORT_KEYS, "reports") if kind is Kind.REPORT else (MO_KEYS, "replies")
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
    troubles = [key for key in _TROUBLES if any(document[key] for document in documents)]
    keys = ("batch", "created", "source", "state", "accepted", *troubles)
    return _records(keys, documents, empty="no batches yet")


def _bar(delivery: Delivery) -> str:
    """Delivered, failed and pending, as long as their shares; each that there is has a cell at least."""
    parts = {"█": delivery.delivered, "▒": delivery.failed, "·": delivery.pending}
    total = sum(parts.values())
    cells = {sign: max(1, round(count * _BAR / total)) for sign, count in parts.items() if count}
    return "".join(sign * count for sign, count in cells.items())


def _status(result: BatchStatus, *, for_people: bool) -> Table:
    document = batch_document(result.batch)
    figures = ("duplicates", "invalid", "skipped", "segments", "requests")
    facts = {key: value for key, value in document.items() if value not in (0, None)}
    facts |= {key: value for key in figures if (value := getattr(result.batch, key))}
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


def text_of(cell: Cell) -> str:
    """A cell as text: nothing for None, JSON for what is not a leaf."""
    if cell is None or cell == {}:
        return ""
    return cell if isinstance(cell, str) else dumps(cell)


def as_lines(table: Table) -> str:
    """Tab-separated, with a header, one line a row, never cut."""
    rows = [table.columns, *table.rows]
    return "".join("\t".join(visible(text_of(cell)) for cell in row) + "\n" for row in rows)


def as_csv(table: Table, *, harmless: bool) -> str:
    """CSV by RFC 4180, exact for programs; `harmless` escapes what a terminal would act on."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n" if harmless else "\r\n")
    for row in [table.columns, *table.rows]:
        cells = [text_of(cell) for cell in row]
        writer.writerow([visible(cell) for cell in cells] if harmless else cells)
    return text.getvalue()


def draw(table: Table, terminal: TextIO) -> None:
    """Draw a table on a terminal. Cells wrap; nothing is cut, and no markup is interpreted."""
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table as Drawing
    from rich.text import Text

    # Of its own, rich takes NO_COLOR for colours alone and leaves bold.
    color_system: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    console = Console(file=terminal, highlight=False, color_system=color_system)
    drawing = Drawing(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_edge=False)

    def cell_text(cell: Cell) -> Text:
        text = visible(text_of(cell))
        return Text(text, style=_STYLES.get(text, ""), overflow="fold")

    def label(column: str) -> str:
        return _LABELS.get(column, column)

    if not table.rows:
        console.print(Text(table.empty))
        return
    if table.sideways:
        drawing.show_header = False
        drawing.add_column(style="bold", no_wrap=True)
        drawing.add_column(overflow="fold")
        for column, cell in zip(table.columns, table.rows[0], strict=True):
            if cell is not None:
                drawing.add_row(Text(label(column)), cell_text(cell))
    else:
        for place, column in enumerate(table.columns):
            side: Literal["left", "right"] = "right" if column in _NUMBERS else "left"
            cells = [label(column), *(text_of(row[place]) for row in table.rows)]
            least = None if column in _LONG else max(map(cell_len, cells))
            drawing.add_column(label(column), justify=side, overflow="fold", min_width=least)
        for row in table.rows:
            drawing.add_row(*(cell_text(cell) for cell in row))
    console.print(drawing)
