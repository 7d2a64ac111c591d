"""The secrets in the document of a config: tokens, and the password in the URL of a ledger."""

from collections.abc import Iterator
from typing import Any

from kxsms.domain.ledger_place import InvalidPlace, postgres_place, without_secrets
from kxsms.domain.secret import MASK, trimmed, without_credentials


def secrets_in(value: object) -> Iterator[str]:
    """Yield every secret of a document, so that none is shown."""
    if isinstance(value, list):
        for item in value:
            yield from secrets_in(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if _is_token(key):
                yield trimmed(str(item))
            elif key == "ledger" and isinstance(item, str):
                yield from _passwords(item)
            else:
                yield from secrets_in(item)


def _passwords(url: str) -> tuple[str, ...]:
    try:
        return postgres_place(url, {}).maskable
    except InvalidPlace:
        return ()


def masked(value: Any) -> Any:
    """Return a value of the config with every token and every credential of a URL masked."""
    if isinstance(value, list):
        return [masked(item) for item in value]
    if isinstance(value, dict):
        return {key: _masked_item(key, item) for key, item in value.items()}
    return without_credentials(value) if isinstance(value, str) else value


def _masked_item(key: str, item: Any) -> Any:
    if _is_token(key):
        return MASK
    return without_secrets(item) if key == "ledger" and isinstance(item, str) else masked(item)


def _is_token(key: str) -> bool:
    return key.casefold() == "token"
