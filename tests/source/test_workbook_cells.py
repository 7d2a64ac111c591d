"""Cells of an .xlsx workbook: each is the text that a person sees."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from openpyxl.worksheet.worksheet import Worksheet

from tests.source.sheets import ONE, fields_of, notes_of, value_of, workbook

CASES: list[tuple[Any, str | None, str]] = [
    (13800000001, None, "13800000001"),
    (13800000001, "0.00E+00", "13800000001"),
    (13800000001.0, None, "13800000001"),
    (5, None, "5"),
    (-5, None, "-5"),
    (0, None, "0"),
    (12.5, None, "12.5"),
    (0.1 + 0.2, None, "0.3"),
    (0.0000001, None, "0.0000001"),
    (Decimal("19.90"), "0.00", "19.9"),
    (1234.5, '"¥"#,##0.00', "1234.5"),
    (1234.5, '_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ;_ ¥* "-"??_ ;_ @_ ', "1234.5"),
    (3, '0"元"', "3"),
    (3, "0元", "3"),
    (-3, '"第"0" 次"', "-第3 次"),
    (3.5, '#,##0.00" 元"', "3.5"),
    (3, '0"次"', "3次"),
    (3, "0次", "3次"),
    (3.5, '#,##0.00" 公斤"', "3.5 公斤"),
    (12, 'General"期"', "12期"),
    (7, '"No."000', "No.007"),
    (7, '"No. "000\\-\\A', "No. 007-A"),
    (13800000001, '"¥"0', "13800000001"),
    (3, '[Red]0"元"', "3"),
    (3, '0"元";-0"元"', "3"),
    (3, '0"元"_ ', "3"),
    (0.15, '0%"折"', "15%"),
    (1234567890123456, '0"元"', "1.23456789012346E+15"),
    (0.15, "0%", "15%"),
    (0.155, "0%", "16%"),
    (0.1525, "0.00%", "15.25%"),
    (0.15, "0.00%", "15.00%"),
    (0.15, "0.##%", "15%"),
    (1.5, "0%", "150%"),
    (7, "000", "007"),
    (datetime(2026, 11, 22), "yyyy-mm-dd", "2026-11-22"),
    (date(2026, 11, 22), None, "2026-11-22"),
    (date(2026, 11, 22), 'm"月"d"日"', "2026-11-22"),
    (date(2026, 11, 22), '[$-804]yyyy"年"m"月"d"日";@', "2026-11-22"),
    (datetime(2026, 11, 22, 10, 0), "yyyy/m/d h:mm", "2026-11-22 10:00"),
    (datetime(2026, 11, 22, 10, 0, 30), "yyyy-mm-dd hh:mm:ss", "2026-11-22 10:00:30"),
    (datetime(2026, 11, 22, 10, 0), "yyyy-mm-dd", "2026-11-22"),
    (datetime(2026, 11, 22, 10, 0), "h:mm", "10:00"),
    (time(9, 30), "h:mm", "09:30"),
    (time(9, 30), '上午/下午h"时"mm"分"', "09:30"),
    (timedelta(hours=36), "[h]:mm", "36:00"),
    (True, None, "TRUE"),
    (False, None, "FALSE"),
    ("007", None, "007"),
    (" 张三\n先生 ", None, " 张三\n先生 "),
    ("110101199003071234", None, "110101199003071234"),
    ("=1+1", None, "#VALUE!"),
    ("#N/A", None, "#N/A"),
    (123456789012345, None, "123456789012345"),
    (1234567890123456, None, "1.23456789012346E+15"),
    (110101199003071234, None, "1.10101199003071E+17"),
    (-1, "yyyy-mm-dd", "########"),
]


@pytest.mark.parametrize(("value", "shown", "text"), CASES, ids=str)
def test_a_cell_is_what_a_person_sees(value: object, shown: str | None, text: str) -> None:
    def show(sheet: Worksheet) -> None:
        if shown is not None:
            sheet["B2"].number_format = shown

    assert fields_of(workbook([["mobile", "v"], [ONE, value]], show)) == [[ONE, text]]


@pytest.mark.parametrize(
    ("number", "text"), [(14, "2026-11-22"), (22, "2026-11-22 12:00"), (31, "2026-11-22"), (58, "2026-11-22")]
)
def test_formats_that_every_spreadsheet_knows_are_not_spelled_out(number: int, text: str) -> None:
    styles = f'<cellXfs><xf numFmtId="0"/><xf numFmtId="{number}"/></cellXfs>'
    assert value_of('<c s="1"><v>46348.5</v></c>', styles=styles) == text


def test_dates_of_a_workbook_that_counts_from_1904() -> None:
    styles = '<cellXfs><xf numFmtId="14"/></cellXfs>'
    cell = '<c s="0"><v>44886</v></c>'
    assert value_of(cell, styles=styles, properties='<workbookPr date1904="1"/>') == "2026-11-22"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c t="e"><v>#REF!</v></c>', "#REF!"),
        ('<c t="e"><f>A1</f><v>#N/A</v></c>', "#N/A"),
        ("<c><f>A1</f></c>", "#VALUE!"),
        ("<c><f>A1</f><v></v></c>", "#VALUE!"),
        ('<c t="str"><f>A1</f></c>', "#VALUE!"),
        ('<c t="str"><f>A1</f><v></v></c>', ""),
        ('<c t="str"><f>A1</f><v>张三</v></c>', "张三"),
        ("<c><f>1+1</f><v>2</v></c>", "2"),
        ("<c><f>1-1</f><v>0</v></c>", "0"),
        ('<c t="b"><f>A1</f><v>1</v></c>', "TRUE"),
        ("<c/>", ""),
        ("<c><v/></c>", ""),
        ("<c><v>nan</v></c>", "#VALUE!"),
        ("<c><v>1E999999999</v></c>", "#VALUE!"),
        ("<c><v>1E-999999999</v></c>", "#VALUE!"),
        ("<c><v>1.3800000001E+10</v></c>", "13800000001"),
        ('<c t="d"><v>2026-11-22T10:00:00</v></c>', "2026-11-22 10:00"),
        ('<c t="inlineStr"><is><r><t>张</t></r><r><t xml:space="preserve"> 三</t></r></is></c>', "张 三"),
        ('<c t="inlineStr"><is><t>a_x000D_b_x4E00_</t></is></c>', "a\rb一"),
    ],
)
def test_cells_as_programs_write_them(cell: str, text: str) -> None:
    assert value_of(cell) == text


def test_zero_is_no_result_where_the_spreadsheet_is_still_to_calculate() -> None:
    properties = '<calcPr fullCalcOnLoad="1"/>'
    assert value_of("<c><f>A1</f><v>0</v></c>", properties=properties) == "#VALUE!"


def test_a_shared_text_in_several_formats_is_one_text_and_its_reading_aid_is_left_out() -> None:
    rich = '<si><r><t>张</t></r><r><rPr/><t>三</t></r><rPh sb="0" eb="1"><t>ZHANG</t></rPh></si>'
    assert value_of('<c t="s"><v>1</v></c>', strings=f"<si><t>x</t></si>{rich}") == "张三"


def test_elements_with_a_prefix_are_read_too() -> None:
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cell = f'<c t="inlineStr"><x:is xmlns:x="{name}"><x:t>张三</x:t></x:is></c>'
    assert value_of(cell) == "张三"


def test_formulas_without_a_result_get_a_note() -> None:
    assert notes_of(workbook([["mobile", "v"], [ONE, "=1+1"], [ONE, "=2+2"]])) == [
        "found 2 formulas without a result: open the workbook in a spreadsheet, and save it"
    ]


@pytest.mark.parametrize("is_small", [True, False], ids=["inline", "shared"])
def test_a_workbook_of_xlsxwriter(is_small: bool) -> None:
    with xlsxwriter.Workbook("p.xlsx", {"constant_memory": is_small}) as book:
        sheet = book.add_worksheet("S")
        sheet.write_row(0, 0, ["手机号", "姓名", "日期", "合计", "折扣"])
        sheet.write_number(1, 0, 13800000001)
        sheet.write_rich_string(1, 1, "张", book.add_format({"bold": True}), "三")
        sheet.write_datetime(1, 2, datetime(2026, 11, 22), book.add_format({"num_format": "yyyy/m/d"}))
        sheet.write_formula(1, 3, "=A1", None, "合")
        sheet.write_number(1, 4, 0.15, book.add_format({"num_format": 9}))
    assert fields_of("p.xlsx") == [[ONE, "张三", "2026-11-22", "合", "15%"]]
