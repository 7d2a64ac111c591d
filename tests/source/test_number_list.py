"""Lists of numbers: one per line, or a column of a table or a workbook, with and without a header."""

from pathlib import Path

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from kxsms.errors import InputError
from kxsms.source.number_list import open_numbers
from tests.source.files import no_stdin
from tests.source.sheets import FIXTURES, workbook

ONE, TWO = "13800000001", "13800000002"


def read(data: str | bytes, name: str = "n.txt") -> list[int]:
    Path(name).write_bytes(data.encode() if isinstance(data, str) else data)
    return read_file(name)


def read_file(name: str) -> list[int]:
    with open_numbers(name, no_stdin, lambda text: None) as found:
        mobiles = [mobile for some in found.numbers() for mobile in some.mobiles]
        found.refuse_invalid()
        return mobiles


BOTH = [int(ONE), int(TWO)]

LISTS = {
    "a number per line": f"{ONE}\n{TWO}\n",
    "blank lines": f"\n{ONE}\r\n\r\n{TWO}",
    "spellings": "+86 138-0000-0001\n138 0000 0002\n",
    "a header": f"手机号\n{ONE}\n{TWO}\n",
    "a table": f"name,mobile\n张三,{ONE}\n李四,{TWO}\n",
    "a table without a header": f"张三;{ONE}\n李四;{TWO}\n",
    "short rows": f"mobile,name\n{ONE},张三\n{TWO}\n",
    "a comma at the ends": f"{ONE},\n{TWO},\n",
    "JSON lines": f'{{"mobile": "{ONE}", "name": "张三"}}\n{{"mobile": {TWO}}}\n',
    "GB18030": f"姓名,手机\n张三,{ONE}\n李四,{TWO}\n".encode("gb18030"),
}


@pytest.mark.parametrize("data", LISTS.values(), ids=LISTS)
def test_the_numbers_are_found(data: str | bytes) -> None:
    assert read(data) == BOTH


def test_an_empty_list_has_no_numbers() -> None:
    assert read("\n") == []


def hide(sheet: Worksheet) -> None:
    sheet.row_dimensions[3].hidden = True


def test_a_workbook_is_a_list_with_its_hidden_rows() -> None:
    name = workbook([["姓名", "手机号"], ["张三", ONE], ["李四", int(TWO)]], hide)
    assert read_file(name) == BOTH


def test_a_workbook_that_does_not_say_which_rows_are_hidden_is_a_list() -> None:
    assert read_file(str(FIXTURES / "libreoffice.ods")) != []


REFUSED = {
    "an invalid number": (f"{ONE}\n1380000000\n", "n.txt:2: '1380000000' has 10 digits"),
    "an invalid first line": (f"1380000000\n{ONE}\n", "n.txt:1: '1380000000' has 10 digits"),
    "a word above the numbers": (f"号\n{ONE}\n", "n.txt:1: '号' is not a mobile number"),
    "an empty cell": (f"mobile,name\n,张三\n{ONE},李四\n", "n.txt:2: '' is not a mobile number: it is empty"),
    "several in a line": (f"{ONE}\n{TWO} {ONE}\n", "is several numbers in one field"),
    "a second field": (f"{ONE}\n" * 30 + f"{TWO},{ONE}\n", "n.txt:31: '13800000002' has 2 fields"),
    "several invalid": ("1\n2\n3\n", "n.txt: 3 invalid numbers"),
    "two columns": (f"{ONE},{TWO}\n", "n.txt: mobile numbers are in several columns: '1', '2'"),
    "two names": (f"手机,电话\n{ONE},{TWO}\n", "n.txt:1: several columns of numbers: '手机', '电话'"),
    "no column": ("a,b\nc,d\n", "n.txt: no column of the first rows holds a mobile number"),
    "lines above the header": (f"黑名单\n手机号\n{ONE}\n", "n.txt:2: the header seems to be in this line"),
    "no JSON": (f'{{"mobile": "{ONE}"}}\nx\n', "n.txt:2: this line is not a JSON object"),
    "an invalid number in JSON": ('{"mobile": "1"}\n', "n.txt:1: '1' has 1 digit"),
    "another kind of file": ("%PDF-1.7", "n.txt: this is a PDF document, not a list of numbers"),
}


@pytest.mark.parametrize(("data", "problem"), REFUSED.values(), ids=REFUSED)
def test_a_list_is_refused_with_its_file_line_and_value(data: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        read(data)
    assert problem in caught.value.message


@pytest.mark.parametrize("data", [data for data, _ in REFUSED.values()], ids=REFUSED)
def test_no_hint_names_an_option_of_send(data: str) -> None:
    with pytest.raises(InputError) as caught:
        read(data)
    assert "--" not in (caught.value.hint or "")


def test_a_missing_file_is_named() -> None:
    with pytest.raises(InputError, match=r"no\.txt: No such file"):
        read_file("no.txt")
