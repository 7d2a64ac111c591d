"""The text of an SMS: its signature, its limit and how it is billed."""

import re
from collections.abc import Collection
from operator import itemgetter
from typing import NamedTuple

from kxsms.domain.values import clean_text, has_hidden, without_start
from kxsms.language import tr

MAX_CHARACTERS = 450
"""Code points in one text, signature included. Source: the vendor's API page."""

_SINGLE_UNITS = 70
_PART_UNITS = 67
_SIGNATURE = re.compile(r"【[^【】]+】")
_AT_END = r"【[^【】]+】\Z"
_IN_OTHER_BRACKETS = r"\[[^\[\]]+\]|［[^［］]+］|〔[^〔〕]+〕|〖[^〖〗]+〗|「[^「」]+」|『[^『』]+』"
# A text that does not begin with a blank and holds more than a signature. The group is the signature.
_PLAIN = re.compile(r"(【[^【】]+】\s*)?+\S")


class InvalidContent(ValueError):
    """A text that cannot be sent; the message says why."""


class PlainTexts(NamedTuple):
    """Texts as they are sent, the segments of each, and the first that has no signature, if there is one."""

    texts: list[str]
    segments: list[int]
    unsigned: str | None


def has_signature(text: str) -> bool:
    """Return whether a text starts with a signature, `【…】`. Source: the vendor's content rules."""
    return _SIGNATURE.match(text) is not None


def sign(text: str, signature: str | None) -> str:
    """Return a text with its own signature, else with the given one in front.

    The given one may be in its brackets. Blanks and invisible marks before the text's own signature are
    dropped, because the gateway wants it first. Raise InvalidContent for a signature that is empty or holds
    further brackets.
    """
    bare = without_start(text)
    if has_signature(bare):
        text = bare
    if signature is None:
        return text
    name = signature.strip().removeprefix("【").removesuffix("】")
    if not name.strip() or not _SIGNATURE.fullmatch(f"【{name}】"):
        raise InvalidContent(
            tr("the signature {signature!r} is empty, or contains 【 or 】", signature=signature)
        )
    return text if has_signature(text) else f"【{name}】{text}"


def check(text: str) -> None:
    """Raise InvalidContent for a text that is empty, too long, or not valid Unicode."""
    if not text.strip():
        raise InvalidContent(tr("the text is empty"))
    if not _SIGNATURE.sub("", without_start(text), count=1).strip():
        raise InvalidContent(tr("the text is nothing but its signature"))
    if len(text) > MAX_CHARACTERS:
        raise InvalidContent(
            tr(
                "the text has {characters} characters, signature included; the limit is {limit}",
                characters=len(text),
                limit=MAX_CHARACTERS,
            )
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidContent(
            tr("the text is not valid UTF-8 at character {place}", place=error.start + 1)
        ) from None
    if "\0" in text:
        raise InvalidContent(tr("the text contains a NUL at character {place}", place=text.index(chr(0)) + 1))


def signed_and_checked(text: str, signature: str | None) -> str:
    """Return a text as it is sent: clean and signed.

    Raise InvalidContent if it cannot be sent, before or after signing.
    """
    clean = clean_text(text)
    check(clean)
    signed = sign(clean, signature)
    if signed != clean:
        check(signed)
    return signed


def misplaced_signature(text: str) -> str | None:
    """Return what looks like the signature of a text without one: `【…】` at its end, or other brackets."""
    if has_signature(without_start(text)):
        return None
    found = re.search(_AT_END, text) or re.match(_IN_OTHER_BRACKETS, without_start(text))
    return found[0] if found else None


def is_extno(text: str) -> bool:
    """Return whether a text is an extension number: digits. Source: the vendor's SDK."""
    return text.isascii() and text.isdigit()


def segments(text: str) -> int:
    """Return how many messages a text is billed as: one up to 70 UTF-16 units, else one for each 67."""
    return _parts(len(text.encode("utf-16-le", "surrogatepass")) // 2)


def plain_texts(texts: Collection[str], signature: str | None) -> PlainTexts | None:
    """Sign, check and bill many texts at once; return None if one needs a closer look.

    The results are those of `signed_and_checked` and `segments`, in a fifth of their time. Raise
    InvalidContent for an invalid signature.
    """
    prefix = sign("", signature)
    is_signed = [match.lastindex for match in map(_PLAIN.match, texts) if match]
    if len(is_signed) < len(texts):
        return None
    signed = [text if own else prefix + text for text, own in zip(texts, is_signed, strict=True)]
    unsigned = None if prefix or all(is_signed) else signed[is_signed.index(None)]
    joined = "".join(signed)
    if has_hidden(joined) or any(map(str.isspace, map(itemgetter(-1), signed))):
        return None
    lengths = list(map(len, signed))
    try:
        units = len(joined.encode("utf-16-le")) // 2
    except UnicodeEncodeError:
        return None
    if "\0" in joined or max(lengths, default=0) > MAX_CHARACTERS:
        return None
    is_astral = units > len(joined)  # then some characters take two units
    return PlainTexts(signed, list(map(segments, signed) if is_astral else map(_parts, lengths)), unsigned)


def _parts(units: int) -> int:
    return 1 if units <= _SINGLE_UNITS else -(-units // _PART_UNITS)
