"""What the gateway hands out: delivery reports, and replies from phones (MO)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

FIELD_NAMES: Mapping[str, tuple[str, ...]] = {
    "mobile": ("mobile", "phone", "tel"),
    "task": ("taskid", "smsid", "msgid", "batchno", "sendid"),
    "status": ("status", "state", "stat", "reportstatus", "result", "err"),
    "time": ("reporttime", "receivetime", "recvtime", "motime", "time", "times", "donetime"),
    "content": ("content", "msg", "message", "motext"),
    "extno": ("extno", "subcode", "destcode", "spcode", "ext"),
}
"""What a field is, and the names it may have, the likeliest first. Nobody has published them; a profile's
`[fields]` adds more."""


class DeliveryState(StrEnum):
    """What a delivery report means, in the contract's words."""

    DELIVERED = "delivered"
    FAILED = "failed"
    PENDING = "pending"
    UNKNOWN = "unknown"


_SMPP_STATES = {
    "DELIVRD": DeliveryState.DELIVERED,
    "EXPIRED": DeliveryState.FAILED,
    "DELETED": DeliveryState.FAILED,
    "UNDELIV": DeliveryState.FAILED,
    "REJECTD": DeliveryState.FAILED,
    "ACCEPTD": DeliveryState.PENDING,
    "UNKNOWN": DeliveryState.UNKNOWN,
}


def delivery_state(status: str | None, own: Mapping[str, str]) -> DeliveryState:
    """The state that a status stands for: the profile's `own` words first, then those of SMPP 3.4.

    Anything else is `unknown`: the vendor has published no list.
    """
    if status is None:
        return DeliveryState.UNKNOWN
    if status in own:
        return DeliveryState(own[status])
    return _SMPP_STATES.get(status.upper(), DeliveryState.UNKNOWN)


class RecordKind(StrEnum):
    """What is asked of the gateway, and kept."""

    REPORT = "report"
    MO = "mo"


_NOTHING: Mapping[str, object] = {}


class DeliveryReport(NamedTuple):
    """What became of one text to one number.

    `time` is ISO 8601, or what the gateway wrote if that is no time; `moment` is the same in seconds since
    1970. `extra` holds the rest, and a time as it came; `raw` is all of it, however it is understood.
    """

    task_id: str | None
    mobile: str | None
    state: DeliveryState
    status: str | None
    time: str | None
    extno: str | None
    batch: str | None = None
    extra: Mapping[str, object] = _NOTHING
    moment: float | None = None
    raw: str = ""


class MoReply(NamedTuple):
    """A text that a phone sent back. `time` and `extra` are like a report's."""

    mobile: str | None
    content: str | None
    time: str | None
    extno: str | None
    task_id: str | None
    batch: str | None = None
    extra: Mapping[str, object] = _NOTHING
    moment: float | None = None
    raw: str = ""


Record = DeliveryReport | MoReply


@dataclass(frozen=True)
class FetchedAnswer:
    """An answer to QueryReport or QueryMo, as it came. `fetched` is in seconds since 1970."""

    kind: RecordKind
    http_status: int
    content_type: str
    body: bytes = field(repr=False)
    fetched: float = 0.0
    id: int = 0


class UnreadAnswer(NamedTuple):
    """An answer that may hold records, none of which could be read: why, and what may help."""

    problem: str
    hint: str | None = None


class FetchFailure(NamedTuple):
    """Why fetching ended before the gateway had nothing more: what it said, or that it said nothing."""

    message: str
    hint: str | None
    is_refusal: bool


class AddedRecords(NamedTuple):
    """Records that the ledger did not have: their numbers, and how many recipients they have settled whose
    sending was unknown, by batch."""

    numbers: tuple[int, ...]
    settled: Mapping[str, int]


class RecordFilter(NamedTuple):
    """Which records to show. Times are in seconds since 1970."""

    since: float | None = None
    until: float | None = None
    mobile: str | None = None
    task: str | None = None
    batch: int | None = None
    state: DeliveryState | None = None

    @property
    def is_all(self) -> bool:
        return self == RecordFilter()
