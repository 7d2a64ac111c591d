"""Records that the gateway hands out: delivery reports, and replies from phones (MO)."""

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
"""The names that a field may have, by its role, the likeliest first.

Assumed: nobody has published them, and gateways of this kind use these. A profile's `[fields]` adds more.
"""


class DeliveryState(StrEnum):
    """The meaning of a delivery report."""

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
    """Return the meaning of a status: in the profile's `own` words, or else in those of SMPP 3.4.

    Any other status is `unknown`: the vendor has published no list.
    """
    if status is None:
        return DeliveryState.UNKNOWN
    if status in own:
        return DeliveryState(own[status])
    return _SMPP_STATES.get(status.upper(), DeliveryState.UNKNOWN)


class RecordKind(StrEnum):
    """The kinds of records."""

    REPORT = "report"
    MO = "mo"


_NOTHING: Mapping[str, object] = {}


class DeliveryReport(NamedTuple):
    """A delivery report: whether one text reached one number.

    `time` is ISO 8601, or the gateway's text if that is no time; `moment` is the same in seconds since 1970.
    `extra` holds the other fields, and a time as it came. `raw` is the whole record as JSON, as it came: it
    does not depend on the profile, and the ledger knows a repetition by it. `has_identity`: it has an id or a
    time with seconds of its own, so that an equal record in another answer is a repetition of it.
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
    has_identity: bool = False


class MoReply(NamedTuple):
    """A text that a phone sent back. The fields that a delivery report also has are as there.

    `opted_out`: it is an opt-out, by the keywords that the profile now has.
    """

    mobile: str | None
    content: str | None
    time: str | None
    extno: str | None
    task_id: str | None
    batch: str | None = None
    extra: Mapping[str, object] = _NOTHING
    moment: float | None = None
    raw: str = ""
    has_identity: bool = False
    opted_out: bool = False


Record = DeliveryReport | MoReply


@dataclass(frozen=True)
class FetchedAnswer:
    """An answer to QueryReport or QueryMo, as it came.

    `http_status` is 0 if only a part of the answer came. `fetched` is in seconds since 1970. `id` is the
    answer's number in the ledger, or 0. `is_old`: it was read by a version of kxsms that kept equal records
    once. `spelling` is the account in the digests of its records, where that had blanks around it.
    """

    kind: RecordKind
    http_status: int
    content_type: str
    body: bytes = field(repr=False)
    fetched: float = 0.0
    id: int = 0
    is_old: bool = False
    spelling: str | None = None


class UnreadAnswer(NamedTuple):
    """An answer that may hold records, of which kxsms could read none: why, and what may help."""

    problem: str
    hint: str | None = None


class FetchFailure(NamedTuple):
    """The reason why fetching ended early: the gateway's refusal, or no usable answer."""

    message: str
    hint: str | None
    is_refusal: bool


class AddedRecords(NamedTuple):
    """Records that were new to the ledger.

    `numbers` are theirs in the ledger; `settled` counts the unknown recipients that they settled, by batch.
    `content` is equal for two answers that hold the same records, new or not.
    """

    numbers: tuple[int, ...]
    settled: Mapping[str, int]
    content: bytes


class Run(NamedTuple):
    """A record for which a command is to be run, for the `tries`th time; or no more, if it `is_over`."""

    number: int
    record: Record
    tries: int
    is_over: bool


class RecordFilter(NamedTuple):
    """A choice of records to show. Times are in seconds since 1970."""

    since: float | None = None
    until: float | None = None
    mobile: str | None = None
    task: str | None = None
    batch: int | None = None
    state: DeliveryState | None = None

    @property
    def is_all(self) -> bool:
        """Return whether the filter lets every record through."""
        return self == RecordFilter()
