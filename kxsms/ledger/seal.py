"""The seal of a ledger, which every transaction looks at before it writes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kxsms.errors import Failure

if TYPE_CHECKING:
    from kxsms.domain.seal import Seal

SEALED = "SELECT since, state, place, copy FROM sealed"
"""The seal of a ledger, in a row; no row where it has none."""


def seal_in(row: Iterable[Any] | None) -> "Seal | None":
    """Return the seal in the first row of `SEALED`."""
    if row is None:
        return None
    from kxsms.domain.seal import Seal, SealState

    since, state, place, copy = row
    return Seal(since, SealState(state), place, copy)


def refuse_sealed(shown: str, row: Iterable[Any] | None) -> None:
    """Raise Failure if the ledger `shown` has the seal in the first row of `SEALED`."""
    seal = seal_in(row)
    if seal is not None:
        raise Failure(*seal.words(shown))
