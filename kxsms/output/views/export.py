"""The view of a batch's rows: a CSV for spreadsheets, or JSON, a row at a time however many there are."""

from collections.abc import Iterable, Sequence

from kxsms.compat import override
from kxsms.domain.cell import disarmed
from kxsms.domain.results import Export
from kxsms.output.export import names_in_json, without_formulas
from kxsms.output.json import Items
from kxsms.output.view import Cell, PlainView, Spreadsheet


class ExportView(PlainView[Export]):
    """Rows of a batch's input with their outcomes."""

    @override
    def document(self) -> Items:
        names = names_in_json(self.result.columns)
        return Items((dict(zip(names, row, strict=True)) for row in self.result.rows), indent=None)

    @override
    def table(self, *, for_people: bool) -> Spreadsheet:
        result = self.result
        columns: tuple[str, ...] = result.columns
        rows: Iterable[Sequence[Cell]] = result.rows
        if not result.is_plain:
            columns, rows = tuple(map(disarmed, columns)), without_formulas(rows)
        return Spreadsheet(columns, rows, result.encoding)
