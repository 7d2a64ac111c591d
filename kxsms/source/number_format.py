"""Numbers of a workbook's cells as texts: plain numbers, percentages, dates and times."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum

ERROR_TEXT = "#VALUE!"
"""The text of a cell whose value is missing or cannot be read: the planner refuses it as damage."""

_TOO_WIDE = "########"
_DIGITS = 15
"""Digits that spreadsheets keep of a number: from the next one on they are lost."""
_LARGEST = 308
"""The largest exponent of a number."""
_MOST_DECIMALS = 9
_LITERAL = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|E[+-]|am/pm|a/p|general', re.I)
_LITERALS = r'(?:"[^"]*"|\\.|[^\x00-\x7f]| )*'
_MONEY = frozenset({"元", "元整", "块", "圆", "人民币", "RMB", "CNY", "USD", "HKD", "EUR"})
"""Words that name a currency: money is its plain value."""

_WORDED = re.compile(rf"({_LITERALS})((?:#,##)?0(?:\.[0#]+)?|0+|general)({_LITERALS})", re.IGNORECASE)
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_MONTHS_BESIDE_TIMES = re.compile(r"(?<=h)[^hdys]*m+|m+[^hdym]*(?=s)")
_ZEROS = re.compile(r"0{2,}")
_LAST_DAY = 2_958_465  # 9999-12-31
_SECONDS_PER_DAY = 86_400

# Formats whose codes a workbook does not spell out. Those of 27 to 36 and 50 to 58 are East Asian dates,
# some of which are times in one language and dates in another.
_DATE, _TIME, _BOTH = "yyyy-mm-dd", "h:mm:ss", "yyyy-mm-dd h:mm:ss"
_BUILT_IN = {
    9: "0%",
    10: "0.00%",
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36, *range(50, 55), 57, 58), _DATE),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 45, 47), _TIME),
    **dict.fromkeys((22, 34, 35, 55, 56), _BOTH),
    46: "[h]:mm:ss",
}


class NumberKind(Enum):
    """The ways in which a format shows a number."""

    PLAIN = "plain"
    PERCENT = "percent"
    ZEROS = "zeros"
    WORDED = "worded"
    ELAPSED = "elapsed"
    DATE = "date"
    TIME = "time"
    BOTH = "both"


@dataclass(frozen=True)
class NumberFormat:
    """A number format. Of a percentage or of leading zeros, `digits` are shown at least, `most` at most.

    A worded one shows a plain number between words, as in `第3期`.
    """

    kind: NumberKind = NumberKind.PLAIN
    digits: int = 0
    most: int = 0
    before: str = ""
    after: str = ""


def format_of(number: int, codes: dict[int, str]) -> NumberFormat:
    """Return the format with this number; `codes` are those that the workbook spells out."""
    code = codes.get(number, _BUILT_IN.get(number))
    return NumberFormat() if code is None else parse_format(code)


def parse_format(code: str) -> NumberFormat:
    """Return what the first section of a format code, that of positive numbers, makes of a number.

    Words count only where the code is nothing but a plain number and these: signs of currencies are no words.
    """
    if worded := _WORDED.fullmatch(code):
        before, number, after = _literal(worded[1]), worded[2], _literal(worded[3])
        words = {before.strip(), after.strip()}
        if any(map(str.isalpha, before + after)) and not words & _MONEY:
            digits = len(number) if number.isdecimal() else 1
            return NumberFormat(NumberKind.WORDED, digits, before=before, after=after)
    plain = _LITERAL.sub("", _quoted_semicolons(code).partition(";")[0]).lower()
    if "%" in plain:
        decimals = plain.partition(".")[2]
        digits, most = decimals.count("0"), len(re.findall("[0#?]", decimals))
        return NumberFormat(NumberKind.PERCENT, min(digits, _MOST_DECIMALS), min(most, _MOST_DECIMALS))
    if _ELAPSED.search(plain):
        return NumberFormat(NumberKind.ELAPSED)
    has_time = re.search("[hs]", plain) is not None
    has_date = re.search("[ydmb]|aaa", _MONTHS_BESIDE_TIMES.sub("", plain)) is not None
    if has_date:
        return NumberFormat(NumberKind.BOTH if has_time else NumberKind.DATE)
    if has_time:
        return NumberFormat(NumberKind.TIME)
    if _ZEROS.fullmatch(plain):
        return NumberFormat(NumberKind.ZEROS, len(plain))
    return NumberFormat()


def _literal(code: str) -> str:
    """Return what literal parts of a format code show."""
    return re.sub(r'"([^"]*)"|\\(.)', lambda part: part[1] if part[2] is None else part[2], code)


def _quoted_semicolons(code: str) -> str:
    return re.sub(r'"[^"]*"|\\;', '""', code)


def number_text(written: str, shown: NumberFormat, *, from_1904: bool = False) -> str:
    """Return the text of a number as a person sees it, given how the file writes it.

    Currency and decimals of a format are not shown: an amount is its plain value. Of a number with more
    digits than a spreadsheet keeps it is the scientific notation, of a date that does not exist `########`:
    the planner refuses both as damage.
    """
    try:
        value = Decimal(written.strip())
    except ArithmeticError:
        return ERROR_TEXT
    exponent = value.adjusted() if value.is_finite() else _LARGEST + 1
    if abs(exponent) > _LARGEST:
        return ERROR_TEXT
    if value and not -_DIGITS < exponent < _DIGITS:
        return f"{value:.14E}"
    match shown.kind:
        case NumberKind.PLAIN:
            return _plain(value)
        case NumberKind.PERCENT:
            return _percent(value, shown)
        case NumberKind.ZEROS:
            return _padded(value, shown.digits)
        case NumberKind.WORDED:
            number = _plain(abs(value)) if shown.digits < 2 else _padded(abs(value), shown.digits)
            return f"{'-' if value < 0 else ''}{shown.before}{number}{shown.after}"
        case NumberKind.ELAPSED:
            return _elapsed(value)
        case NumberKind.DATE | NumberKind.TIME | NumberKind.BOTH:
            return _date(value, shown.kind, from_1904=from_1904)


def _plain(value: Decimal) -> str:
    """Return a number with at most 15 digits, without an exponent and without zeros at its end."""
    text = format(Decimal(f"{value:.{_DIGITS}g}"), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _percent(value: Decimal, shown: NumberFormat) -> str:
    rounded = (value * 100).quantize(Decimal(1).scaleb(-shown.most), ROUND_HALF_UP)
    whole, point, decimals = format(rounded, "f").partition(".")
    kept = decimals[: shown.digits] + decimals[shown.digits :].rstrip("0")
    return f"{whole}{point if kept else ''}{kept}%"


def _padded(value: Decimal, digits: int) -> str:
    rounded = value.quantize(Decimal(1), ROUND_HALF_UP)
    return f"{'-' if rounded < 0 else ''}{format(abs(rounded), 'f'):0>{digits}}"


def _elapsed(value: Decimal) -> str:
    if value < 0:
        return _TOO_WIDE
    return elapsed_text(int((value * _SECONDS_PER_DAY).to_integral_value(ROUND_HALF_UP)))


def elapsed_text(seconds: int) -> str:
    """Return a length of time: `36:00`, with its seconds if there are any."""
    minutes, rest = divmod(seconds, 60)
    text = f"{minutes // 60}:{minutes % 60:02}"
    return f"{text}:{rest:02}" if rest else text


def _date(value: Decimal, kind: NumberKind, *, from_1904: bool) -> str:
    value += 1462 if from_1904 else 0
    if not 0 <= value <= _LAST_DAY + 1:
        return _TOO_WIDE
    if value < 1:
        kind = NumberKind.TIME if kind is NumberKind.BOTH else kind
    elif value < 60 and not from_1904:
        value += 1  # spreadsheets count 1900-02-29, which does not exist
    seconds = int((value * _SECONDS_PER_DAY).to_integral_value(ROUND_HALF_UP))
    if seconds >= (_LAST_DAY + 1) * _SECONDS_PER_DAY:
        return _TOO_WIDE
    return moment_text(datetime(1899, 12, 30) + timedelta(seconds=seconds), kind)


def moment_text(moment: datetime, kind: NumberKind = NumberKind.BOTH) -> str:
    """Return a date as 2026-11-22, with its time, if it is not midnight, as 2026-11-22 10:00."""
    date, time = f"{moment:%Y-%m-%d}", f"{moment:%H:%M:%S}".removesuffix(":00")
    if kind is NumberKind.TIME:
        return time
    return date if kind is NumberKind.DATE or time == "00:00" else f"{date} {time}"
