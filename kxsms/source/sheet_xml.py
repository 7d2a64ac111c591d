"""The XML of a sheet of an .xlsx workbook: its rows as texts."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple
from xml.etree.ElementTree import ParseError

from kxsms.language import tr
from kxsms.source.inspection import lacks_result
from kxsms.source.number_format import ERROR_TEXT, NumberFormat, NumberKind, moment_text, number_text
from kxsms.source.shared_strings import MAX_TEXT, SharedStrings, unescaped
from kxsms.source.workbook_errors import BadWorkbook
from kxsms.source.xml_parts import TRUE, LocalNames, is_hidden_row, new_parser, parse

_MOST_ROWS, _MOST_COLUMNS = 1 << 20, 1 << 14
_PLAIN = NumberFormat()
_DIGITS = "0123456789"


class SheetRow(NamedTuple):
    """A row as texts, without the empty cells at its end. `line` is the number that a spreadsheet shows."""

    line: int
    is_hidden: bool
    fields: list[str]


class _Columns(dict[str, int]):
    """The index of a column, from 0, by its letters."""

    def __missing__(self, letters: str) -> int:
        number = 0
        for letter in letters:
            number = number * 26 + ord(letter.upper()) - ord("A") + 1
            if not 0 < number <= _MOST_COLUMNS:
                raise ParseError(tr("the column {letters!r}", letters=letters[:20]))
        self[letters] = number - 1
        return number - 1


def _number(text: str | None, largest: int) -> int:
    """Return a number that an attribute or a cell holds. Raise ParseError if it is invalid."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) > largest:
        raise ParseError(tr("the number {text!r}", text=text))
    return int(text)


class SheetReader:
    """A parser of a sheet that is fed piece by piece, and gives the rows that are complete."""

    def __init__(
        self,
        strings: SharedStrings,
        formats: Sequence[NumberFormat],
        *,
        from_1904: bool,
        doubts_zeros: bool,
    ) -> None:
        self._strings, self._formats = strings, formats
        self._from_1904, self._doubts_zeros = from_1904, doubts_zeros
        self._parser = new_parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._names, self._columns = LocalNames(), _Columns()
        self._found: list[SheetRow] = []
        self._line, self._column = 0, -1
        self._is_hidden = self._has_formula = False
        self._fields: list[str] = []
        self._kind, self._style = "n", ""
        self._pieces: list[str] = []
        self._has_value = False
        self._spoken = 0

    def feed(self, data: bytes) -> list[SheetRow]:
        """Parse the next piece, and return the rows that end in it. Raise ParseError or BadWorkbook."""
        return self._parse(data, is_final=False)

    def close(self) -> list[SheetRow]:
        """Check that the sheet is complete, and return the last rows. Raise ParseError or BadWorkbook."""
        return self._parse(b"", is_final=True)

    def _parse(self, data: bytes, *, is_final: bool) -> list[SheetRow]:
        parse(self._parser, data, is_final=is_final)
        found, self._found = self._found, []
        return found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match self._names[name]:
            case "c":
                place = attributes.get("r")
                self._column = self._column + 1 if place is None else self._columns[place.rstrip(_DIGITS)]
                self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
                self._pieces, self._has_value, self._has_formula = [], False, False
            case "v":
                self._has_value = True
                self._parser.CharacterDataHandler = self._add
            case "t" if not self._spoken:
                self._has_value = True
                self._parser.CharacterDataHandler = self._add
            case "row":
                line = attributes.get("r")
                before, self._line = self._line, self._line + 1 if line is None else _number(line, _MOST_ROWS)
                if not before < self._line <= _MOST_ROWS:
                    raise BadWorkbook(
                        tr(
                            "the workbook is damaged: row {row:,} follows row {before:,}",
                            row=self._line,
                            before=before,
                        )
                    )
                self._is_hidden, self._column, self._fields = is_hidden_row(attributes), -1, []
            case "f":
                self._has_formula = True
            case "rPh":
                self._spoken += 1
            case _:
                pass

    def _add(self, data: str) -> None:
        self._pieces.append(data)
        if (len(self._pieces) > 1 or len(data) > MAX_TEXT) and sum(map(len, self._pieces)) > MAX_TEXT:
            raise BadWorkbook(
                tr("the workbook is damaged: row {row:,} holds a text that is too long", row=self._line)
            )

    def _end(self, name: str) -> None:
        match self._names[name]:
            case "v" | "t":
                self._parser.CharacterDataHandler = None
            case "c":
                if self._has_value or self._has_formula:
                    text = self._text("".join(self._pieces))
                    if self._column == len(self._fields) < _MOST_COLUMNS:
                        self._fields.append(text)
                    else:
                        self._put(text)
            case "row":
                while self._fields and not self._fields[-1]:
                    self._fields.pop()
                self._found.append(SheetRow(self._line, self._is_hidden, self._fields))
            case "rPh":
                self._spoken -= 1
            case _:
                pass

    def _put(self, text: str) -> None:
        """Set a cell that is not the next one of its row. Raise BadWorkbook if the row has too many."""
        column, fields = self._column, self._fields
        if column >= _MOST_COLUMNS:
            raise BadWorkbook(tr("the workbook is damaged: row {row:,} has too many cells", row=self._line))
        fields.extend([""] * (column + 1 - len(fields)))
        fields[column] = text

    def _text(self, value: str) -> str:
        """Return the text of the cell that ends."""
        if self._has_formula and lacks_result(
            self._kind, value if self._has_value else None, doubts_zeros=self._doubts_zeros
        ):
            return ERROR_TEXT
        match self._kind:
            case "s" if not value:
                return ""
            case "s":
                try:
                    return self._strings[int(value)]
                except (IndexError, ValueError):
                    raise ParseError(tr("the text {value!r}", value=value)) from None
            case "n":
                return self._number_text(value) if value else ""
            case "b":
                return "TRUE" if value in TRUE else "FALSE"
            case "e":
                return value if value.startswith("#") else ERROR_TEXT
            case "d":
                return _iso_text(value)
            case _:
                return unescaped(value)

    def _number_text(self, value: str) -> str:
        shown = _PLAIN
        if self._style:
            style = _number(self._style, 1 << 29)
            shown = self._formats[style] if style < len(self._formats) else _PLAIN
        if shown.kind is NumberKind.PLAIN and value.isdigit() and value[0] in "123456789" and len(value) < 16:
            return value
        return number_text(value, shown, from_1904=self._from_1904)


def _iso_text(value: str) -> str:
    with suppress(ValueError):
        return moment_text(datetime.fromisoformat(value).replace(tzinfo=None))
    return ERROR_TEXT
