"""Values of a row as a text uses them: clean, and refused where a spreadsheet or a program damaged them."""

import re
from collections.abc import Sequence

from kxsms.domain.marks import MARKS

_AROUND = re.compile(rf"\A[\s{MARKS}]+|[\s{MARKS}]+\Z")
_AT_END = re.compile(rf"[\s{MARKS}]+\Z")
_AT_START = rf"\A[\s{MARKS}]+"
_NEEDS_A_LOOK = re.compile(rf"[\r{MARKS}]")
_FORMULA = re.compile(r'="((?:[^"]|"")*)"')

# U+FFFD stands for bytes that are no character; these three are UTF-8 of two of it, read as GB18030.
_BROKEN = ("\ufffd", "锟斤拷")

_WORDS = frozenset(("NULL", "null", "None", "nan", "NaN", "NaT", "<NA>", r"\N", "undefined"))
# What Excel, WPS and LibreOffice show for a formula that failed, and for a number that has no room.
_ERROR = r"#N/A(?: N/A)?|#[A-Z][A-Z0-9/_ ]*[!?]|#GETTING_DATA|#{2,}|Err:[0-9]{3}"
_SCIENTIFIC = r"[+-]?[0-9]+(?:\.[0-9]+[eE][+-]?|[eE][+-])[0-9]+"
_HAS_EXPONENT = r"[0-9][eE][+\-0-9]"


def clean_value(text: str) -> str:
    """Return a value without blanks and invisible marks at both ends, and with LF as its line end.

    `="007"`, which keeps a spreadsheet from reading a number, is 007.
    """
    bare = _AROUND.sub("", text)
    formula = _FORMULA.fullmatch(bare)
    if formula:
        bare = _AROUND.sub("", formula[1].replace('""', '"'))
    return with_newlines(bare)


def clean_values(values: Sequence[str]) -> list[str]:
    """Return `clean_value` of each of many, in a fraction of the time."""
    joined = "\0".join(values)
    if '="' in joined or _NEEDS_A_LOOK.search(joined):
        return list(map(clean_value, values))
    return list(map(str.strip, values))


def clean_text(text: str) -> str:
    """Return a text as it is sent: without blanks and invisible marks at its end, with LF as its line end."""
    return _AT_END.sub("", with_newlines(text))


def without_start(text: str) -> str:
    """Return a text without blanks and invisible marks at its start."""
    return re.sub(_AT_START, "", text)


def with_newlines(text: str) -> str:
    """Return a text in which CRLF and CR are LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def has_hidden(text: str) -> bool:
    """Return whether a text holds a CR or an invisible mark."""
    return _NEEDS_A_LOOK.search(text) is not None


def broken_characters(text: str) -> str | None:
    """Return characters of a text that a wrong encoding made, or None."""
    return next((broken for broken in _BROKEN if broken in text), None)


def is_damaged(value: str) -> bool:
    """Return whether a clean value is a sign of damage, and not what somebody wrote.

    That is an error of a spreadsheet, a number in scientific notation, the word of a program for nothing, or
    characters that a wrong encoding made.
    """
    return (
        value in _WORDS
        or broken_characters(value) is not None
        or re.fullmatch(_ERROR, value) is not None
        or re.fullmatch(_SCIENTIFIC, value) is not None
    )


def first_damaged(values: Sequence[str]) -> str | None:
    """Return the first damaged one of many clean values."""
    joined = "\0".join(values)
    is_suspect = (
        "#" in joined
        or broken_characters(joined) is not None
        or "Err:" in joined
        or (("e" in joined or "E" in joined) and re.search(_HAS_EXPONENT, joined) is not None)
        or not _WORDS.isdisjoint(values)
    )
    return next(filter(is_damaged, values), None) if is_suspect else None
