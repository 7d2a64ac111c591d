"""The texts that the cells of a workbook share, in little memory, read no further than they are needed."""

import re
from array import array
from typing import IO

from kxsms.language import tr
from kxsms.source.workbook_errors import BadWorkbook
from kxsms.source.xml_parts import CHUNK, LocalNames, new_parser, parse

MAX_TEXT = 131_072
"""Characters of a cell; as the csv module allows a field. A spreadsheet allows 32,767."""

_MOST_BYTES = 512 * 2**20
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """Return a text with characters that XML cannot hold, which workbooks write as `_x000D_`."""
    if "_x" not in text:
        return text
    return (
        _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text)
        .encode("utf-16", "surrogatepass")
        .decode("utf-16", "replace")
    )


class SharedStrings:
    """Texts by their number. Rich text is put together; how it is pronounced is left out."""

    def __init__(self, part: IO[bytes] | None) -> None:
        self._part = part
        self._texts = bytearray()
        self._ends = array("Q", [0])
        self._parser = new_parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._names = LocalNames()
        self._pieces: list[str] = []
        self._size = 0
        self._spoken = 0

    def __getitem__(self, index: int) -> str:
        """Return a text. Raise IndexError if there is none with this number."""
        while index >= len(self._ends) - 1 and self._part is not None:
            self._read_on(self._part)
        if index < 0:
            raise IndexError(index)
        return self._texts[self._ends[index] : self._ends[index + 1]].decode()

    def _read_on(self, part: IO[bytes]) -> None:
        data = part.read(CHUNK)
        parse(self._parser, data, is_final=not data)
        if not data:
            part.close()
            self._part = None

    def _start(self, name: str, _: object) -> None:
        match self._names[name]:
            case "si":
                self._pieces, self._size = [], 0
            case "t" if not self._spoken:
                self._parser.CharacterDataHandler = self._add
            case "rPh":
                self._spoken += 1
            case _:
                pass

    def _add(self, data: str) -> None:
        self._size += len(data)
        if self._size > MAX_TEXT:
            raise BadWorkbook(
                tr("the workbook is damaged: a text of more than {length:,} characters", length=MAX_TEXT)
            )
        self._pieces.append(data)

    def _end(self, name: str) -> None:
        match self._names[name]:
            case "t":
                self._parser.CharacterDataHandler = None
            case "rPh":
                self._spoken -= 1
            case "si":
                self._texts += unescaped("".join(self._pieces)).encode()
                self._ends.append(len(self._texts))
                if len(self._texts) + 8 * len(self._ends) > _MOST_BYTES:
                    raise BadWorkbook(
                        tr(
                            "the workbook holds more than {size} MiB of texts",
                            size=_MOST_BYTES >> 20,
                        )
                    )
            case _:
                pass
