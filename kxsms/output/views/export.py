"""The view of a batch's rows: a CSV for spreadsheets, or JSON, a row at a time however many there are."""

from collections.abc import Iterator, Sequence
from operator import attrgetter

from kxsms.compat import override
from kxsms.domain.results import Export
from kxsms.output.json import Items
from kxsms.output.view import PlainView, Spreadsheet

OWN_COLUMNS = {
    "kxsms_outcome": "outcome",
    "kxsms_task_id": "task_id",
    "kxsms_code": "code",
    "kxsms_message": "message",
    "kxsms_delivery": "delivery",
    "kxsms_delivered_at": "delivered_at",
    "kxsms_reply": "reply",
}
"""The columns after those of the input, each with its attribute of an ExportRow."""

_own_fields = attrgetter(*OWN_COLUMNS.values())


class ExportView(PlainView[Export]):
    """All rows of a batch's input with their outcomes."""

    @override
    def document(self) -> Items:
        columns = _keys(self._columns())
        documents = (dict(zip(columns, row, strict=True)) for row in self._rows())
        return Items(documents, indent=None)

    @override
    def table(self, *, for_people: bool) -> Spreadsheet:
        return Spreadsheet(self._columns(), self._rows(), self.result.encoding)

    def _kept(self) -> list[int]:
        """Return the input's columns, without those of an earlier export that it may be itself."""
        return [index for index, name in enumerate(self.result.columns) if name not in OWN_COLUMNS]

    def _columns(self) -> tuple[str, ...]:
        return (*(self.result.columns[index] for index in self._kept()), *OWN_COLUMNS)

    def _rows(self) -> Iterator[tuple[str | None, ...]]:
        kept = self._kept()
        return ((*(row.fields[index] for index in kept), *_own_fields(row)) for row in self.result.rows)


def _keys(columns: Sequence[str]) -> tuple[str, ...]:
    """Return a key of its own for each column: a file may have columns without a name, or of one name."""
    keys: dict[str, None] = {}
    for number, name in enumerate(columns, start=1):
        key = name or f"column {number}"
        while key in keys:
            key += f" (column {number})"
        keys[key] = None
    return tuple(keys)
