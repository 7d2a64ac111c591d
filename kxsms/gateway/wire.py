"""The requests of a process, numbered and timed: line by line for `-v`, and one event each for a log."""

import re
import time
from collections.abc import Callable
from datetime import datetime
from itertools import count

from kxsms.domain.exchange import Exchange
from kxsms.domain.outcome import Outcome, answered
from kxsms.domain.profile import Profile
from kxsms.domain.secret import Masker
from kxsms.domain.states import RequestState
from kxsms.domain.words import counted
from kxsms.domain.zones import zone
from kxsms.gateway.answers import HttpAnswer, describe
from kxsms.gateway.failures import NO_HTTP
from kxsms.gateway.request import GatewayRequest
from kxsms.language import tr

_SHOWN = 2_000
"""Characters of an answer in the trace of `-v`."""
_PLAIN = re.compile(r"[\w.:+-]{1,64}", re.ASCII)
"""A code or a task id. Anything else that a gateway calls so might be a text that it repeats."""

Trace = Callable[[str], None]
Log = Callable[[Exchange], None]


class Wire:
    """Where requests are noted. `trace` gets each line, `log` each request that has ended."""

    def __init__(self, profile: Profile, masker: Masker, trace: Trace | None, log: Log | None) -> None:
        self.trace = trace
        self.log = log
        self.masker = masker
        self._zone = zone(profile.timezone)
        self._numbers = count(1)

    def begin(
        self, request: GatewayRequest, operation: str, product: str, mobiles: str = "", recipients: int = 0
    ) -> "Call":
        """Note a request that is about to leave, and return it."""
        exchange = Exchange(
            next(self._numbers), operation, product, 0.0, mobiles[:11] or None, recipients or None
        )
        call = Call(self, exchange)
        if self.trace is not None:
            call.show(">", self.masker.text(request.masked()))
        return call

    def clock(self) -> str:
        """Return the time of day in the profile's zone, to the millisecond."""
        return datetime.now(self._zone).time().isoformat("milliseconds")


class Call:
    """One request that has left, or is about to."""

    def __init__(self, wire: Wire, exchange: Exchange) -> None:
        self._wire = wire
        self._exchange = exchange
        self._begun = time.monotonic()

    def show(self, mark: str, text: str) -> None:
        """Write a line of the trace: the time, the number, the milliseconds since the request left."""
        if self._wire.trace is not None:
            past = (time.monotonic() - self._begun) * 1000
            self._wire.trace(f"{self._wire.clock()} #{self._exchange.number} +{past:.0f} ms {mark} {text}")

    def failed(self, reason: str) -> None:
        """Note that no answer came, and why."""
        before, words, _ = reason.partition(tr(NO_HTTP))  # what follows are the other side's own words
        self._came(None, before + words)
        self.show("<", reason)

    def held_back(self) -> None:
        """Note that the request was not to leave any more, and that nothing of it has left."""
        self.failed(tr("nothing has left: this text may not leave now"))
        self.end(None, outcome=RequestState.PLANNED)

    def answered(self, answer: HttpAnswer) -> None:
        """Note the answer."""
        if self._wire.log is not None:
            self._came(answer.status, None)
        if self._wire.trace is None:
            return
        masker, kind = self._wire.masker, answer.content_type or "no type"
        head = f"{describe(answer.status)}, {kind}, {counted(len(answer.body), 'byte')}"
        self.show("<", masker.text(head))
        if answer.body:
            # Masked as a whole: cutting first could leave half a token.
            shown = masker.text(masker.kept(answer.body).decode("utf-8", "replace"))
            self.show("<", f"{shown[:_SHOWN]}…" if len(shown) > _SHOWN else shown)

    def _came(self, status: int | None, problem: str | None) -> None:
        past = (time.monotonic() - self._begun) * 1000
        self._exchange = self._exchange._replace(milliseconds=past, status=status, problem=problem)

    def settle(self, outcome: Outcome) -> None:
        """Log a Send with its outcome."""
        if self._wire.log is None:
            return
        code, _, task_id = answered(outcome)
        self.end(code, task_id, RequestState.of(outcome))

    def end(self, code: str | None, task_id: str | None = None, outcome: str | None = None) -> None:
        """Log the request."""
        if self._wire.log is not None:
            self._wire.log(
                self._exchange._replace(code=_plain(code), task_id=_plain(task_id), outcome=outcome)
            )


def _plain(text: str | None) -> str | None:
    return text if text is not None and _PLAIN.fullmatch(text) else None
