"""What the gateway hands out: delivery reports, and replies from phones (MO)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

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


@dataclass(frozen=True)
class DeliveryReport:
    """What became of one text to one number. `time` is as the gateway wrote it; `extra` holds the rest."""

    task_id: str | None
    mobile: str | None
    state: DeliveryState
    status: str | None
    time: str | None
    extno: str | None
    batch: str | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class MoReply:
    """A text that a phone sent back. `time` is as the gateway wrote it; `extra` holds the rest."""

    mobile: str | None
    content: str | None
    time: str | None
    extno: str | None
    task_id: str | None
    batch: str | None = None
    extra: Mapping[str, object] = field(default_factory=dict)
