"""Options that say how a file of rows is to be read."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class FileOptions:
    """Options that say how a file is to be read; each None is found out from the file.

    `hidden_rows` "include": take them like "send", also from a workbook that does not say which are hidden.
    """

    mobile_column: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    sheet: str | None = None
    hidden_rows: Literal["send", "skip", "include"] | None = None
