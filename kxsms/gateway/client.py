"""The gateway as the use cases see it: questions, and answers that are already understood.

A further query takes a member of `Operation` and a call of `Gateway.query`.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from kxsms.domain.advice import with_retry
from kxsms.domain.balance import Balance
from kxsms.domain.outcome import Accepted, NotSent, Outcome, Rejected, Unknown, refusal
from kxsms.domain.product import Operation, Product, WireFormat
from kxsms.domain.profile import Profile
from kxsms.domain.records import FetchedAnswer, Record, RecordKind
from kxsms.domain.results import Task
from kxsms.domain.secret import Masker
from kxsms.errors import NoAnswer
from kxsms.gateway.answers import SUCCESS, HttpAnswer, read_answer, read_outcome, with_status
from kxsms.gateway.failures import HeldBack
from kxsms.gateway.fields import find
from kxsms.gateway.http import HttpTransport, NoHttpAnswer
from kxsms.gateway.request import GatewayRequest, build, build_send, capacity
from kxsms.gateway.tree import Tree, Unreadable
from kxsms.gateway.wire import Call, Log, Trace, Wire
from kxsms.language import mark, tr

_AGAIN = mark("run the same command again; nothing was fetched")
_MAYBE_LOST = mark(
    "run the same command again; the records in this answer may be lost,"
    " because the gateway may hand them out only once"
)


class QueryAnswer(NamedTuple):
    """An answer to a query.

    `code` is None without a usable answer; `message` then says why. `fields` are those beside the Code, as
    texts, lists and objects. `body` is the answer as it came, `date` when, in HTTP's form, the gateway says
    that it was made. `no_tls`: the other side seems to speak no TLS.
    """

    code: str | None
    message: str | None
    fields: Mapping[str, Tree]
    body: bytes | None
    no_tls: bool = False
    date: str | None = None


class _Exchanged(NamedTuple):
    """An answer to read, and its body as it came."""

    answer: HttpAnswer
    body: bytes


class Gateway:
    """One account at one gateway, over at most `connections` connections. Any thread may use it.

    `trace` gets each line that shows what goes over the wire, with the token and other `secrets` masked,
    `log` each request when it has ended.
    """

    def __init__(
        self,
        profile: Profile,
        wire_format: WireFormat = WireFormat.JSON,
        trace: Trace | None = None,
        connections: int = 1,
        secrets: tuple[str, ...] = (),
        log: Log | None = None,
    ) -> None:
        self._profile = profile
        self._wire_format = wire_format
        self._masker = Masker(profile.token, secrets)
        self._wire = Wire(profile, self._masker, trace, log)
        self._transport = HttpTransport(profile.connect_timeout, profile.read_timeout, connections)

    def capacity(self, content: str, extno: str | None) -> int:
        """Return how many numbers one request may name. Raise InvalidContent if not even one fits."""
        return capacity(self._profile, self._profile.product, content, extno)

    def send(
        self, mobiles: str, recipients: int, content: str, extno: str | None, may_leave: Callable[[], bool]
    ) -> Task | None:
        """Send one text once, to `recipients` numbers joined by commas. Never raise: see the outcome.

        Return None where `may_leave` says no when the first byte is due: then nothing has left.
        """
        product = self._profile.product
        request = build_send(self._profile, product, self._wire_format, mobiles, content, extno)
        call = self._wire.begin(request, Operation.SEND, product, mobiles, recipients)
        try:
            task = self._send(request, recipients, call, may_leave)
        except HeldBack:
            call.held_back()
            return None
        call.settle(task.outcome)
        return task

    def _send(
        self, request: GatewayRequest, recipients: int, call: Call, may_leave: Callable[[], bool]
    ) -> Task:
        try:
            answer, body = self._exchange(request, call, may_leave)
        except NoHttpAnswer as failure:
            if failure.written:
                return Task(Unknown(failure.reason), recipients)
            return Task(NotSent(failure.reason, is_retryable=failure.is_retryable), recipients)
        try:
            outcome = self._masked(read_outcome(answer, self._masker.in_values))
        except Exception as error:  # a defect of the reader must not lose what may have been accepted
            outcome = Unknown(tr("kxsms could not read the answer: {name}", name=type(error).__name__))
        return Task(outcome, recipients, body, self._masker.kept(body))

    def balance(self, product: Product) -> Balance:
        """Ask how many messages are left for a product. Never raise: without an answer, `code` is None."""
        name = self._profile.name
        answer = self.query(product, Operation.QUERY_BALANCE)
        count = find(answer.fields, ("count",)) or None
        message = answer.message
        if answer.code == SUCCESS and count is None:
            message = tr("an answer without a Count")
        return Balance(
            name, product, answer.code, message, count, answer.body, no_tls=answer.no_tls, date=answer.date
        )

    def disconnect(self) -> None:
        """Close the connections that are kept: where a person is asked first, a router may forget them."""
        self._transport.disconnect()

    def query(self, product: Product, operation: Operation) -> QueryAnswer:
        """Ask a question about a product. Never raise: without a usable answer, `code` is None."""
        call, request = self._begin(product, operation)
        answer = self._query(request, call)
        call.end(answer.code)
        return answer

    def _query(self, request: GatewayRequest, call: Call) -> QueryAnswer:
        try:
            answer, body = self._exchange(request, call)
        except NoHttpAnswer as failure:
            return QueryAnswer(None, failure.reason, {}, None, failure.no_tls)
        try:
            envelope = read_answer(answer, self._masker.in_values)
        except Unreadable as reason:
            said = self._masker.text(with_status(answer.status, reason))
            return QueryAnswer(None, said, {}, body, date=answer.date)
        message = envelope.message and self._masker.text(envelope.message)
        return QueryAnswer(envelope.code, message, envelope.fields, body, date=answer.date)

    def fetch(self, kind: RecordKind) -> tuple[FetchedAnswer, bytes]:
        """Take what the gateway hands out: an answer to keep, and its body as it came.

        Raise NoAnswer, with the part that came of an answer that was cut.
        """
        call, request = self._begin(self._profile.product, _operation(kind))
        try:
            answer, body = self._exchange(request, call)
        except NoHttpAnswer as failure:
            error = NoAnswer(
                failure.reason, tr(_MAYBE_LOST) if failure.written else with_retry(failure.reason, tr(_AGAIN))
            )
            error.partial = self._masker.answer(failure.partial)
            raise error from None
        finally:
            call.end(None)
        return FetchedAnswer(kind, answer.status, answer.content_type, answer.body, time.time()), body

    def read(self, answer: FetchedAnswer) -> Iterator[Record]:
        """Return the records of an answer, none if it says that there are none.

        Raise Unread if there may be some, Refused, or NoAnswer if the answer is not the gateway's.
        """
        from kxsms.gateway.records import read_records

        return read_records(answer, self._profile, self._masker)

    def _begin(self, product: Product, operation: Operation) -> tuple[Call, GatewayRequest]:
        request = build(self._profile, product, operation, self._wire_format)
        return self._wire.begin(request, operation, product), request

    def _exchange(
        self, request: GatewayRequest, call: Call, may_leave: Callable[[], bool] = lambda: True
    ) -> _Exchanged:
        """Send a request, and return an answer without the token in it. Raise as `exchange` does."""
        try:
            answer = self._transport.exchange(request, may_leave)
        except NoHttpAnswer as failure:
            failure.reason = self._masker.text(failure.reason)
            call.failed(failure.reason)
            raise
        call.answered(answer)
        return _Exchanged(replace(answer, body=self._masker.answer(answer.body)), answer.body)

    def _masked(self, outcome: Outcome) -> Outcome:
        """Return an outcome without the token in its words.

        A code that only asks to go slower becomes NotSent: the gateway took nothing.
        """
        match outcome:
            case Rejected(code, message) if code in self._profile.throttle_codes:
                words = refusal(code, message, self._profile.codes.get(code))
                return NotSent(self._masker.text(words), is_retryable=True, code=code)
            case Accepted(message=message) | Rejected(message=message):
                return outcome._replace(message=message and self._masker.text(message))
            case NotSent(reason=reason) | Unknown(reason=reason):
                return outcome._replace(reason=self._masker.text(reason))


def _operation(kind: RecordKind) -> Operation:
    match kind:
        case RecordKind.REPORT:
            return Operation.QUERY_REPORT
        case RecordKind.MO:
            return Operation.QUERY_MO
