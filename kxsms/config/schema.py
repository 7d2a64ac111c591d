"""What may stand in a profile: its keys, their types, and how a text from the command line becomes one."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from kxsms.domain.content import InvalidContent, is_extno, sign
from kxsms.domain.product import Product
from kxsms.domain.profile import Profile
from kxsms.domain.records import FIELD_NAMES, DeliveryState

_TOO_LARGE = 10**18
"""TOML's own integers end not far beyond; nothing here counts so much."""


class InvalidValue(ValueError):
    """A value that a key cannot have; the text says what it can."""


class KeyType(NamedTuple):
    """The type of a key. `check` takes what TOML holds and returns what a Profile holds, or raises Wrong;
    `parse` takes a text from the command line and returns what TOML shall hold."""

    check: Callable[[object], Any]
    parse: Callable[[str], object] = str


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidValue("must be a text in quotes")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidValue("must be UTF-8") from None
    return value


def _optional(value: object) -> str | None:
    return _text(value) or None


def _signature(value: object) -> str | None:
    text = _optional(value)
    try:
        return text and sign(text, text) and text
    except InvalidContent as reason:
        raise InvalidValue(f"is no signature: {reason}") from None


def _digits(value: object) -> str | None:
    text = _optional(value)
    if text and not is_extno(text):
        raise InvalidValue("must be digits, as a text")
    return text


def base_url(value: object) -> str:
    """An http or https URL without query or credentials, and without its last slash. Raises Wrong."""
    scheme, colon, rest = _text(value).strip().rstrip("/").partition(":")
    text = f"{scheme.lower()}{colon}{rest}"
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise InvalidValue("must be a URL such as https://apis.kx-ytx.com")
    if re.search(r"[?#@\s]", text):
        raise InvalidValue("must be a URL without user, blanks, ? and #")
    return text


def _zone(value: object) -> str:
    from kxsms.domain.times import InvalidZone, zone

    name = _text(value)
    try:
        zone(name)
    except InvalidZone as reason:
        raise InvalidValue(f"is no time zone: {reason}") from None
    return name


def _one_of(*allowed: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if value not in allowed:
            raise InvalidValue(f"must be one of {', '.join(allowed)}")
        return str(value)

    return check


def _whole(least: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InvalidValue(f"must be a whole number, {least} or more")
        if value >= _TOO_LARGE:
            raise InvalidValue("is too large")
        return value

    return check


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 3_600:
        raise InvalidValue("must be a number of seconds, more than 0 and at most 3600")
    return float(value)


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str | int) for item in value):
        raise InvalidValue('must be a list of texts, such as ["1", "2"]')
    return tuple(_text(item) if isinstance(item, str) else _digits_of(item) for item in value)


def _digits_of(number: int) -> str:
    if abs(number) >= _TOO_LARGE:
        raise InvalidValue("must be texts in quotes: a number in it is too large")
    return str(number)


def _table_of(check: Callable[[object], object], keys: tuple[str, ...] = ()) -> Callable[[object], object]:
    def check_table(value: object) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise InvalidValue("must be a table")
        for key in value:
            if keys and key not in keys:
                raise InvalidValue(f"has the key {key!r}, which is none of {', '.join(keys)}")
        return {_text(key): check(item) for key, item in value.items()}

    return check_table


def _parse_number(text: str) -> object:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text


def _parse_texts(text: str) -> object:
    return [part.strip() for part in text.split(",") if part.strip()]


KEY_TYPES: Mapping[str, KeyType] = {
    "account": KeyType(_optional),
    "token": KeyType(_optional),
    "token_command": KeyType(_optional),
    "product": KeyType(_one_of(*Product)),
    "signature": KeyType(_signature),
    "base_url": KeyType(base_url),
    "method": KeyType(_one_of("POST", "GET")),
    "format_parameter": KeyType(_one_of("type", "responseType")),
    "extno": KeyType(_digits),
    "rate": KeyType(_whole(0), _parse_number),
    "concurrency": KeyType(_whole(1), _parse_number),
    "connect_timeout": KeyType(_seconds, _parse_number),
    "read_timeout": KeyType(_seconds, _parse_number),
    "timezone": KeyType(_zone),
    "throttle_codes": KeyType(_texts, _parse_texts),
    "empty_codes": KeyType(_texts, _parse_texts),
    "codes": KeyType(_table_of(_text)),
    "fields": KeyType(_table_of(_texts, tuple(FIELD_NAMES)), _parse_texts),
    "states": KeyType(_table_of(_one_of(*DeliveryState))),
}
"""The keys of a profile. Keys that are not here are left alone."""

TABLES = ("codes", "fields", "states")


def profile_from(name: str, table: Mapping[str, object]) -> Profile:
    """A checked profile. Raises Wrong, its text beginning with the key and the value."""
    checked = {key: check_key(key, value) for key, value in table.items() if key in KEY_TYPES}
    known = {key: value for key, value in checked.items() if key in Profile.__dataclass_fields__}
    if "product" in known:
        known["product"] = Product(known["product"])
    for key in ("empty_codes", "throttle_codes"):
        if key in known:
            known[key] = frozenset(known[key])
    return Profile(name=name, **known)


def check_key(key: str, value: object) -> Any:
    """What a Profile holds for this value of a key. Raises Wrong, its text beginning with key and value."""
    try:
        return KEY_TYPES[key].check(value)
    except InvalidValue as reason:
        shown = "" if key == "token" or _holds_table(value) else f" = {_shown(value)}"
        raise InvalidValue(f"{key}{shown} {reason}") from None


def _holds_table(value: object) -> bool:
    """Whether there is a table, in which there may be a token."""
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_holds_table, value)))


def _shown(value: object) -> str:
    try:
        return repr(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return "…"
