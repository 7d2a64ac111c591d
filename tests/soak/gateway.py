"""A gateway with whims: which one a request meets depends on the seed, on what it is, how often it came."""

import json
import random
import socket
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.faults.gateway import FaultGateway, Pair, pairs
from tests.scripted_gateway import Act, Received, answer, close, half, reset

_SLOW_SECONDS = 0.03
_MOST_RECORDS = 40
_REFUSED = '{"Code":"-3","Message":"余额不足"}'
_NOTHING = '{"Code":"0","Message":"ok","Data":[]}'
_WHIMS = {
    "accept": 70,
    "slow": 8,
    "refuse": 4,
    "too fast": 4,
    "not here": 1,
    "broken": 2,
    "rubbish": 2,
    "cut": 2,
    "lost": 3,
    "half": 2,
    "broken, but taken": 2,
}
_TIME = "2099-01-01 00:00:00"
"""Of a report: after every request."""


@dataclass
class Whimsical(FaultGateway):
    """`round` and `seed` decide, and not the order in which requests come. `is_kind`: accept everything."""

    seed: int = 0
    round: int = 0
    is_kind: bool = False
    to_report: list[tuple[str, str]] = field(default_factory=list)
    """A number and a task id for each who was accepted and has not been reported."""
    handed: list[tuple[str, str]] = field(default_factory=list)
    """What has been handed out in this round."""
    _seen: Counter[Pair] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.plan = self._decide

    def _decide(self, request: Received) -> Act:
        if request.path.endswith("QueryReport"):
            return self._hand_out(request)
        if request.path.endswith("QueryMo"):
            return self._hand_over(request)
        first = pairs(request)[0]
        self._seen[first] += 1
        chance = random.Random(f"{self.seed} {self.round} {first} {self._seen[first]}")
        (whim,) = chance.choices(list(_WHIMS), list(_WHIMS.values()))
        return self._act("accept" if self.is_kind else whim, request)

    def _act(self, whim: str, request: Received) -> Act:
        match whim:
            case "refuse":
                return answer(_REFUSED)
            case "too fast":
                return answer("slow down", status=429)
            case "not here":
                return answer("", status=404)
            case "broken":
                return answer("", status=500)
            case "rubbish":
                return answer("<html>It works!</html>", content_type="text/html")
            case "cut":
                return reset
            case _:
                pass  # accepted
        accepted = self._accepted(request)
        match whim:
            case "lost":
                return close
            case "half":
                return half()
            case "broken, but taken":
                return answer("", status=502)
            case "slow":

                def slow(connection: socket.socket) -> None:
                    time.sleep(_SLOW_SECONDS)
                    accepted(connection)

                return slow
            case _:
                return accepted

    def _accepted(self, request: Received) -> Act:
        act = self.accept(request)
        self.to_report += [(pair[0], self.task_ids[pair]) for pair in pairs(request)]
        return act

    def _hand_out(self, request: Received) -> Act:
        some, self.to_report = self.to_report[:_MOST_RECORDS], self.to_report[_MOST_RECORDS:]
        self.handed += some
        states = ("DELIVRD", "UNDELIV", "EXPIRED")
        records = [
            {"Mobile": mobile, "TaskId": task, "Status": states[len(task) % 3], "ReportTime": _TIME}
            for mobile, task in some
        ]
        return _answer(records)

    def _hand_over(self, request: Received) -> Act:
        number = len(self.received)
        if number % 3 == 0 or not self.accepted:
            return answer(_NOTHING)
        mobile = list(self.accepted)[number % len(self.accepted)][0]
        return _answer([{"Mobile": mobile, "Content": f"TD{number}", "MoTime": _TIME}])


def _answer(records: list[dict[str, str]]) -> Act:
    return answer(json.dumps({"Code": "0", "Message": "ok", "Data": records}))
