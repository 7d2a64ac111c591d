"""The formats of a result."""

from enum import StrEnum


class Format(StrEnum):
    """`-o`."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    RAW_JSON = "raw-json"
    RAW_XML = "raw-xml"

    @property
    def is_raw(self) -> bool:
        return self in (Format.RAW_JSON, Format.RAW_XML)

    @property
    def is_json(self) -> bool:
        return self in (Format.JSON, Format.JSONL)
