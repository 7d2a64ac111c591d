"""JSON lines: a file with a JSON object on each line."""

import io
import json
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from kxsms.errors import InputError
from kxsms.language import located, mark, tr
from kxsms.source.row_file import FileRows

_AT_A_TIME = 5_000
_HINT = mark("write a JSON object on each line, with the key mobile")


class JsonLinesFile:
    """An open file of JSON lines: a `RowFile`. Its header, line 0, are the keys of the first object."""

    read_as: tuple[str, ...] = ("jsonl",)
    guessed_encoding: str | None = None
    hint_for_long_rows = _HINT

    def __init__(self, name: str, file: BinaryIO, digest: bytes) -> None:
        self.name, self.digest = name, digest
        self._file = file
        self._text: io.TextIOWrapper | None = None

    def close(self) -> None:
        """Close the file, and delete it if it is temporary."""
        (self._text or self._file).close()

    def where(self, line: int) -> str:
        """Return the place of a line for a message: `people.jsonl:3`."""
        return f"{self.name}:{line}"

    def rows(self) -> Iterator[FileRows]:
        """Yield the header and every object as a row, some thousand at a time. Raise InputError."""
        if self._text is not None:
            self._text.detach()
        self._file.seek(0)
        self._text = io.TextIOWrapper(self._file, "utf-8-sig", newline="\n")
        objects = self._objects()
        first = next(objects, None)
        if first is None:
            return
        keys = list(first[1])
        yield FileRows([0, first[0]], [keys, _cells(first[1], keys)])
        while some := list(islice(objects, _AT_A_TIME)):
            yield FileRows([line for line, _ in some], [_cells(found, keys) for _, found in some])

    def _objects(self) -> Iterator[tuple[int, dict[str, object]]]:
        assert self._text is not None
        number = 0
        try:
            for number, line in enumerate(self._text, start=1):
                found = json.loads(line) if line.strip() else None
                if isinstance(found, dict):
                    yield number, found
                elif line.strip():
                    raise ValueError
        except (ValueError, RecursionError):
            raise InputError(
                located(self.where(number), tr("this line is not a JSON object")), tr(_HINT)
            ) from None


def _cells(found: dict[str, object], keys: list[str]) -> list[str]:
    return ["" if found.get(key) is None else str(found[key]) for key in keys]
