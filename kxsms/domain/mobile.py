"""Mobile numbers of the Chinese mainland."""

import re
from collections.abc import Sequence

from kxsms.domain.marks import MARKS, SELECTORS
from kxsms.domain.words import counted
from kxsms.language import tr

_INVISIBLE = re.compile(rf"[{MARKS}{SELECTORS}]+")
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212]+")
# Only these, not everything that Unicode calls compatible: ² is a footnote mark, not a digit.
_FULL_WIDTH = str.maketrans(
    "０１２３４５６７８９＋－．，；／＝（）［］Ｅｅ＂“”＇‘’", "0123456789+-.,;/=()[]Ee\"\"\"'''"
)
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_MOBILES = re.compile(r"(?:1[3-9][0-9]{9},)*")
_COUNTRY = re.compile(r"(?:\+|00)?86(?=[0-9]{11}\Z)")
_SCIENTIFIC = r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]+"
_FORMULA = re.compile(r'\s*=\s*"(.*)"\s*', re.DOTALL)
# Only around the whole number or its beginning: 1381234567(8) may be a footnote.
_BRACKETED = re.compile(r"[(\[<](.*)[)\]>]")
_BRACKETED_START = re.compile(r"[(\[]((?:\+|00)?86|0[0-9]{2,3}|1[3-9][0-9])[)\]]")
_DECIMAL = re.compile(r"([^.]{11,})\.0+")
_THOUSANDS = re.compile(r"\+?[0-9]{1,3}(?:,[0-9]{3})+")
# One dot alone may be a decimal point: 1.3812345678 and 13812345.678 are no mobile numbers.
_DOTTED = re.compile(
    r"\+?[0-9]{2,8}(?:\.[0-9]{2,8}){2,}|(?:\+|00)?86\.[0-9]{11}|(?:(?:\+|00)?86)?1[3-9][0-9]\.[0-9]{8}"
)
_BETWEEN_NUMBERS = re.compile(r"[\s,;/|&、]+|和|或|及")
_ABROAD = r"(?:\+|00)(?!86)[1-9].*|85[23][0-9]{8}|886[0-9]{9}"
_OWN_COUNTRY = r"\A(?:(?:\+|00)86|86(?=1))"
_LANDLINE = r"0(?:10|2[0-9]|[3-9][0-9]{2})[0-9]{7,8}"
_PERHAPS_LANDLINE = r"(?:10|2[0-9])[0-9]{8}|[3-9][0-9]{9}|[2-9][0-9]{6,7}"


class InvalidMobile(ValueError):
    """An invalid mobile number; the message says why."""


class SeveralMobiles(InvalidMobile):
    """Several numbers where one is expected."""


def normalise(text: str) -> str:
    """Return the 11 digits of a mobile number, however it is written.

    Understand spaces, hyphens, dots, brackets, `+86`, `86`, `0086`, full-width digits, the invisible marks of
    numbers that were copied from a phone or a web page, and what spreadsheets add: `="…"`, a leading
    apostrophe, `.0` and thousands separators. Raise InvalidMobile if the rest is not 11 digits that start
    with 13 to 19.
    """
    if _MOBILE.fullmatch(text):  # most are
        return text
    visible = _INVISIBLE.sub("", text.translate(_FULL_WIDTH))
    plain = _without_marks(visible)
    digits = _COUNTRY.sub("", plain, count=1)
    if _MOBILE.fullmatch(digits):
        return digits
    if _holds_several(visible, plain):
        raise SeveralMobiles(tr("is several numbers in one field"))
    raise InvalidMobile(_why(plain))


def plain_mobiles(texts: Sequence[str]) -> list[int] | None:
    """Return the numbers of many texts, in a tenth of the time of `normalise`.

    Return None if one of them is anything but 11 digits.
    """
    # A comma follows each text; if every 12th character is a comma and the others are digits, each text is
    # one number.
    joined = ",".join(texts) + ","
    if len(joined) != 12 * len(texts) or not _MOBILES.fullmatch(joined):
        return None
    return list(map(int, texts))


def _without_marks(text: str) -> str:
    """Return the digits of a number, with `+` and anything that is not understood."""
    formula = _FORMULA.fullmatch(text)
    plain = (formula[1] if formula else text).strip().removeprefix("'")
    plain = _SEPARATORS.sub("", plain)
    if bracketed := _BRACKETED.fullmatch(plain):
        plain = bracketed[1]
    plain = _BRACKETED_START.sub(r"\1", plain, count=1) if plain[:1] in ("(", "[") else plain
    if decimal := _DECIMAL.fullmatch(plain):
        plain = decimal[1]
    if _THOUSANDS.fullmatch(plain):
        return plain.replace(",", "")
    return plain.replace(".", "") if _DOTTED.fullmatch(plain) else plain


def _holds_several(visible: str, plain: str) -> bool:
    """Return whether a text holds several numbers of 7 digits or more."""
    parts = (sum(map(str.isdecimal, part)) for part in _BETWEEN_NUMBERS.split(visible))
    if sum(digits >= 7 for digits in parts) > 1:
        return True
    return len(plain) > 11 and len(plain) % 11 == 0 and bool(re.fullmatch(rf"(?:{_MOBILE.pattern})+", plain))


def _why(plain: str) -> str:
    if not plain:
        return tr("is not a mobile number: it is empty")
    if re.fullmatch(_SCIENTIFIC, plain):
        return tr("is a number that a spreadsheet has rounded: format the column as text and enter it again")
    if re.fullmatch(_ABROAD, plain):
        return tr(
            "is a number of another country: only mobile numbers of the Chinese mainland can get a text"
        )
    digits = re.sub(_OWN_COUNTRY, "", plain)
    if not (plain.removeprefix("+").isascii() and plain.removeprefix("+").isdigit()):
        return tr("is not a mobile number: it has characters other than digits")
    if re.fullmatch(_LANDLINE, digits):
        return tr("is a landline number: use a mobile number")
    if re.fullmatch(_PERHAPS_LANDLINE, digits):
        return tr("looks like a landline number: use a mobile number")
    if len(digits) != 11:
        found = counted(len(digits), "digit")
        if len(digits) == 10:
            return tr("has {digits}, not 11: a digit is missing", digits=found)
        if len(digits) == 12:
            return tr("has {digits}, not 11: one digit too many", digits=found)
        return tr("has {digits}, not 11", digits=found)
    return tr("does not start with 13 to 19")


def masked_mobile(mobile: str) -> str:
    """Return a number with its middle masked: `138****0000`.

    Of a number in another form, only the first three and the last four digits stay.
    """
    digits = [index for index, character in enumerate(mobile) if character.isdecimal()]
    hidden = set(digits[3:-4])
    return "".join("*" if index in hidden else character for index, character in enumerate(mobile))
