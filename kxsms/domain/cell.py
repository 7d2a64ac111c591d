"""Cells of a CSV for spreadsheets, which would run a cell that looks like a formula."""

import re

from kxsms.domain.mobile import InvalidMobile, normalise

# Some programs skip blanks and invisible marks first, and East Asian ones read ＝ as =. A leading apostrophe
# gets another one, so that taking one off always gives the original text.
_FORMULA = re.compile(r"'*(?:[\t\r\n]|[\s\x00-\x1f\x7f\u00ad\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠])")
_NUMBER = re.compile(r" *[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+) *")

# `normalise` reads ="13800000000" and '13800000000 as numbers, but a formula stays a formula.
_NOT_PLAIN = re.compile(r"[='＝＇‘’]")


def disarmed(text: str) -> str:
    """Return a cell that no spreadsheet runs as a formula: a leading apostrophe makes it text.

    Numbers stay as they are, with or without a sign, and so do mobile numbers however they are written: they
    are harmless, and `kxsms send --csv` must recognise them in an export.
    """
    return f"'{text}" if _FORMULA.match(text) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    if _NUMBER.fullmatch(text):
        return True
    if _NOT_PLAIN.search(text):
        return False
    try:
        normalise(text)
    except InvalidMobile:
        return False
    return True
