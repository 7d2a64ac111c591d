"""The last look at what a claim may do. Its thread asks just before it sends: the process may have slept."""

import time

from kxsms.domain.rules import Rules

_LOOK_SECONDS = 0.2
_FRESH_SECONDS = 5.0


class Freshness:
    """The last look at the opt-outs, in the transaction that claims; the hours are asked each time.

    Where a machine sleeps, or a person stops the process for a while, a thread may go on before the next
    look. What was claimed long before it then goes back, to be claimed again.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._is_asked = rules.asks_opt_outs or rules.window is not None
        self._looked = time.time()

    @property
    def patience(self) -> float | None:
        """Return the seconds between two looks while claims wait for a thread, or None if none is needed."""
        return _LOOK_SECONDS if self._is_asked else None

    def note(self) -> None:
        """Note that the ledger was just asked."""
        self._looked = time.time()

    def may_leave(self) -> bool:
        """Return whether a claim may leave now. Any thread may ask."""
        now = time.time()
        is_fresh = abs(now - self._looked) < _FRESH_SECONDS or not self._is_asked
        return is_fresh and self._rules.closed(now) is None
