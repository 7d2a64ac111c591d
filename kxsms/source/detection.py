"""Detection of how a file is written: its encoding, and the character between its fields."""

import codecs
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from kxsms.domain.encoding import marked_encoding
from kxsms.errors import InputError, UsageError
from kxsms.language import located, mark, tr
from kxsms.source.guess import check_guess, check_utf8, is_mostly_utf8

_DELIMITERS = ",;\t"
_TITLES = 20
_UNUSUAL = "|^，；、:~\x01"
_QUOTED = re.compile(r'(?<![^,;\t\r\n])"([^"]*(?:""[^"]*)*)"')
_SAVE_AS = mark("save the file as UTF-8, or name its encoding with --encoding")
_NOT_TEXT = mark("save a workbook as CSV; for UTF-16 without a byte order mark, use --encoding utf-16-le")


MAX_LINE = 16_000_000
"""Characters of a line. A field has at most 131,072: the limit of the csv module."""


def text_encoding(name: str) -> str:
    """Return Python's name of an encoding. Raise UsageError if it is not a text encoding."""
    try:
        "".encode(name)  # refuses encodings of bytes to bytes, such as hex
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        found = "undefined"
    if found in ("undefined", "idna", "punycode", "unicode-escape", "raw-unicode-escape"):
        raise UsageError(
            tr("--encoding {name!r} is not a text encoding", name=name),
            tr("use for example utf-8, gb18030 or utf-16"),
        )
    # Windows writes the characters of GB18030 and calls the encoding by its older names.
    return "gb18030" if found in ("gbk", "gb2312") else found


def named_delimiter(text: str) -> str:
    """Return the delimiter that the user named. Raise UsageError if it cannot separate fields."""
    character = "\t" if text in ("\\t", "tab") else text
    if len(character) != 1 or character in '"\r\n\0':
        raise UsageError(
            tr("--delimiter {text!r} cannot separate fields", text=text),
            tr("use one character such as , or ; or the word tab"),
        )
    return character


def announced_delimiter(head: str) -> str | None:
    """Return the delimiter that the first line names, as in `sep=;`, if it does."""
    found = re.match(r"sep=([^\"\r\n\0])(?:[\r\n]|\Z)", head, re.IGNORECASE)
    return found[1] if found else None


def unusual_delimiter(header: Sequence[str]) -> str | None:
    """Return the character that seems to separate the columns of a header that was read as one column."""
    if len(header) != 1:
        return None
    best = max(_UNUSUAL, key=header[0].count)
    return best if best in header[0] else None


def likely_delimiter(head: str) -> str:
    """Return the delimiter that is most frequent in the first line that has one, given the head of a file.

    Titles without a delimiter may stand above the header.
    """
    plain = _QUOTED.sub(lambda quoted: "x" if quoted[1].strip() else "", head)
    lines = filter(re.compile(r"[^,;\t\s]").search, re.split(r"[\r\n]", plain))
    found = next((line for line in islice(lines, _TITLES) if any(map(line.count, _DELIMITERS))), "")
    return max(_DELIMITERS, key=found.count)  # the first one, a comma, if there is none


@dataclass(frozen=True)
class FoundEncoding:
    """The encoding of a file. It is guessed if neither the user nor the file names it and it is not UTF-8."""

    name: str
    is_guessed: bool = False

    @property
    def guess(self) -> str | None:
        """Return the encoding as a message calls it if it was guessed, else None."""
        return self.name.upper() if self.is_guessed else None


def encoding_of(file: BinaryIO, name: str, given: str | None, hint: str | None = None) -> FoundEncoding:
    """Return the encoding of a file: the given one, the one its mark names, else UTF-8 or GB18030.

    Raise InputError if the file does not decode, or if it may well be in another encoding.
    """
    hint = hint or tr(_SAVE_AS)
    file.seek(0)
    known = given or marked_encoding(file.read(3))
    wrong = _undecodable_line(file, name, known or "utf-8")
    if wrong is None:
        if not known:
            check_utf8(file, name, hint)
        return FoundEncoding(known or "utf-8")
    if known:
        raise InputError(located(f"{name}:{wrong}", tr("not {encoding}", encoding=known)), hint)
    if is_mostly_utf8(file):
        raise InputError(
            located(f"{name}:{wrong}", tr("not UTF-8, but most of the file is")),
            tr("correct this line; or {hint}", hint=hint),
        )
    line = _undecodable_line(file, name, "gb18030")
    if line is not None:
        raise InputError(located(f"{name}:{max(line, wrong)}", tr("neither UTF-8 nor GB18030")), hint)
    check_guess(file, name, hint)
    return FoundEncoding("gb18030", is_guessed=True)


def _undecodable_line(file: BinaryIO, name: str, encoding: str) -> int | None:
    """Return the line of the first byte that is invalid in this encoding.

    Raise InputError for a NUL before it, and for a line that is too long.
    """
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    line, size, data, unbroken = 1, 1 << 20, b"?", 0
    file.seek(0)
    while data:
        state = decoder.getstate()
        data = file.read(size)
        try:
            text = decoder.decode(data, final=not data)
            if encoding == "utf-7":
                text.encode()  # UTF-7 can encode one half of a surrogate pair, which is not text
        except UnicodeError:
            if size == 1 or not data:
                return line + (state[1] & 1)  # this bit: the decoder holds back a \r until it sees a \n
            decoder.setstate(state)
            file.seek(-len(data), io.SEEK_CUR)
            size, text = size >> 10, ""  # read the same again in smaller pieces, to stop at the exact byte
        before, nul, _ = text.partition("\0")
        line += before.count("\n")
        if nul:
            raise InputError(
                located(f"{name}:{line}", tr("a NUL character: the file is not text")),
                tr(_NOT_TEXT),
            )
        unbroken = len(text) - 1 - text.rfind("\n") if "\n" in text else unbroken + len(text)
        if unbroken > MAX_LINE:  # the csv module would hold the whole line in memory, several times
            raise InputError(
                located(f"{name}:{line}", tr("a line of more than {length:,} characters", length=MAX_LINE)),
                tr(_NOT_TEXT),
            )
    return None
