"""The states of requests and of batches, and which of them may follow which."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import assert_never

from kxsms.domain.outcome import Accepted, NotSent, Outcome, Rejected, Unknown


class RequestState(StrEnum):
    """The state of a request, and so of its recipients.

    `planned` and `not_sent` are unfinished: `resume` sends both. `sending` is on the disk before the first
    byte leaves. In a batch without an owner it means `unknown`, which is resent only if a person says so.
    """

    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, outcome: Outcome) -> "RequestState":
        """Return the state that an outcome settles a request to."""
        match outcome:
            case Accepted():
                return cls.ACCEPTED
            case Rejected():
                return cls.REJECTED
            case NotSent():
                return cls.NOT_SENT
            case Unknown():
                return cls.UNKNOWN
        assert_never(outcome)

    def may_become(self, state: "RequestState") -> bool:
        """Return whether a request in this state may change to another one: see `TRANSITIONS`."""
        return (self, state) in TRANSITIONS


TRANSITIONS: Mapping[tuple[RequestState, RequestState], str] = MappingProxyType(
    {
        (RequestState.PLANNED, RequestState.SENDING): "kxsms claims the request, and sends it after that",
        (RequestState.SENDING, RequestState.ACCEPTED): "the gateway took it",
        (RequestState.SENDING, RequestState.REJECTED): "the gateway refused it",
        (RequestState.SENDING, RequestState.NOT_SENT): "it definitely did not reach the gateway",
        (RequestState.SENDING, RequestState.UNKNOWN): "its answer is unusable, or kxsms ended before it came",
        (RequestState.SENDING, RequestState.PLANNED): "it was not sent, and will be claimed again",
        (RequestState.NOT_SENT, RequestState.PLANNED): "the batch is resumed",
        (RequestState.REJECTED, RequestState.PLANNED): "a person retries what the gateway refused",
        (RequestState.UNKNOWN, RequestState.PLANNED): "a person retries what may have been sent",
        (
            RequestState.UNKNOWN,
            RequestState.ACCEPTED,
        ): "reports, a person or a late answer say it was taken",
        (
            RequestState.UNKNOWN,
            RequestState.NOT_SENT,
        ): "a person, or a late answer, says it was not sent",
        (RequestState.UNKNOWN, RequestState.REJECTED): "the gateway's refusal came late",
        (RequestState.ACCEPTED, RequestState.UNKNOWN): "the reports that settled it were not about it",
        # An attempt before a retry ended unknown: as long as no later one is accepted, that may have arrived.
        (RequestState.PLANNED, RequestState.UNKNOWN): "the retry ended before, or the ledger lost entries",
        (RequestState.NOT_SENT, RequestState.UNKNOWN): "the retry did not reach the gateway",
        (RequestState.REJECTED, RequestState.UNKNOWN): "the gateway refused the retry",
    }
)
"""Which state may follow which, and when it does. `kxsms.ledger.claims` makes these changes and no others."""


class BatchState(StrEnum):
    """The state of a batch.

    `running`: a process sends it. Of the others, `scheduled`, `waiting` and `unfinished` ones have something
    left to send: at a time, when a limit allows it, or when a person resumes them.
    """

    SCHEDULED = "scheduled"
    WAITING = "waiting"
    RUNNING = "running"
    UNFINISHED = "unfinished"
    FINISHED = "finished"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Return whether nothing is left to send."""
        return self in (BatchState.FINISHED, BatchState.CANCELLED)
