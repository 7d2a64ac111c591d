"""A gateway with random reactions and delays that sees at once if a text arrives after it was dealt with."""

import json
import random
import socket
import time
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum

from tests.faults.gateway import FaultGateway, Pair, pairs
from tests.scripted_gateway import Act, Received, answer, close

_REFUSED = '{"Code":"-3","Message":"余额不足"}'
_NOTHING = '{"Code":"0","Message":"ok","Data":[]}'
_TIME = "2099-01-01 00:00:00"
"""The time of a report, which is after every request."""

_MOST_REPORTS = 300
_SECONDS, _SLOW_SECONDS = 0.004, 0.15


class Reaction(Enum):
    """A reaction to a request: its name, and its weight."""

    ACCEPT = ("accept", 920)
    ACCEPT_SLOWLY = ("accept slowly", 40)
    REFUSE = ("refuse", 10)
    THROTTLE = ("throttle", 8)
    CLOSE = ("close", 4)
    BREAK = ("break", 4)
    ACCEPT_AND_CLOSE = ("accept and close", 6)
    ACCEPT_AND_BREAK = ("accept and break", 4)
    ACCEPT_SILENTLY = ("accept silently", 2)

    def __init__(self, word: str, weight: int) -> None:
        self.weight = weight

    @property
    def accepts(self) -> bool:
        return self.value[0].startswith("accept")

    @property
    def is_final(self) -> bool:
        """Return whether the text must not arrive again."""
        return self is not Reaction.THROTTLE

    @property
    def is_lost(self) -> bool:
        """Return whether the sender gets no answer that says what happened."""
        return self in _LOST


_LOST = {
    Reaction.CLOSE,
    Reaction.BREAK,
    Reaction.ACCEPT_AND_CLOSE,
    Reaction.ACCEPT_AND_BREAK,
    Reaction.ACCEPT_SILENTLY,
}


@dataclass
class HostsGateway(FaultGateway):
    """A gateway whose reactions depend on the seed and on the text, and not on the order of the requests."""

    seed: int = 0
    ends: dict[Pair, Reaction] = field(default_factory=dict)
    """What happened to each text that was not put off."""
    moments: dict[Pair, float] = field(default_factory=dict)
    """When each of them arrived, by the monotonic clock."""
    twice: list[str] = field(default_factory=list)
    """The texts that arrived again after their end, in words."""
    to_report: list[tuple[str, str]] = field(default_factory=list)
    """The number and the task id of each accepted recipient without a report."""
    handed: list[tuple[str, str]] = field(default_factory=list)
    """The reports that were handed out."""
    _seen: Counter[Pair] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.plan = self._decide

    def _decide(self, request: Received) -> Act:
        self.received.clear()  # 100,000 of them are too much to keep
        if request.path.endswith("QueryReport"):
            return self._hand_out_reports()
        if not request.path.endswith("Send"):
            return answer(_NOTHING)
        found = pairs(request)
        first = found[0]
        self._seen[first] += 1
        chance = random.Random(f"{self.seed} {first} {self._seen[first]}")
        (reaction,) = chance.choices(list(Reaction), [each.weight for each in Reaction])
        for pair in found:
            if pair in self.ends:
                self.twice.append(
                    f"{pair} arrived again ({reaction.value[0]}) after {self.ends[pair].value[0]}"
                )
            if reaction.is_final:
                self.ends.setdefault(pair, reaction)
                self.moments[pair] = time.monotonic()
        slow = _SLOW_SECONDS if reaction is Reaction.ACCEPT_SLOWLY else _SECONDS
        return _after(chance.uniform(0, slow), self._act(reaction, request))

    def _act(self, reaction: Reaction, request: Received) -> Act:
        accepted = self._accepted(request) if reaction.accepts else close
        if reaction in (Reaction.BREAK, Reaction.ACCEPT_AND_BREAK):
            return answer("", status=503)
        if reaction is Reaction.REFUSE:
            return answer(_REFUSED)
        if reaction is Reaction.THROTTLE:
            return answer("slow down", status=429)
        if reaction is Reaction.ACCEPT_SILENTLY:
            return self.silent
        return close if reaction is Reaction.ACCEPT_AND_CLOSE else accepted

    def _accepted(self, request: Received) -> Act:
        act = self.accept(request)
        self.to_report += [(mobile, self.task_ids[mobile, text]) for mobile, text in pairs(request)]
        return act

    def _hand_out_reports(self) -> Act:
        some, self.to_report = self.to_report[:_MOST_REPORTS], self.to_report[_MOST_REPORTS:]
        self.handed += some
        records = [
            {"Mobile": mobile, "TaskId": task, "Status": "DELIVRD", "ReportTime": _TIME}
            for mobile, task in some
        ]
        return answer(json.dumps({"Code": "0", "Message": "ok", "Data": records}) if records else _NOTHING)


def _after(seconds: float, act: Act) -> Act:
    def delayed(connection: socket.socket) -> None:
        time.sleep(seconds)
        act(connection)

    return delayed
