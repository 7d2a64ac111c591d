"""The gateway as the commands see it: four questions, and answers that are already understood."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from kxsms.domain.outcome import Accepted, NotSent, Outcome, Rejected, Unknown, refusal
from kxsms.domain.product import Operation, Product, WireFormat
from kxsms.domain.profile import Profile
from kxsms.domain.records import FetchedAnswer, Record, RecordKind
from kxsms.domain.results import Balance, Task
from kxsms.domain.secret import Masker
from kxsms.errors import NoAnswer
from kxsms.gateway.answers import SUCCESS, HttpAnswer, describe, read_answer, read_outcome
from kxsms.gateway.http import HttpTransport, NoHttpAnswer
from kxsms.gateway.request import GatewayRequest, build, build_send, capacity
from kxsms.gateway.tree import Unreadable

_SHOWN = 2_000
"""Characters of an answer in the trace of `-v`."""
_AGAIN = "nothing was fetched: run the same command again"
_MAYBE_LOST = (
    "run the same command again; what was in this answer may be lost, if the gateway gives it but once"
)


class _Exchange(NamedTuple):
    """An answer to be read, and its bytes as they came."""

    reply: HttpAnswer
    body: bytes


class Gateway:
    """One account at one gateway, over so many connections. Any thread may use it.

    `trace` gets each line of what goes over the wire, the token masked.
    """

    def __init__(
        self,
        profile: Profile,
        wire_format: WireFormat = WireFormat.JSON,
        trace: Callable[[str], None] | None = None,
        connections: int = 1,
    ) -> None:
        self._profile = profile
        self._wire_format = wire_format
        self._trace = trace
        self._masker = Masker(profile.token)
        self._transport = HttpTransport(profile.connect_timeout, profile.read_timeout, connections)

    def capacity(self, content: str, extno: str | None) -> int:
        """How many numbers one request may name. Raises InvalidContent where not even one fits."""
        return capacity(self._profile, self._profile.product, content, extno)

    def send(self, mobiles: str, recipients: int, content: str, extno: str | None) -> Task:
        """Send one text to so many numbers, joined by commas, once. Never raises: the outcome says it all."""
        request = build_send(self._profile, self._profile.product, self._wire_format, mobiles, content, extno)
        try:
            reply, body = self._exchange(request)
        except NoHttpAnswer as failure:
            reason = failure.reason
            ended = Unknown(reason) if failure.written else NotSent(reason, again=failure.may_pass)
            return Task(ended, recipients)
        outcome: Outcome
        try:
            outcome = self._told(read_outcome(reply))
        except Exception as error:  # a defect of the reader must not lose what may have been accepted
            outcome = Unknown(f"the answer could not be read: {type(error).__name__}")
        return Task(outcome, recipients, body, self._masker.kept(body))

    def balance(self, product: Product) -> Balance:
        """What is left for a product. Never raises: without an answer, `code` is None."""
        name = self._profile.name
        try:
            reply, body = self._query(product, Operation.QUERY_BALANCE)
        except NoHttpAnswer as failure:
            return Balance(name, product, None, failure.reason, None, no_tls=failure.no_tls)
        try:
            answer = read_answer(reply)
        except Unreadable as reason:
            return Balance(name, product, None, f"{describe(reply.status)}, {reason}", None, body)
        if answer.code == SUCCESS and answer.count is None:
            return Balance(name, product, answer.code, "an answer without a Count", None, body)
        message = answer.message and self._masker.text(answer.message)
        return Balance(name, product, answer.code, message, answer.count, body)

    def fetch(self, kind: RecordKind) -> tuple[FetchedAnswer, bytes]:
        """What the gateway has to hand out, as an answer to keep and as its very bytes.

        Raises NoAnswer, with what came of an answer that was cut.
        """
        operation = Operation.QUERY_REPORT if kind is RecordKind.REPORT else Operation.QUERY_MO
        try:
            reply, body = self._query(self._profile.product, operation)
        except NoHttpAnswer as failure:
            error = NoAnswer(failure.reason, _MAYBE_LOST if failure.written else _AGAIN)
            error.partial = self._masker.answer(failure.partial)
            raise error from None
        return FetchedAnswer(kind, reply.status, reply.content_type, reply.body, time.time()), body

    def read(self, answer: FetchedAnswer) -> Iterator[Record]:
        """The records of an answer; none of one that says that there are none.

        Raises Unread where there may be some, Refused, or NoAnswer for what is not the gateway's.
        """
        from kxsms.gateway.reading import read_records

        return read_records(answer, self._profile, self._masker)

    def _query(self, product: Product, operation: Operation) -> _Exchange:
        return self._exchange(build(self._profile, product, operation, self._wire_format))

    def _exchange(self, request: GatewayRequest) -> _Exchange:
        """Send a request; what a gateway says is understood and told without the token in it."""
        if self._trace is not None:
            self._trace(f"> {request.masked()}")
        try:
            reply = self._transport.exchange(request)
        except NoHttpAnswer as failure:
            reason = self._masker.text(failure.reason)
            if self._trace is not None:
                self._trace(f"< {reason}")
            failure.reason = reason
            raise
        if self._trace is not None:
            head = f"< {describe(reply.status)}, {reply.content_type or 'no type'}, {len(reply.body)} bytes"
            self._trace(self._masker.text(head))
            if reply.body:
                self._trace(f"< {self._in_words(reply.body)[:_SHOWN]}")
        return _Exchange(replace(reply, body=self._masker.answer(reply.body)), reply.body)

    def _in_words(self, body: bytes) -> str:
        """An answer for people: masked as a whole, lest a cut leave half a token."""
        return self._masker.text(body.decode("utf-8", "replace"))

    def _told(self, outcome: Outcome) -> Outcome:
        """An outcome without the token in its words. A gateway that only asks to go slower took nothing."""
        if isinstance(outcome, Rejected) and outcome.code in self._profile.throttle_codes:
            words = refusal(outcome.code, outcome.message, self._profile.codes.get(outcome.code))
            return NotSent(self._masker.text(words), again=True, code=outcome.code)
        if isinstance(outcome, Accepted | Rejected):
            return outcome._replace(message=outcome.message and self._masker.text(outcome.message))
        return outcome
