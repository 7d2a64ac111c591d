"""Makes text from a phone or a gateway harmless to a terminal."""

import re

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_HOSTILE = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufff9-\ufffb{_BIDI}]")
_NOT_IN_JSON = re.compile(f"[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufff9-\ufffb{_BIDI}]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    r"""The text with control characters, direction marks and lone surrogates as `\n`, `\x1b`, `\u202e`."""
    return _HOSTILE.sub(_escape, text)


def visible_lines(text: str) -> str:
    """The same, for a text of several lines."""
    return "\n".join(visible(line) for line in text.split("\n"))


def json_visible(document: str) -> str:
    r"""A JSON document with what a terminal might act on as `\u009b`: the same document to a parser."""
    return _NOT_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", document)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
