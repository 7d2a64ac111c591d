"""A file that the user named with --out."""

from enum import StrEnum
from typing import NamedTuple

MAX_SHEET_ROWS = 1_048_575
"""Rows below the header of an Excel sheet."""


class FileFormat(StrEnum):
    """The format of a file of rows; the value is the ending of its name."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


class OutFile(NamedTuple):
    """A file to write rows into. `encoding` and `is_plain` are of a CSV: plain keeps formulas as they are.

    `is_device`: it is a pipe or a device, which is written to as it stands.
    """

    path: str
    format: FileFormat
    encoding: str = "utf-8-sig"
    is_plain: bool = False
    is_device: bool = False
