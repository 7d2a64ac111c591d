"""The errors for batches that a process cannot own, or that have nothing left to own."""

from kxsms.domain.batch import Batch
from kxsms.domain.schedule import pruned_words
from kxsms.errors import Busy, InputError
from kxsms.language import tr
from kxsms.ledger.database import Database
from kxsms.ledger.owners import Owners


def owned_by_another(owners: Owners, batch: Batch) -> Busy:
    """Return the error for a batch that has another owner."""
    process = owners.unexamined(batch.id)
    if process is None:
        hint = tr("run kxsms batch show {name} --watch to follow it", name=batch.name)
        if owners.ARE_SEVERAL:
            hint = tr(
                "run kxsms batch show {name} --watch to follow it, or kxsms batch resume {name} --join to"
                " join it",
                name=batch.name,
            )
        return Busy(tr("another process is sending batch {name}", name=batch.name), hint)
    return Busy(
        tr(
            "process {pid} on {machine} may still be sending batch {name}; kxsms cannot see whether it has"
            " ended",
            pid=process.pid,
            machine=process.machine,
            name=batch.name,
        ),
        tr("make sure that it has ended, then run kxsms batch resume {name} --take-over", name=batch.name),
    )


_NOW = "SELECT superseded_by, pruned FROM batches WHERE id = ?"


def refuse_over(database: Database, batch: Batch, *, even_pruned: bool) -> None:
    """Raise InputError for a batch whose key another one has taken over, or that was pruned.

    Call it when this process owns the batch: then neither happens any more.
    """
    now = database.row(_NOW, (batch.id,))
    successor = None if now is None else now["superseded_by"]
    if successor is not None:
        by = tr("batch {successor}, under the same idempotency key", successor=successor)
        raise InputError(
            tr("batch {name} was superseded by {by}", name=batch.name, by=by),
            tr("run kxsms batch show {successor}", successor=successor),
        )
    if now is not None and now["pruned"] is not None and not even_pruned:
        raise InputError(*pruned_words(batch._replace(pruned=now["pruned"])))
