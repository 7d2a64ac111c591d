"""The guess that a file is GB18030, where neither the file nor the user names its encoding.

Most bytes of other encodings are valid GB18030 too. A wrong guess would send characters that nobody wrote, so
that a doubtful one is an error.
"""

import codecs
import io
import re
from collections.abc import Iterator
from functools import cache
from typing import BinaryIO

from kxsms.errors import InputError
from kxsms.language import located, tr
from kxsms.source.common_characters import SIMPLIFIED, SURNAMES
from kxsms.source.likelihood import UTF_8, Rival, likeliest_rival, margin_of_chance, margin_over_utf8

_PRIVATE = re.compile("[\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")


def check_utf8(file: BinaryIO, name: str, hint: str) -> None:
    """Raise InputError for a line of valid UTF-8 that is far likelier GB18030, such as 志英.

    Only Chinese that has two bytes per character in UTF-8 too can be mistaken; most files have no such bytes.
    """
    file.seek(0)
    line, checked = 1, 0
    for data in iter(lambda: b"".join(file.readlines(1 << 20)), b""):
        if data.translate(None, _NOT_NARROW_LEAD) and checked < _MOST_CHECKED:
            for number, one in enumerate(data.split(b"\n"), line):
                if not one.translate(None, _NOT_NARROW_LEAD):
                    continue
                checked += 1
                if margin_over_utf8(one) > _UTF8_MARGIN:
                    raise InputError(
                        located(f"{name}:{number}", tr("this line is valid UTF-8, but seems to be GB18030")),
                        hint,
                    )
        line += data.count(b"\n")


_SELDOM_IN_UTF8 = re.compile(
    "[\u0800-\u0dff\u0f00-\u1dff\u2800-\u2fff\ua000-\uabff\ue000-\uf8ff\U00030000-\U0010ffff]"
)
_NARROW = re.compile("[\x80-\u07ff]")
_SAMPLE = 200
"""Lines with characters beyond ASCII that decide about the whole file."""
_LINE_MARGIN = 12.0
"""How much likelier a line must be in another encoding: one of thousands may well hold a rare name."""


_UTF8_MARGIN = 2.0
# In valid UTF-8, these bytes begin a character of two bytes, and nothing else does.
_NOT_NARROW_LEAD = bytes(byte for byte in range(256) if not 0xC2 <= byte <= 0xDF)
_MOST_CHECKED = 10_000


def is_mostly_utf8(file: BinaryIO) -> bool:
    """Return whether half of the bytes beyond ASCII or more are valid UTF-8.

    Chinese in GB18030 is often valid by chance where UTF-8 has two bytes, and hardly ever where it has three.
    """
    wide = narrow = wrong = 0
    file.seek(0)
    for data in iter(lambda: b"".join(file.readlines(1 << 20)), b""):
        valid = data.decode("utf-8", "ignore")
        of_ascii = len(valid.encode("ascii", "ignore"))
        narrow_here = len(_NARROW.findall(valid))
        size = len(valid.encode("utf-8", "surrogatepass"))
        wide += size - of_ascii - 2 * narrow_here
        narrow += 2 * narrow_here
        odd = len("".join(_SELDOM_IN_UTF8.findall(valid)).encode())
        wide -= odd
        wrong += len(data) - size + odd
    return wide + narrow / 4 >= wrong


