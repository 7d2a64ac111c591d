"""Counts of what the rows of a sheet do not show: hidden rows, merged cells, formulas without a result."""

from dataclasses import dataclass

from kxsms.source.xml_parts import LocalNames, is_hidden_row, new_parser, parse


@dataclass(frozen=True)
class Inspection:
    """Counts of a sheet: hidden rows with content, merged areas, formulas without a result.

    Empty rows, `gaps`, count only between others and where they may be cells without a result, `decimals`
    only where no format is known: some are percentages. `decimal_columns` counts from 0.
    """

    hidden: int = 0
    merged: int = 0
    formulas: int = 0
    gaps: int = 0
    decimals: int = 0
    decimal_columns: tuple[int, ...] = ()


def lacks_result(kind: str, value: str | None, *, doubts_zeros: bool) -> bool:
    """Return whether the result of a formula, of this type of cell, is missing or a stand-in."""
    if value is None or (kind == "n" and not value):
        return True
    return doubts_zeros and kind == "n" and value == "0"


class Inspector:
    """A parser of a sheet that counts what a table cannot show."""

    def __init__(self, *, doubts_zeros: bool) -> None:
        self._doubts_zeros = doubts_zeros
        self._parser = new_parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._names = LocalNames()
        self._hidden = self._merged = self._formulas = 0
        self._is_hidden = self._has_formula = False
        self._kind = "n"
        self._value: str | None = None

    def feed(self, data: bytes) -> None:
        """Parse the next piece. Raise ParseError."""
        parse(self._parser, data)

    def close(self) -> Inspection:
        """Return the counts. Raise ParseError if the sheet is not complete."""
        parse(self._parser, b"", is_final=True)
        return Inspection(self._hidden, self._merged, self._formulas)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match self._names[name]:
            case "row":
                self._is_hidden = is_hidden_row(attributes)
            case "c":
                self._kind, self._has_formula, self._value = attributes.get("t", "n"), False, None
            case "f":
                self._has_formula = True
            case "v" | "t":
                self._value = ""
                self._parser.CharacterDataHandler = self._add
                if self._is_hidden:
                    self._hidden, self._is_hidden = self._hidden + 1, False
            case "mergeCell":
                self._merged += 1
            case _:
                pass

    def _add(self, data: str) -> None:
        self._value = data

    def _end(self, name: str) -> None:
        match self._names[name]:
            case "v" | "t":
                self._parser.CharacterDataHandler = None
            case "c" if self._has_formula:
                self._formulas += lacks_result(self._kind, self._value, doubts_zeros=self._doubts_zeros)
            case _:
                pass
