"""The gateway as the commands see it: four questions, and answers that are already understood."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import TypeVar

from kxsms.domain.outcome import NotSent, Unknown, refusal
from kxsms.domain.product import Operation, Product, WireFormat
from kxsms.domain.profile import Profile
from kxsms.domain.records import DeliveryReport, MoReply
from kxsms.domain.results import Balance, MoResult, ReportResult, Task
from kxsms.errors import NoAnswer, Refused
from kxsms.gateway.records import read_replies, read_reports
from kxsms.gateway.reply import SUCCESS, Reply, describe, read_answer, read_code, read_outcome
from kxsms.gateway.request import GatewayRequest, build, build_send, capacity, mask
from kxsms.gateway.transport import NoReply, Transport
from kxsms.gateway.tree import Empty, Tree, Unreadable, read_tree

Record = TypeVar("Record", DeliveryReport, MoReply)

_SHOWN = 2_000
_AGAIN = "nothing was changed: run the same command again"
_REFUSED = (
    "if this code means that there is nothing new, add it to empty_codes: kxsms config set empty_codes CODE"
)


class Gateway:
    """One account at one gateway.

    `trace` gets each line of what goes over the wire, the token masked.
    """

    def __init__(
        self,
        profile: Profile,
        wire_format: WireFormat = WireFormat.JSON,
        trace: Callable[[str], None] | None = None,
    ) -> None:
        self._profile = profile
        self._wire_format = wire_format
        self._trace = trace
        self._transport = Transport(profile.connect_timeout, profile.read_timeout)

    def capacity(self, content: str, extno: str | None) -> int:
        """How many numbers one request may name. Raises InvalidContent where not even one fits."""
        return capacity(self._profile, self._profile.product, content, extno)

    def send(self, mobiles: Sequence[str], content: str, extno: str | None) -> Task:
        """Send one text to at most `capacity` numbers, once. Never raises: the outcome says it all."""
        request = build_send(self._profile, self._profile.product, self._wire_format, mobiles, content, extno)
        try:
            reply = self._exchange(request)
        except NoReply as failure:
            outcome = Unknown(failure.reason) if failure.written else NotSent(failure.reason)
            return Task(outcome, len(mobiles))
        return Task(read_outcome(reply), len(mobiles), reply.body)

    def balance(self, product: Product) -> Balance:
        """What is left for a product. Never raises: without an answer, `code` is None."""
        name, body = self._profile.name, None
        try:
            reply = self._query(product, Operation.QUERY_BALANCE)
            body = reply.body
            answer = read_answer(reply)
        except NoReply as failure:
            return Balance(name, product, None, failure.reason, None)
        except Unreadable as reason:
            return Balance(name, product, None, f"{describe(reply.status)}, {reason}", None, body)
        if answer.code == SUCCESS and answer.count is None:
            return Balance(name, product, answer.code, "an answer without a Count", None, body)
        return Balance(name, product, answer.code, answer.message, answer.count, body)

    def reports(self) -> ReportResult:
        """The delivery reports that have come since they were last asked for.

        Raises Refused or NoAnswer, which hold the reply's bytes.
        """
        reply = self._fetch(Operation.QUERY_REPORT)
        return ReportResult(self._records(reply, read_reports), (reply.body,))

    def replies(self) -> MoResult:
        """The replies from phones that have come since they were last asked for.

        Raises Refused or NoAnswer, which hold the reply's bytes.
        """
        reply = self._fetch(Operation.QUERY_MO)
        return MoResult(self._records(reply, read_replies), (reply.body,))

    def _fetch(self, operation: Operation) -> Reply:
        try:
            return self._query(self._profile.product, operation)
        except NoReply as failure:
            raise NoAnswer(failure.reason, _AGAIN) from None

    def _records(
        self, reply: Reply, read: Callable[[Tree, Profile], tuple[Record, ...]]
    ) -> tuple[Record, ...]:
        """The records of an answer; none of one that is empty or says that there are none."""
        try:
            tree = read_tree(reply.body)
            records = read(tree, self._profile)
            if records:
                return records
            code, message = read_code(tree)
        except Unreadable as reason:
            if isinstance(reason, Empty) and reply.status == HTTPStatus.OK:
                return ()
            raise NoAnswer(f"{describe(reply.status)}, {reason}", _AGAIN, [reply.body]) from None
        if code is None and reply.status != HTTPStatus.OK:
            raise NoAnswer(f"{describe(reply.status)}, an answer without a Code", _AGAIN, [reply.body])
        if code is None or code == SUCCESS or code in self._profile.empty_codes:
            return ()
        raise Refused(refusal(code, message, self._profile.codes.get(code)), _REFUSED, [reply.body])

    def _query(self, product: Product, operation: Operation) -> Reply:
        return self._exchange(build(self._profile, product, operation, self._wire_format))

    def _exchange(self, request: GatewayRequest) -> Reply:
        self._say(f"> {request.masked()}")
        try:
            reply = self._transport.exchange(request)
        except NoReply as failure:
            self._say(f"< {failure.reason}")
            raise
        self._say(
            f"< {describe(reply.status)}, {reply.content_type or 'no content type'}, {len(reply.body)} bytes"
        )
        if reply.body:
            self._say("< " + reply.body[:_SHOWN].decode("utf-8", "replace"))
        return reply

    def _say(self, line: str) -> None:
        if self._trace is not None:
            self._trace(mask(line, self._profile.token))
