"""Masked numbers: texts that others may see, with the middle of each mobile number hidden."""

import re

from kxsms.domain.marks import MARKS, SELECTORS

_ASCII_DIGITS = str.maketrans("０１２３４５６７８９＋－．（）", "0123456789+-.()")
_DIGIT = re.compile("[0-9０-９]")
_BETWEEN = rf"[\s.()\-\u2010-\u2015\u2212{MARKS}{SELECTORS}]{{0,2}}"
# A number in a text, however it is written: see `kxsms.domain.mobile.normalise`. The second group is hidden.
_WRITTEN = re.compile(
    rf"(?<![0-9])((?:(?:\+|00)?86{_BETWEEN})?1{_BETWEEN}[3-9]{_BETWEEN}[0-9]{_BETWEEN})"
    rf"([0-9](?:{_BETWEEN}[0-9]){{3}})(?=(?:{_BETWEEN}[0-9]){{4}}(?![0-9]))"
)


def masked(text: str) -> str:
    """Return a text with the middle of each mobile number in it hidden: 138****0000."""
    parts, end = [], 0
    for found in _WRITTEN.finditer(text.translate(_ASCII_DIGITS)):  # as long as the text
        parts += [text[end : found.start(2)], _DIGIT.sub("*", text[found.start(2) : found.end(2)])]
        end = found.end(2)
    return "".join([*parts, text[end:]])
