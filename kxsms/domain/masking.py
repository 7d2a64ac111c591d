"""Masks the phone numbers in texts, however they are spelled, and in answers as they came."""

import re

from kxsms.domain.marks import MARKS, SELECTORS
from kxsms.domain.mobile import masked_mobile

_DIGIT = "[0-9０-９]"
_HIDDEN = rf"[{MARKS}{SELECTORS}]{{0,2}}"
_BLANK = rf"[ .()\-\u00a0\u2010-\u2015\u2212{MARKS}{SELECTORS}]{{0,3}}"
# A digit before a number makes it part of something else, unless it is part of an escape: %82 or \u3002.
_START = rf"(?:(?<!{_DIGIT})|(?<=%[0-9A-Fa-f]{{2}})|(?<=\\u[0-9A-Fa-f]{{4}}))"
_END = rf"(?!{_DIGIT})"
_MOBILE = rf"[1１]{_HIDDEN}[3-9３-９]{_HIDDEN}{_DIGIT}(?:{_BLANK}(?:{_DIGIT}{_HIDDEN}){{4}}){{2}}"
_SEVERAL = rf"(?:[1１][3-9３-９]{_DIGIT}{{9}})+"
# With a digit too few or too many.
_NEARLY = rf"[1１][3-9３-９]{_DIGIT}(?:{_DIGIT}{{7,9}}|(?:[ -]{_DIGIT}{{3,5}}){{2}})"
_THOUSANDS = r"1[3-9](?:,[0-9]{3}){3}"
_LANDLINE = rf"0(?:10|2[0-9]|[3-9][0-9]{{2}}){_BLANK}[0-9]{{7,8}}"
_ABROAD = r"(?<=\+)[1-9][0-9]{1,2}[ -]?[0-9](?:[ -]?[0-9]){6,12}"
_COUNTRY = rf"(?:(?:\+|00)?86{_BLANK}|0)?"
# A mistake that an error quotes.
_QUOTED = rf"(?<='){_DIGIT}{{12,20}}(?=')"
# The beginning or the end of a number in a text that was cut.
_CUT = rf"[1１][3-9３-９]{_DIGIT}(?:{_BLANK}{_DIGIT}){{1,8}}(?=…)"
_REST = rf"(?<=…){_DIGIT}{{5,10}}(?!{_DIGIT})"
_NUMBER = re.compile(
    rf"{_START}{_COUNTRY}({_MOBILE}|{_SEVERAL}|{_NEARLY}|{_THOUSANDS}){_END}"
    rf"|{_START}({_LANDLINE}){_END}|({_ABROAD}){_END}|{_START}({_CUT})|({_QUOTED})|(?P<rest>{_REST})"
)
_MOBILES = re.compile(_SEVERAL)
_ELEVEN = re.compile(rf"{_DIGIT}{{11}}")

# In UTF-16 a zero byte follows each digit, or comes before it.
_IN_BYTES = re.compile(
    rb"(?:(?<![0-9])(?<![0-9]\0)|(?<=%[0-9A-Fa-f]{2})|(?<=\\u[0-9A-Fa-f]{4}))"
    rb"1(\0?)[3-9]\1[0-9]\1((?:[0-9]\1){4})[0-9]\1[0-9]\1[0-9]\1[0-9](?!\0?[0-9])"
)


def masked_text(text: str) -> str:
    """Return a text with the phone numbers in it masked."""
    return _NUMBER.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    number: str = next(filter(None, match.groups()))
    before = match[0].removesuffix(number)
    if _MOBILES.fullmatch(number):
        return before + _ELEVEN.sub(lambda each: masked_mobile(each[0]), number)
    is_cut = match.string[match.end() : match.end() + 1] == "…"
    if match["rest"]:
        return "*" * len(number) if is_cut else "*" * (len(number) - 4) + number[-4:]
    if is_cut:
        return before + number[:3] + "*" * (len(number) - 3)
    return before + masked_mobile(number)


def masked_bytes(body: bytes) -> bytes:
    """Return an answer as it came with the mobile numbers in it masked."""

    def mask(match: re.Match[bytes]) -> bytes:
        start, end = match.start(2) - match.start(), match.end(2) - match.start()
        return match[0][:start] + re.sub(rb"[0-9]", b"*", match[2]) + match[0][end:]

    return _IN_BYTES.sub(mask, body)
