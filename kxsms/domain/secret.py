"""Takes a token out of texts and answers, however a gateway or a proxy may spell it."""

import re

MASK = "********"
_ENTITIES = {"&": b"&amp;", "<": b"&lt;", ">": b"&gt;", '"': b"&quot;", "'": b"&#x27;"}
"""HTML's. The module `html` takes a millisecond to import."""
_ESCAPES = (b"%", b"\\", b"&")
"""Marks that every other spelling of a character has, but for the `+` that may stand for a space."""
_LONG_ENOUGH = 8
"""Characters. A shorter token, or one of digits, may occur by chance in a record."""


class Masker:
    """Masks one token: as it is, URL-encoded once or twice, and escaped as in JSON, XML or HTML."""

    def __init__(self, token: str | None) -> None:
        self._is_rare = token is not None and len(token) >= _LONG_ENOUGH and not token.isdigit()
        spelled = b"".join(b"(?:%b)" % b"|".join(_spellings(character)) for character in token or "")
        self._pattern = re.compile(spelled) if token else None
        self._as_it_is = None if " " in (token or " ") else (token or "").encode("utf-8", "surrogatepass")

    def text(self, text: str) -> str:
        """Return a text for people without the token."""
        return self._mask(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def kept(self, body: bytes) -> bytes:
        """Return an answer that is going to be kept, without the token."""
        return self._mask(body)

    def answer(self, body: bytes) -> bytes:
        """Return an answer that is going to be read, without the token unless that may occur by chance."""
        return self._mask(body) if self._is_rare else body

    def _mask(self, data: bytes) -> bytes:
        if self._pattern is None:
            return data
        if self._as_it_is is not None and not any(mark in data for mark in _ESCAPES):
            return data.replace(self._as_it_is, MASK.encode())  # ten times as fast on a large answer
        return self._pattern.sub(MASK.encode(), data)


def _spellings(character: str) -> list[bytes]:
    """Return patterns for one character, in UTF-8."""
    code, data = ord(character), character.encode("utf-8", "surrogatepass")
    spellings = [re.escape(data)]
    for percent in (b"%", b"%25"):
        spellings.append(b"".join(b"(?i:%b%02x)" % (percent, byte) for byte in data))
    units = character.encode("utf-16-be", "surrogatepass").hex(" ", 2).encode().split()
    spellings.append(b"".join(b"(?i:\\\\+u%b)" % unit for unit in units))
    spellings += [b"(?i:&\\#x0*%x;)" % code, b"&\\#0*%d;" % code]
    if character in _ENTITIES:
        spellings.append(_ENTITIES[character])
    if character in '/"\\':
        spellings.append(b"\\\\+" + re.escape(data))
    if character == " ":
        spellings.append(b"\\+")
    # The longest first: a lone backslash must not end the match of an escaped one.
    return sorted(spellings, key=len, reverse=True)
