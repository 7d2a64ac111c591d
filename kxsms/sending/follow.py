"""The use case `batch show --watch`: follow a batch that others send, and its delivery reports."""

from typing import Protocol

from kxsms.domain.batch import Batch
from kxsms.domain.figures import Figures, of_delivery, of_sending
from kxsms.domain.states import BatchState
from kxsms.domain.words import counted
from kxsms.language import tr

_LOOK_SECONDS = 1.0


class BatchFinder(Protocol):
    """The ledger, which other processes write."""

    def find(self, name: str) -> Batch: ...


class FiguresMeter(Protocol):
    """A meter that shows figures when it is time to, until it is closed."""

    def show(self, figures: Figures) -> None: ...

    def close(self) -> None: ...


class FollowConsole(Protocol):
    """The console: a meter, notes, and whether stdout still has a reader."""

    def meter(self) -> FiguresMeter: ...

    def note(self, text: str, hint: str | None = None) -> None: ...

    def wait(self, seconds: float) -> bool: ...


def follow(ledger: BatchFinder, console: FollowConsole, batch: Batch) -> None:
    """Show how far a batch is until it is sent and no delivery report is pending, or stdout has no reader.

    Fetch nothing: other commands fetch the reports.
    """
    is_sent: bool | None = None
    meter = console.meter()
    try:
        while (figures := _figures(batch)) is not None:
            if _is_sent(batch) is not is_sent:
                is_sent = _is_sent(batch)
                meter.close()
                meter = console.meter()  # with a rate of its own
                if is_sent:
                    pending = counted(figures.total - figures.done, "recipient")
                    console.note(
                        tr("waiting for the delivery reports of {pending}", pending=pending),
                        tr("in another terminal, run kxsms report --watch if nothing else fetches them"),
                    )
            meter.show(figures)
            if not console.wait(_LOOK_SECONDS):
                return
            batch = ledger.find(batch.name)
    finally:
        meter.close()


def _is_sent(batch: Batch) -> bool:
    return batch.state not in (BatchState.RUNNING, BatchState.SCHEDULED, BatchState.WAITING)


def _figures(batch: Batch) -> Figures | None:
    """Return how far a batch is, or None if there is nothing more to wait for."""
    if not _is_sent(batch):
        return of_sending(batch.counts, batch.unknown, batch.in_flight)
    figures = of_delivery(batch)
    return figures if figures.done < figures.total else None
