"""The batch that a command names, and its status as `batch show` has it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from kxsms.completion.values import batch_ids
from kxsms.context import Context
from kxsms.domain.results import BatchStatus

if TYPE_CHECKING:
    from kxsms.domain.batch import Batch
    from kxsms.ledger.batches import Ledger

_MOST_EVIDENCE = 100

Name = Annotated[
    str, typer.Argument(metavar="ID", help="The id of a batch, or its beginning.", autocompletion=batch_ids)
]


def status_of(context: Context, ledger: "Ledger", batch: "Batch") -> BatchStatus:
    """Return the status of a batch."""
    reading = ledger.read()
    return BatchStatus(
        batch,
        reading.groups(batch),
        reading.delivery(batch),
        _codes_of(context, batch),
        reading.evidence(batch, _MOST_EVIDENCE),
    )


def _codes_of(context: Context, batch: "Batch") -> Mapping[str, str]:
    """Return the user's words for codes in the profile with which a batch was sent, if it still exists."""
    if context.options.sandbox or batch.profile is None or batch.profile not in context.config.tables:
        return {}
    return context.config.profile(batch.profile).codes
