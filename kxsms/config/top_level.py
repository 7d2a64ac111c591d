"""The keys of the config that belong to no profile, besides `default_profile`."""

from collections.abc import Mapping
from typing import Any

from kxsms.config.ledger_place import PLACE
from kxsms.config.secrets import secrets_in
from kxsms.config.values import FLAG, LANGUAGE, OPTIONAL_TEXT, InvalidValue, ValueType
from kxsms.domain.ledger_place import without_secrets
from kxsms.errors import UsageError
from kxsms.language import tr

TOP_KEYS: Mapping[str, ValueType] = {
    "mask": FLAG,
    "language": LANGUAGE,
    "ledger": PLACE,
    "ledger_password_command": OPTIONAL_TEXT,
}
"""`mask`: phone numbers are masked wherever they are shown (true), or not even in logs (false).
`language`: kxsms speaks this language, and not that of the system.
`ledger`: the server or the file of the ledger.
`ledger_password_command`: it prints the password for the server."""
TOP_DEFAULTS: Mapping[str, object] = dict.fromkeys(TOP_KEYS) | {"mask": False}
_EXAMPLES = {
    "mask": "true",
    "language": "zh_CN",
    "ledger": "postgresql://user@host/database",
    "ledger_password_command": "/usr/local/bin/ledger-password",
}


def with_top_key(document: Mapping[str, Any], key: str, text: str) -> dict[str, Any]:
    """Return the document of a config in which a key has a value, given as text. Raise UsageError."""
    value = TOP_KEYS[key].parse(text)
    if key == "ledger" and any(secrets_in({key: text})):
        raise UsageError(
            tr("a password on the command line can be read by others"),
            tr("keep it in the file that PGPASSFILE names, or set ledger_password_command in the config"),
        )
    try:
        TOP_KEYS[key].check(value)
    except InvalidValue as reason:
        hint = tr("run kxsms config set {key} {examples}", key=key, examples=_EXAMPLES[key])
        shown = without_secrets(text) if key == "ledger" else value
        raise UsageError(
            tr("{key} cannot be {value!r}: it {reason}", key=key, value=shown, reason=reason),
            reason.hint or hint,
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
