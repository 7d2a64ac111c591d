"""Cells of a CSV that people open in a spreadsheet, which runs what looks to it like a formula."""

import re

from kxsms.domain.batch import ExportRow
from kxsms.domain.mobile import InvalidMobile, normalise

# Some programs skip blanks and invisible marks first, and East Asian ones read ＝ as =. An apostrophe that is
# there already gets another one: whoever takes one off has the text again, whatever it was.
_FORMULA = re.compile(r"'*(?:[\t\r\n]|[\s\x00-\x1f\x7f\u00ad\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠])")
_NUMBER = re.compile(r" *[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+) *")


def disarmed(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: a leading apostrophe makes it text.

    A plain number stays as it is, with or without a sign, and so does a mobile number however it is written:
    it holds nothing that could run, and `kxsms send --csv` has to know it again.
    """
    return f"'{text}" if _FORMULA.match(text) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    if _NUMBER.fullmatch(text):
        return True
    try:
        normalise(text)
    except InvalidMobile:
        return False
    return True


def disarmed_row(row: ExportRow) -> ExportRow:
    """A row of an export without formulas: neither its sender nor who replied can make it run anything."""
    fields = tuple(map(disarmed, row.fields))
    facts = (fact if fact is None else disarmed(fact) for fact in row[2:])
    return ExportRow(fields, row.outcome, *facts)
