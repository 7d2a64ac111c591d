"""Escapes for text from a phone, a gateway or a file, which may be hostile to a terminal."""

import re

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_HOSTILE = f"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufff9-\ufffb{_BIDI}]"
_NOT_IN_JSON = f"[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufff9-\ufffb{_BIDI}]"
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    r"""Return a text with control characters, direction marks and lone surrogates escaped: `\n`, `\u202e`."""
    return re.sub(_HOSTILE, _escape, text)


def visible_lines(text: str) -> str:
    """Return a text of several lines with each line escaped."""
    return "\n".join(visible(line) for line in text.split("\n"))


def json_visible(document: str) -> str:
    r"""Return a JSON text with what a terminal might act on as `\u009b`: the same to a parser."""
    if document.isascii() and "\x7f" not in document:  # nothing to escape, and quick to find out
        return document
    return re.sub(_NOT_IN_JSON, lambda match: f"\\u{ord(match[0]):04x}", document)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
