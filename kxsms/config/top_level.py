"""The keys of the config that belong to no profile, besides `default_profile`."""

from collections.abc import Mapping
from typing import Any

from kxsms.config.values import FLAG, LANGUAGE, InvalidValue, ValueType
from kxsms.errors import UsageError
from kxsms.language import tr

TOP_KEYS: Mapping[str, ValueType] = {"mask": FLAG, "language": LANGUAGE}
"""`mask`: phone numbers are masked wherever they are shown (true), or not even in logs (false).
`language`: kxsms speaks this language, and not that of the system."""
TOP_DEFAULTS: Mapping[str, object] = {"mask": False, "language": None}
_EXAMPLES = {"mask": "true", "language": "zh_CN"}


def with_top_key(document: Mapping[str, Any], key: str, text: str) -> dict[str, Any]:
    """Return the document of a config in which a key has a value, given as text. Raise UsageError."""
    value = TOP_KEYS[key].parse(text)
    try:
        TOP_KEYS[key].check(value)
    except InvalidValue as reason:
        hint = tr("run kxsms config set {key} {examples}", key=key, examples=_EXAMPLES[key])
        raise UsageError(
            tr("{key} cannot be {value!r}: it {reason}", key=key, value=value, reason=reason), hint
        ) from None
    return {key: value, **{name: item for name, item in document.items() if name != key}}


def wrong_top_key(document: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a key of a document that belongs to no profile, or None."""
    for key, type in TOP_KEYS.items():
        if key in document:
            try:
                type.check(document[key])
            except InvalidValue as reason:
                return f"{key} {reason}"
    return None