def check_guess(file: BinaryIO, name: str, hint: str) -> None:
    """Raise InputError unless a file that is valid GB18030 is likely to be that.

    `hint` says what to do where no other encoding is likely.
    """
    sample: list[str] = []
    beyond = outside = 0
    odd: tuple[int, Rival] | None = None
    private: int | None = None
    for first, text in _pieces(file):
        beyond += len(text) - len(text.encode("ascii", "ignore"))
        outside += len(_outside().findall(text))
        if private is None and (found := _PRIVATE.search(text)):
            private = first + text.count("\n", 0, found.start())
        if len(sample) < _SAMPLE:
            sample += [line for line in text.split("\n") if not line.isascii()][: _SAMPLE - len(sample)]
        odd = odd or _odd_line(first, text)
    rival, margin = likeliest_rival(sample)
    if margin > 0:
        problem = tr(
            "the encoding cannot be guessed: {called} is at least as likely as GB18030", called=rival.called
        )
        names = tr("--encoding {option} or --encoding gb18030", option=rival.option)
        raise InputError(located(name, problem), _choose(hint, names))
    if 2 * outside > beyond or margin_of_chance(sample) > 0:
        problem = tr("the encoding cannot be guessed: neither UTF-8 nor likely GB18030")
        raise InputError(located(name, problem), _choose(hint, tr("--encoding NAME")))
    if private is not None:
        problem = tr("not UTF-8, and as GB18030 it holds private-use characters")
        raise InputError(located(f"{name}:{private}", problem), hint)
    if odd is not None:
        line, rival = odd
        problem = tr("this line seems to be {called}, but most of the file is GB18030", called=rival.called)
        raise InputError(
            located(f"{name}:{line}", problem), _choose(hint, tr("--encoding NAME"), tr("correct the line"))
        )


def _choose(hint: str, names: str, otherwise: str | None = None) -> str:
    """Return the hint with the encodings that are likely, if it is about a file that takes the option."""
    otherwise = otherwise or tr("save the file as UTF-8")
    return (
        tr("{otherwise}, or check with --dry-run what {names} gives", otherwise=otherwise, names=names)
        if "--encoding" in hint
        else hint
    )


def _pieces(file: BinaryIO) -> Iterator[tuple[int, str]]:
    """Yield the text in pieces of whole lines, and the number of the first line of each."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("gb18030")(), translate=True)
    line, rest, data = 1, "", b"?"
    file.seek(0)
    while data:
        data = file.read(1 << 20)
        text = rest + decoder.decode(data, final=not data)
        end = text.rfind("\n") + 1 if data else len(text)
        text, rest = text[:end], text[end:]
        yield line, text
        line += text.count("\n")


def _odd_line(first: int, text: str) -> tuple[int, Rival] | None:
    """Return the first line of a piece that is another encoding than GB18030, and that encoding."""
    at = 0
    while found := _odd().search(text, at):
        start = text.rfind("\n", 0, found.start()) + 1
        at = text.find("\n", found.end()) % (len(text) + 1)
        rival, margin = likeliest_rival([text[start:at]])
        if margin > (_UTF8_MARGIN if rival is UTF_8 and _is_wide_utf8(text[start:at]) else _LINE_MARGIN):
            return first + text.count("\n", 0, start), rival
    return None


def _is_wide_utf8(line: str) -> bool:
    """Return whether a line is valid UTF-8, with characters of three bytes: seldom by chance."""
    text = line.encode("gb18030").decode("utf-8", "replace")
    return max(text, default="") > "\u07ff" and "\ufffd" not in text


@cache
def _outside() -> re.Pattern[str]:
    """Return the pattern of a character outside ASCII and GB2312."""
    rows = range(0xA1, 0xF8)
    cells = (bytes([row, cell]).decode("gb2312", "ignore") for row in rows for cell in range(0xA1, 0xFF))
    return re.compile(f"[^\0-\x7f{''.join(cells)}]")


@cache
def _odd() -> re.Pattern[str]:
    """Return the pattern of what is rare in a name: two rare characters, or one outside GB2312."""
    common = f"\0-\x7f\u3000-\u3020\uff01-\uff5e{SIMPLIFIED}{SURNAMES}"
    # Two characters of UTF-8 are three of GB18030, whose bytes are a lead and those that follow.
    leads, follow = range(0xE4, 0xEA), range(0x81, 0xC0)
    utf8 = "".join(f"[{_pairs(*bytes_)}]" for bytes_ in ((leads, follow), (follow, leads), (follow, follow)))
    return re.compile(f"{_outside().pattern}|[^{common}]{{2}}|{utf8}")


def _pairs(first: range, second: range) -> str:
    """Return the characters of GB18030 that are written with two bytes of these ranges."""
    return "".join(bytes([one, two]).decode("gb18030", "ignore") for one in first for two in second)
