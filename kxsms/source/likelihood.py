"""How likely bytes are as a text in an encoding: for files that do not say in which one they are written.

A likelihood is the logarithm of a probability, summed over the characters. In the right encoding, a text is
made of frequent characters; in a wrong one, of any.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import log

from kxsms.source.common_characters import JAPANESE, KOREAN, SIMPLIFIED, SURNAMES, TRADITIONAL

_ASCII = -3.0
_UNDECODABLE = -14.0
_ODD_PAIR = re.compile("(?<=[а-яё])[А-Я]|(?<=[A-Za-z])[А-яё]|(?<=[А-яё])[A-Za-z]")
_IN_WORD = re.compile("(?<=[a-z])[À-ÿ]|[À-ÿ](?=[a-z])")
_LATIN = frozenset("éèàêçùôîâûëïüöäßñóáíúìòãõåøæýčšžÉÈÀÇÖÜÄÑÓÁÍÚÅØ")
_CHANCE = -4.0
"""The likelihood of an encoding that is not compared, before any character is seen."""


def _levels(text: str, encoding: str) -> tuple[int, int]:
    """Return the two bytes of a character, or zeros if it is not written with two bytes."""
    try:
        data = text.encode(encoding)
    except UnicodeError:
        return 0, 0
    return (data[0], data[1]) if len(data) == 2 else (0, 0)


@cache
def _simplified(character: str) -> float:
    if character in SURNAMES[:100]:
        return log(0.25 / 100)
    if character in SIMPLIFIED or character in SURNAMES:
        return log(0.6 / 1500)
    lead, trail = _levels(character, "gb18030")
    if 0xA1 <= lead <= 0xF7 and trail >= 0xA1:
        if lead >= 0xB0:
            return log(0.08 / 2300) if lead <= 0xD7 else log(0.025 / 3000)
        return log(0.03 / 200) if lead in (0xA1, 0xA3) else log(0.0005 / 500)
    return log(0.02 / 6000) if "\u3400" <= character <= "\u9fff" else -20.0


@cache
def _traditional(character: str) -> float:
    lead, _ = _levels(character, "cp950")
    if lead and (character in TRADITIONAL or (character in SIMPLIFIED + SURNAMES and lead <= 0xC6)):
        return log(0.9 / 1100)
    if 0xA4 <= lead <= 0xF9:
        return log(0.08 / 4300) if lead <= 0xC6 else log(0.01 / 7600)
    return log(0.02 / 400) if lead else -20.0


@cache
def _japanese(character: str) -> float:
    if "\uff61" <= character <= "\uff9f":
        return log(0.5 / 63)
    if "\u3041" <= character <= "\u30fe":
        return log(0.4 / 170)
    if character in JAPANESE:
        return log(0.3 / 150)
    lead, _ = _levels(character, "euc_jp")
    if lead >= 0xB0:
        return log(0.15 / 2800) if lead <= 0xCF else log(0.01 / 3400)
    return log(0.03 / 200) if lead in (0xA1, 0xA3) else _UNDECODABLE


@cache
def _korean(character: str) -> float:
    if character in KOREAN:
        return log(0.9 / 180)
    if "\uac00" <= character <= "\ud7a3":
        return log(0.07 / 2170) if _levels(character, "euc_kr")[0] else log(0.005 / 8800)
    return log(0.01 / 5000) if _levels(character, "cp949")[0] else _UNDECODABLE


def _cyrillic(character: str) -> float:
    if "а" <= character <= "я" or character == "ё":
        return log(0.85 / 32)
    return log(0.1 / 32) if "А" <= character <= "Я" else -11.0


def _latin(character: str) -> float:
    return log(0.8 / 40) if character in _LATIN else -10.0


def _western(character: str) -> float:
    """Return the likelihood of a character of a text in UTF-8."""
    if character > "\u07ff":
        return max(_simplified(character), _traditional(character))
    if character < "\u00c0":
        return -7.0
    if character in _SELDOM_GREEK:
        return _UNDECODABLE
    if _script(character) in ("Ё", "À"):
        return max(_cyrillic(character), _latin(character)) - 1
    return log(0.3 / 30) if _script(character) else -12.0


def _script(character: str) -> str:
    """Return the first of the letters to which one belongs that has two bytes in UTF-8, else nothing."""
    return next((first for first, last in _SCRIPTS if first <= character <= last), "")


_SELDOM_GREEK = "\u0390\u03a2\u03b0"
"""Letters that hardly any Greek word has, and a code point without one: 伟, which many names have, is ΰ."""

_SCRIPTS = (("À", "ſ"), ("Ά", "ώ"), ("Ё", "ё"), ("\u05d0", "\u05ea"), ("\u0620", "\u064a"))


@dataclass(frozen=True)
class Rival:
    """An encoding that is compared with GB18030: how a message calls it, and what `--encoding` takes.

    `prior` is its likelihood beside GB18030 before any character is seen.
    """

    called: str
    option: str
    codec: str
    model: Callable[[str], float]
    prior: float = -4.0


UTF_8 = Rival("UTF-8", "utf-8", "utf-8", _western)
_RIVALS = (
    UTF_8,
    Rival("Big5", "big5", "cp950", _traditional),
    Rival("Shift-JIS", "shift_jis", "cp932", _japanese),
    Rival("EUC-JP", "euc_jp", "euc_jp", _japanese),
    Rival("EUC-KR", "euc_kr", "cp949", _korean),
    Rival("Windows-1251", "windows-1251", "cp1251", _cyrillic, prior=0.0),
    Rival("Windows-1252", "windows-1252", "cp1252", _latin),
)


def _of(text: str, model: Callable[[str], float]) -> float:
    return sum(
        _ASCII if character < "\x80" else _UNDECODABLE if character == "\ufffd" else model(character)
        for character in text
    )


def _odd_pairs(text: str) -> int:
    """Return how often a small Cyrillic letter precedes a capital one, or a Latin one is beside any."""
    return len(_ODD_PAIR.findall(text))


def _random(text: str) -> float:
    """Return the likelihood of characters of GB18030 that come from bytes of another encoding."""
    return sum(_ASCII if character < "\x80" else -9.1 for character in text)


def likeliest_rival(lines: Iterable[str]) -> tuple[Rival, float]:
    """Return the encoding that is likeliest beside GB18030 for lines that were read as that, and the margin.

    The margin is negative where the lines are likelier GB18030.
    """
    texts = [line for line in lines if not line.isascii()]
    own = sum(_of(text, _simplified) for text in texts)
    data = [text.encode("gb18030") for text in texts]
    scores = {rival: _score(data, rival) for rival in _RIVALS}
    best = max(scores, key=lambda rival: scores[rival])
    return best, scores[best] - own


def margin_over_utf8(line: bytes) -> float:
    """Return by how much a line of valid UTF-8 is likelier GB18030; minus infinity if it is not that."""
    try:
        own = _of(line.decode("gb18030"), _simplified)
    except UnicodeDecodeError:
        return float("-inf")
    text = line.decode("utf-8")
    changes = sum(_script(one) != _script(two) for one, two in pairwise(text) if one > "\x7f" < two)
    return own - _of(text, _western) + 6 * changes


def margin_of_chance(lines: Iterable[str]) -> float:
    """Return by how much lines that were read as GB18030 are likelier bytes of any other encoding."""
    texts = [line for line in lines if not line.isascii()]
    return sum(_random(text) - _of(text, _simplified) for text in texts) + _CHANCE


def _score(data: list[bytes], rival: Rival) -> float:
    read = [line.decode(rival.codec, "replace") for line in data]
    score = rival.prior + sum(_of(text, rival.model) for text in read)
    if rival.codec == "cp1252":
        return score + 2.5 * sum(len(_IN_WORD.findall(text)) for text in read)
    return score - 6 * sum(map(_odd_pairs, read)) if rival.codec == "cp1251" else score
