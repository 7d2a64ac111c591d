"""Workbooks of the forms .xls, .ods and .xlsb, read by python-calamine, which may end the process."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from kxsms.language import tr
from kxsms.source.inspection import Inspection
from kxsms.source.number_format import NumberFormat, NumberKind, elapsed_text, moment_text, number_text
from kxsms.source.sheet_xml import SheetRow
from kxsms.source.workbook_errors import PROTECTED, BadWorkbook
from kxsms.source.xlsx import Sheet

_PLAIN = NumberFormat()


class OtherWorkbook:
    """An open workbook. Cells with errors and formulas without a result are empty in it."""

    def __init__(self, data: bytes) -> None:
        from io import BytesIO

        try:
            self._workbook = CalamineWorkbook.from_filelike(BytesIO(data))
        except PasswordError:
            raise BadWorkbook(tr(PROTECTED)) from None
        except CalamineError as error:
            raise BadWorkbook(tr("the workbook is damaged: {error}", error=error)) from None
        self.sheets = [
            Sheet(sheet.name, sheet.visible is SheetVisibleEnum.Visible, sheet.name)
            for sheet in self._workbook.sheets_metadata
            if sheet.typ is SheetTypeEnum.WorkSheet
        ]

    def rows(self, sheet: Sheet) -> Iterator[SheetRow]:
        """Yield the rows from the first one to the last, blank ones too."""
        for line, row in enumerate(self._cells(sheet).iter_rows(), start=1):
            fields = list(map(cell_text, row))
            while fields and not fields[-1]:
                fields.pop()
            yield SheetRow(line, False, fields)

    def inspect(self, sheet: Sheet) -> Inspection:
        """Count merged areas, empty rows between others, and decimals."""
        found = self._cells(sheet)
        merged, first = found.merged_cell_ranges or [], (found.start or (0, 0))[1]
        gaps, blank, is_below = 0, 0, False
        decimals: Counter[int] = Counter()
        for cells in found.iter_rows():
            if any(cell != "" for cell in cells):
                gaps, blank, is_below = gaps + blank * is_below, 0, True
            else:
                blank += 1
            decimals.update(
                column
                for column, cell in enumerate(cells, start=first)
                if isinstance(cell, float) and not cell.is_integer()
            )
        return Inspection(
            merged=len(merged), gaps=gaps, decimals=decimals.total(), decimal_columns=tuple(sorted(decimals))
        )

    def _cells(self, sheet: Sheet) -> CalamineSheet:
        try:
            return self._workbook.get_sheet_by_name(sheet.part)
        except CalamineError as error:
            raise BadWorkbook(tr("the workbook is damaged: {error}", error=error)) from None


def cell_text(value: object) -> str:
    """Return a cell as a person sees it. Percentages and decimals are plain numbers: no format is known."""
    match value:
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return number_text(repr(value), _PLAIN)
        case datetime():
            return moment_text(value)
        case date():
            return f"{value:%Y-%m-%d}"
        case time():
            return moment_text(datetime.combine(date.min, value), NumberKind.TIME)
        case timedelta():
            return elapsed_text(round(value.total_seconds()))
        case _:
            return ""
