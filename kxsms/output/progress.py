"""The progress of a batch that this process sends."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from kxsms.domain.batch import RecipientCounts
from kxsms.domain.claim import Claim, Settlement
from kxsms.domain.figures import of_sending
from kxsms.domain.states import RequestState
from kxsms.errors import Failure
from kxsms.language import tr
from kxsms.output.meter import Meter

if TYPE_CHECKING:
    from kxsms.domain.results import Task
    from kxsms.output.console import Console

_PATIENCE_SECONDS = 1.0


class Progress:
    """An observer of the dispatcher that writes requests as they end, and how far the batch is."""

    def __init__(
        self, counts: RecipientCounts, console: "Console", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._recipients = counts.recipients
        self._counts = Counter({state: getattr(counts, state) for state in _SETTLED})
        self._in_flight = 0
        self._meter = Meter(console, _PATIENCE_SECONDS, clock)
        self._meter.start(self._counts.total())
        self._has_retried = False

    @property
    def tick(self) -> float | None:
        """Return after how many seconds without an answer `moved` is due."""
        return self._meter.tick

    def ended(self, task: "Task") -> None:
        """Show a request that has ended. The result reports it if stdout cannot be written."""
        with suppress(Failure):
            self._console.show_task(task)

    def moved(self, settled: Sequence[Settlement], claimed: Sequence[Claim]) -> None:
        """Count settled and claimed requests, and show the progress if it is time to."""
        self._in_flight += sum(claim.recipients for claim in claimed)
        for settlement in settled:
            self._in_flight -= settlement.claim.recipients
            if settlement.state is not RequestState.PLANNED:
                self._counts[settlement.state] += settlement.claim.recipients
        counts = RecipientCounts(self._recipients, **{state: self._counts[state] for state in _SETTLED})
        self._meter.show(of_sending(counts, counts.unknown, self._in_flight))

    def retries(self, reason: str) -> None:
        """Note the first retry of a request, and why."""
        if not self._has_retried:
            self._has_retried = True
            self._console.note(tr("{reason}; retrying", reason=reason))

    def close(self) -> None:
        """Remove the bar."""
        self._meter.close()


_SETTLED = (RequestState.ACCEPTED, RequestState.REJECTED, RequestState.NOT_SENT, RequestState.UNKNOWN)
