"""The formats of a result."""

from enum import StrEnum
from typing import assert_never


class Format(StrEnum):
    """A format that `-o` offers."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    RAW_JSON = "raw-json"
    RAW_XML = "raw-xml"

    @property
    def is_raw(self) -> bool:
        """Return whether stdout gets the gateway's own bytes."""
        match self:
            case Format.RAW_JSON | Format.RAW_XML:
                return True
            case Format.TABLE | Format.JSON | Format.JSONL | Format.CSV:
                return False
        assert_never(self)

    @property
    def has_error_objects(self) -> bool:
        """Return whether errors are objects for programs, instead of sentences."""
        match self:
            case Format.JSON | Format.JSONL:
                return True
            case Format.TABLE | Format.CSV | Format.RAW_JSON | Format.RAW_XML:
                return False
        assert_never(self)
