"""Finds out how a file is written: its encoding, and the character between its fields."""

import codecs
import io
import re
from typing import BinaryIO

from kxsms.errors import InputError, UsageError

_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_DELIMITERS = ",;\t"
_QUOTED = re.compile(r'(?<![^,;\t\r\n])"([^"]*(?:""[^"]*)*)"')
_SAVE_AS = "save the file as UTF-8, or name its encoding with --encoding"
_NO_TEXT = "a workbook has to be saved as CSV; UTF-16 without its mark needs --encoding utf-16-le"


def text_encoding(name: str) -> str:
    """Python's name of an encoding. Raises UsageError for what is none."""
    try:
        "".encode(name)  # refuses what is no text encoding, such as hex
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        found = "undefined"
    if found in ("undefined", "idna", "punycode", "unicode-escape", "raw-unicode-escape"):
        raise UsageError(f"--encoding {name!r} is no text encoding", "for example utf-8, gb18030 or utf-16")
    # Windows calls by the older names what it writes with the characters of the newest.
    return "gb18030" if found in ("gbk", "gb2312") else found


def named_delimiter(text: str) -> str:
    """The delimiter that was given. Raises UsageError for what can be none."""
    character = "\t" if text in ("\\t", "tab") else text
    if len(character) != 1 or character in '"\r\n\0':
        raise UsageError(f"--delimiter {text!r} is no character that parts fields", "such as , ; or tab")
    return character


def likely_delimiter(head: str) -> str:
    """The delimiter of which the first line has most, by the beginning of a file."""
    plain = _QUOTED.sub(lambda quoted: "x" if quoted[1].strip() else "", head)
    lines = filter(re.compile(r"[^,;\t\s]").search, re.split(r"[\r\n]", plain))
    return max(_DELIMITERS, key=next(lines, "").count)  # the first, a comma, where there is none


def encoding_of(file: BinaryIO, name: str, given: str | None) -> str:
    """The encoding of a file: the one given, that of its mark, or the likelier of two. Raises InputError."""
    file.seek(0)
    start = file.read(3)
    known = given or next((_MARKS[mark] for mark in _MARKS if start.startswith(mark)), None)
    line = 0
    for encoding in (known,) if known else ("utf-8", "gb18030"):
        wrong = _undecodable_line(file, name, encoding)
        if wrong is None:
            return encoding
        line = max(line, wrong)  # what gets further is likelier the right one
    raise InputError(f"{name}:{line}: {f'not {known}' if known else 'neither UTF-8 nor GB18030'}", _SAVE_AS)


def _undecodable_line(file: BinaryIO, name: str, encoding: str) -> int | None:
    """The line of the first byte that is not in this encoding. Raises InputError for a NUL before it."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    line, size, data = 1, 1 << 20, b"?"
    file.seek(0)
    while data:
        state = decoder.getstate()
        data = file.read(size)
        try:
            text = decoder.decode(data, final=not data)
            if encoding == "utf-7":
                text.encode()  # the halves of a pair of surrogates need not meet there
        except UnicodeError:
            if size == 1 or not data:
                return line + (state[1] & 1)  # this bit: a \r, held back in case that a \n follows
            decoder.setstate(state)
            file.seek(-len(data), io.SEEK_CUR)
            size, text = size >> 10, ""  # once more in smaller pieces, to stop at the very byte
        before, nul, _ = text.partition("\0")
        line += before.count("\n")
        if nul:
            raise InputError(f"{name}:{line}: a NUL character: this is no text", _NO_TEXT)
    return None
