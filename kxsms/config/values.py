"""The types of values in a profile: how each is checked, and how text from the command line becomes one."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from kxsms.domain.content import InvalidContent, is_extno, sign
from kxsms.domain.product import Operation, Product
from kxsms.domain.secret import trimmed
from kxsms.language import CHINESE, ENGLISH, joined, mark, meant, tr

_TOO_LARGE = 10**18
"""No number in a config needs to be so large, and TOML's own limit is not far beyond."""


_BARE_HOST = (
    r"(?!https?:)(?:localhost|[\w-]+(?:\.[\w-]+)+\.?|[\w-]+(?=:[0-9])|\[[0-9a-f:]+\])(?::[0-9]+)?(?:/.*)?"
)
"""A host without a scheme. A single word needs a port: it may be a mistake."""
_OPERATION = rf"(?:/(?:{'|'.join(product.path for product in Product)}))?/(?:{'|'.join(Operation)})\Z"
"""The path of an operation, at the end of a URL."""


class InvalidValue(ValueError):
    """A value that a key cannot have. The text says which it can have, `hint` which one may be meant."""

    def __init__(self, text: str, hint: str | None = None) -> None:
        super().__init__(text)
        self.hint = hint


class ValueType(NamedTuple):
    """A type of values, and its name for users.

    `check` takes what TOML holds and returns what a Profile holds, or raises InvalidValue.
    `parse` takes text from the command line and returns what TOML is to hold.
    """

    name: str
    check: Callable[[object], Any]
    parse: Callable[[str], object] = str


def check_base_url(value: object) -> str:
    """Return an http or https URL without query or credentials, and without its last slash.

    A bare host gets https. Raises InvalidValue, with a hint for the URL of an operation.
    """
    scheme, colon, rest = text_of(value).strip().rstrip("/").partition(":")
    text = f"{scheme.lower()}{colon}{rest}"
    if re.fullmatch(_BARE_HOST, text, flags=re.I):
        text = f"https://{scheme}{colon}{rest}"
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise InvalidValue(tr("must be a URL such as https://apis.kx-ytx.com"))
    operation = re.search(_OPERATION, text.partition("?")[0].rstrip("/"), flags=re.I)
    if operation is not None and "@" not in text:
        right = text[: operation.start()]
        raise InvalidValue(
            tr("must not end in {operation}: kxsms adds that", operation=operation[0]),
            tr("use {right}", right=right),
        )
    if re.search(r"[?#@\s]", text):
        raise InvalidValue(tr("must be a URL without a user name, spaces, ? or #"))
    return text


def text_of(value: object) -> str:
    """Return a text. Raises InvalidValue."""
    if not isinstance(value, str):
        raise InvalidValue(tr("must be text in quotes"))
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidValue(tr("must be UTF-8")) from None
    return value


def _optional(value: object) -> str | None:
    return text_of(value) or None


def _credential(value: object) -> str | None:
    return trimmed(text_of(value)) or None


def _signature(value: object) -> str | None:
    text = _optional(value)
    try:
        return text and sign(text, text) and text
    except InvalidContent as reason:
        raise InvalidValue(tr("is not a valid signature: {reason}", reason=reason)) from None


def _digits(value: object) -> str | None:
    text = _optional(value)
    if text and not is_extno(text):
        raise InvalidValue(tr("must contain digits only"))
    return text


def _zone(value: object) -> str:
    from kxsms.domain.zones import InvalidZone, zone

    name = text_of(value)
    try:
        zone(name)
    except InvalidZone as reason:
        raise InvalidValue(tr("is not a time zone: {reason}", reason=reason)) from None
    return name


def one_of(*allowed: str) -> ValueType:
    """Return the type of the texts in `allowed`, which may be members of a StrEnum."""

    def check(value: object) -> str:
        for choice in allowed:
            if value == choice:
                return choice
        raise InvalidValue(tr("must be one of {allowed}", allowed=joined(allowed)))

    return ValueType(", ".join(allowed), check)


def whole_number(least: int) -> ValueType:
    """Return the type of the whole numbers from `least`."""

    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InvalidValue(tr("must be a whole number, {least} or more", least=least))
        if value >= _TOO_LARGE:
            raise InvalidValue(tr("is too large"))
        return value

    return ValueType(tr("whole number"), check, _parse_number)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidValue(tr("must be true or false"))
    return value


def _parse_flag(text: str) -> object:
    return {"true": True, "false": False}.get(text.strip().lower(), text)


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 3_600:
        raise InvalidValue(tr("must be a number of seconds, more than 0 and at most 3600"))
    return float(value)


def texts(value: object) -> tuple[str, ...]:
    """Return a list of texts. Raises InvalidValue."""
    if not isinstance(value, list) or not all(isinstance(item, str | int) for item in value):
        raise InvalidValue(tr('must be a list of texts, such as ["1", "2"]'))
    return tuple(text_of(item) if isinstance(item, str) else _text_of_number(item) for item in value)


def _text_of_number(number: int) -> str:
    if abs(number) >= _TOO_LARGE:
        raise InvalidValue(tr("contains a number that is too large; write it as text in quotes"))
    return str(number)


def _codes(value: object) -> frozenset[str]:
    return frozenset(texts(value))


def table_of(type: ValueType, keys: tuple[str, ...] = ()) -> ValueType:
    """Return the type of the tables whose values have a type, with any keys or only with `keys`."""

    def check_table(value: object) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise InvalidValue(tr("must be a table"))
        for key in value:
            if keys and key not in keys:
                raise InvalidValue(
                    tr("has the unknown key {key!r}; the keys are {keys}", key=key, keys=joined(keys))
                )
        return {text_of(key): check_item(key, item) for key, item in value.items()}

    def check_item(key: str, item: object) -> object:
        try:
            return type.check(item)
        except InvalidValue as reason:
            if not keys or not isinstance(item, str | int | float):  # a token may be in it
                raise
            raise InvalidValue(
                tr("has {item!r} for {key}, which {reason}", item=item, key=key, reason=reason), reason.hint
            ) from None

    return ValueType("table", check_table, type.parse)


def _parse_number(text: str) -> object:
    for parse in (int, float):
        try:
            return parse(text)
        except ValueError:
            continue
    return text


def _parse_texts(text: str) -> object:
    return [part.strip() for part in text.split(",") if part.strip()]


TEXT = ValueType("text", text_of)
OPTIONAL_TEXT = ValueType("text", _optional)
CREDENTIAL = ValueType("text", _credential)
SIGNATURE = ValueType("text", _signature)
BASE_URL = ValueType("URL", check_base_url)
DIGITS = ValueType("digits", _digits)
ZONE = ValueType(mark("time zone"), _zone)


def _language(value: object) -> str:
    found = meant(text_of(value))
    if found is None:
        raise InvalidValue(tr("must be {chinese} or {english}", chinese=CHINESE, english=ENGLISH))
    return found


LANGUAGE = ValueType(f"{CHINESE}, {ENGLISH}", _language)
FLAG = ValueType(mark("true, false"), _flag, _parse_flag)
SECONDS = ValueType("seconds", _seconds, _parse_number)
TEXTS = ValueType(mark("list of texts"), texts, _parse_texts)
CODES = ValueType(mark("list of codes"), _codes, _parse_texts)
