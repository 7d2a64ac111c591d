"""Masks phone numbers in tables and documents: in every text, but for ids and codes of the gateway."""

from collections.abc import Iterator, Sequence

from kxsms.domain.masking import masked_text
from kxsms.domain.mobile import masked_mobile
from kxsms.output.json import Document, Items
from kxsms.output.view import Bare, Cell, Chart, Sections, Shares, Spreadsheet, Table, Tabular

_WHOLE = {"task_id", "kxsms_task_id", "code", "kxsms_code", "batch", "count", "count_text", "rows", "path"}
"""Columns and keys whose values are no phone numbers, even where they look like one.

A script opens the `path` of `config path`.
"""


def masked_value(value: Cell, key: str = "") -> Cell:
    """Return a value, of the column or key `key`, with the phone numbers in its texts masked."""
    if isinstance(value, str):
        if key in _WHOLE:
            return value
        masked = masked_text(value)
        return masked_mobile(value) if masked == value and key == "mobile" else masked
    if isinstance(value, dict):
        return {masked_text(str(name)): masked_value(item, str(name)) for name, item in value.items()}
    if isinstance(value, list | tuple) and not isinstance(value, Shares):
        return [masked_value(item, key) for item in value]
    return value


def masked_document(document: Document) -> Document:
    """Return a JSON document with the phone numbers in its texts masked."""
    if isinstance(document, Items):
        return document.changed(masked_value)
    if document is None:
        return None
    return {name: masked_value(value, name) for name, value in document.items()}


def masked_table(table: Table) -> Table:
    """Return a table with the phone numbers in its cells and its labels masked."""
    return table._replace(columns=_labels(table.columns), rows=_rows(table))


def masked_tabular(table: Tabular) -> Tabular:
    """Return a result for people with the phone numbers in it masked. A page of help stays as it is."""
    match table:
        case Table():
            return masked_table(table)
        case Spreadsheet():
            return table._replace(columns=_labels(table.columns), rows=_rows(table))
        case Bare(value=value, name=name):
            return Bare(masked_value(value, name), name)
        case Chart():
            return _masked_chart(table)
        case Sections(parts=parts):
            return Sections([_masked_part(part) for part in parts])
        case _:
            return table


def _masked_part(part: Bare | Chart | Table) -> Bare | Chart | Table:
    match part:
        case Bare(value=value):
            return Bare(masked_value(value))
        case Chart():
            return _masked_chart(part)
        case Table():
            return masked_table(part)


def _masked_chart(chart: Chart) -> Chart:
    rows = [
        [str(masked_value(cell, column)) for column, cell in zip(chart.columns, row, strict=True)]
        for row in chart.rows
    ]
    return chart._replace(rows=rows)


def _labels(columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(masked_text, columns))


def _rows(table: Table | Spreadsheet) -> Iterator[list[Cell]]:
    for row in table.rows:
        yield [masked_value(cell, column) for column, cell in zip(table.columns, row, strict=True)]
