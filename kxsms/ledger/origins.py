"""The origin of a gateway (its host and port) in queries of the ledger."""

from typing import NamedTuple


class FetchedFrom(NamedTuple):
    """The gateway's origin, the account and the product under which reports were fetched.

    `exclusive`: no other program uses the account.
    """

    origin: str | None
    account: str
    product: str
    exclusive: bool = False


def same_origin(table: str) -> str:
    """Return the condition that a batch or an answer belongs to the gateway with the parameter `origin`.

    One of unknown origin belongs to every gateway.
    """
    return f"({table}.origin IS NULL OR :origin IS NULL OR {table}.origin = :origin)"


def key_at(origin: str | None, key: str | None) -> str | None:
    """Return an idempotency key as the ledger keeps it: two gateways may have equal ones.

    An origin contains no space. Older batches have the bare key.
    """
    return key if key is None or origin is None else f"{origin} {key}"
