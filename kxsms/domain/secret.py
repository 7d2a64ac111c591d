"""Takes secrets out of texts and answers, however a gateway or a proxy may spell them."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote

MASK = "********"
TOKEN_VARIABLE = "KXSMS_TOKEN"
_ENTITIES = {"&": b"&amp;", "<": b"&lt;", ">": b"&gt;", '"': b"&quot;", "'": b"&#x27;"}
"""HTML's. The module `html` takes a millisecond to import."""
_ESCAPES = (b"%", b"\\", b"&", b"<!", b"<?")
"""Marks that every other spelling has, but for the `+` that may stand for a space and other encodings."""
_BETWEEN = rb"(?>(?:<!\[CDATA\[|\]\]>|<!--(?>(?:[^-]|-(?!-))*)-->|<\?(?>(?:[^?<]|\?(?!>))*)\?>)*)"
"""Markup of XML that may stand between two characters of one text."""
_BORDER = re.compile(rb"<!\[CDATA\[|\]\]>")
_LONG_ENOUGH = 8
"""Characters. A shorter secret, or one of digits, may occur by chance in a record."""
_LONG_ENOUGH_FOR_WORDS = 4
"""Characters. A shorter password of a proxy would mask parts of other words."""
_BLANKS = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_USER_INFO = re.compile(r"(?<=://)[^\n]*@")


def trimmed(text: str) -> str:
    """Return an account or a token without blanks, line ends and invisible marks around it."""
    before = None
    while text != before:
        before, text = text, text.strip().strip(_BLANKS)
    return text


def without_token(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a child process: that of kxsms without the token."""
    return {name: value for name, value in environ.items() if name.upper() != TOKEN_VARIABLE}


def without_credentials(text: str) -> str:
    """Return a text with the credentials in its URLs masked, however these are written."""
    return _USER_INFO.sub(f"{MASK}@", text)


def proxy_credentials(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield what the proxy variables keep secret: user name with password, and the password alone."""
    for name, value in environ.items():
        if not name.lower().endswith("_proxy") or name.lower() == "no_proxy":
            continue
        credentials, at, _ = value.partition("://")[2].rpartition("@")
        if not at:
            credentials, at, _ = value.rpartition("@")
        if not at:
            continue
        for written in {credentials, unquote(credentials)}:
            yield written
            yield b64encode(written.encode("utf-8", "surrogateescape")).decode("ascii")
            password = written.partition(":")[2]
            if len(password) >= _LONG_ENOUGH_FOR_WORDS:
                yield password


class _Secret:
    """One secret: as it is, URL-encoded once or twice, and escaped as in JSON, XML or HTML."""

    def __init__(self, secret: str) -> None:
        self.is_rare = len(secret) >= _LONG_ENOUGH and not secret.isdigit()
        self._text = secret
        spelled = _BETWEEN.join(b"(?:%b)" % b"|".join(_spellings(character)) for character in secret)
        self._pattern = re.compile(spelled)
        plain = secret.isascii() and " " not in secret
        self._as_it_is = secret.encode() if plain else None

    def may_be_in(self, text: str) -> bool:
        """Return whether a text may hold the secret; quick where it does not."""
        return self._text in text or "%" in text or "\\" in text or "&" in text

    def mask(self, data: bytes) -> bytes:
        if self._as_it_is is not None and not any(mark in data for mark in _ESCAPES):
            return data.replace(self._as_it_is, MASK.encode())  # ten times as fast on a large answer
        return self._pattern.sub(_mask_of, data)


def _mask_of(match: re.Match[bytes]) -> bytes:
    """Return the mask, with the borders of CDATA sections that were in between: XML must stay whole."""
    return MASK.encode() + b"".join(_BORDER.findall(match[0]))


class Masker:
    """Masks a token and any `others`."""

    def __init__(self, token: str | None, others: Iterator[str] | tuple[str, ...] = ()) -> None:
        # One secret may be part of another.
        secrets = sorted({token or "", *others} - {""}, key=len, reverse=True)
        self._secrets = [_Secret(secret) for secret in secrets]
        self._rare = [secret for secret in self._secrets if secret.is_rare]

    def text(self, text: str) -> str:
        """Return a text for people without the secrets."""
        return _masked_text(text, self._secrets)

    def kept(self, body: bytes) -> bytes:
        """Return an answer that is going to be kept, without the secrets."""
        return _masked(body, self._secrets)

    def answer(self, body: bytes) -> bytes:
        """Return an answer that is going to be read, without the secrets unless they may occur by chance."""
        return _masked(body, self._rare)

    @property
    def in_values(self) -> Callable[[str], str] | None:
        """Return what masks a value that was read from an answer, as `answer` does; None: nothing to mask."""
        rare = self._rare
        if not rare:
            return None

        def mask(value: str) -> str:
            for secret in rare:
                if secret.may_be_in(value):
                    return _masked_text(value, rare)
            return value

        return mask


def _masked_text(text: str, secrets: list[_Secret]) -> str:
    data = text.encode("utf-8", "surrogatepass")
    for secret in secrets:
        data = secret.mask(data)
    return data.decode("utf-8", "surrogatepass")


def _masked(data: bytes, secrets: list[_Secret]) -> bytes:
    """Return bytes without the secrets in UTF-8, in GB18030 and, where it may be that, in UTF-16."""
    for secret in secrets:
        data = secret.mask(data)
    if secrets and (b"\0" in data or data.startswith(_WIDE_MARKS)):
        for encoding in ("utf-16-le", "utf-16-be"):
            for start in (0, 1):
                data = _masked_wide(data, start, encoding, secrets)
    return data


def _masked_wide(data: bytes, start: int, encoding: str, secrets: list[_Secret]) -> bytes:
    """Return bytes of which those from `start` are masked as text in UTF-16."""
    end = len(data) - (len(data) - start) % 2
    try:
        text = data[start:end].decode(encoding, "surrogatepass")
    except UnicodeDecodeError:  # half a pair at the end
        return data
    masked = _masked_text(text, secrets)
    if masked == text:
        return data
    return data[:start] + masked.encode(encoding, "surrogatepass") + data[end:]


def _spellings(character: str) -> list[bytes]:
    """Return patterns for one character, in UTF-8 and in GB18030."""
    code, data = ord(character), character.encode("utf-8", "surrogatepass")
    spellings = [re.escape(data)]
    if code >= 0x80 and not 0xD800 <= code < 0xE000:
        spellings.append(re.escape(character.encode("gb18030")))
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
