"""CSV files for the tests, in the current directory."""

from pathlib import Path
from typing import BinaryIO

import pytest

from kxsms.errors import InputError
from kxsms.source.file_options import FileOptions
from kxsms.source.opening import open_table
from kxsms.source.table import SourceTable
from tests.planning import Row, rows_of

HEADER = ("手机号", "姓名", "金额")
EXCEL = "手机号,姓名,金额\r\n13812345678,王小明,12.50\r\n13912345678,李雷,8\r\n"
ROWS = [Row(2, ["13812345678", "王小明", "12.50"]), Row(3, ["13912345678", "李雷", "8"])]


def no_stdin() -> BinaryIO:
    raise AssertionError("stdin was opened")


def opened(data: bytes | str, encoding: str | None = None, delimiter: str | None = None) -> SourceTable:
    """Write `people.csv`, and open it."""
    Path("people.csv").write_bytes(data.encode() if isinstance(data, str) else data)
    return open_table("people.csv", no_stdin, FileOptions(encoding=encoding, delimiter=delimiter))


def read(data: bytes | str, encoding: str | None = None) -> list[Row]:
    with opened(data, encoding) as file:
        return rows_of(file)


def refused(data: bytes | str, encoding: str | None = None) -> InputError:
    """Return the error of a file that cannot be read."""
    with pytest.raises(InputError) as caught:
        read(data, encoding)
    return caught.value
