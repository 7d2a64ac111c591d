"""A gateway with random reactions, decided by the seed, the request and the number of its arrivals."""

import json
import random
import socket
import time
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import assert_never

from tests.faults.gateway import FaultGateway, Pair, pairs
from tests.scripted_gateway import Act, Received, answer, close, half, reset
from tests.soak.commands import SINGLE

_SLOW_SECONDS = 0.03
_MOST_RECORDS = 40
_FOREIGN = 10
_REFUSED = '{"Code":"-3","Message":"余额不足"}'
_NOTHING = '{"Code":"0","Message":"ok","Data":[]}'
_TIME = "2099-01-01 00:00:00"
"""The time of a report, which is after every request."""


class Reaction(Enum):
    """A reaction to a request: its name, which tells equal weights apart, and its weight."""

    ACCEPT = ("accept", 70)
    ACCEPT_SLOWLY = ("accept slowly", 8)
    REFUSE = ("refuse", 4)
    THROTTLE = ("throttle", 4)
    NOT_FOUND = ("not found", 1)
    BREAK = ("break", 2)
    RUBBISH = ("rubbish", 2)
    RESET = ("reset", 2)
    ACCEPT_SILENTLY = ("accept silently", 3)
    ACCEPT_HALF = ("accept with half an answer", 2)
    ACCEPT_AND_BREAK = ("accept and break", 2)

    def __init__(self, word: str, weight: int) -> None:
        self.weight = weight


@dataclass
class RandomGateway(FaultGateway):
    """A gateway whose reactions depend on `seed` and `round`, and not on the order of the requests.

    With `accepts_all` it accepts everything.
    """

    seed: int = 0
    round: int = 0
    accepts_all: bool = False
    to_report: list[tuple[str, str]] = field(default_factory=list)
    """The number and task id of each accepted recipient without a report."""
    handed: list[tuple[str, str]] = field(default_factory=list)
    """The reports that were handed out in this round."""
    opted_out: set[str] = field(default_factory=set)
    """The numbers that opted out before this round."""
    replied: set[str] = field(default_factory=set)
    """The numbers whose reply in this round opts out."""
    ignored: list[str] = field(default_factory=list)
    """The texts of batches that arrived for a number after it had opted out."""
    _seen: Counter[Pair] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.plan = self._decide

    def _decide(self, request: Received) -> Act:
        if request.path.endswith("QueryReport"):
            return self._hand_out_reports(request)
        if request.path.endswith("QueryMo"):
            return self._hand_out_reply(request)
        if request.path.endswith("QueryBalance"):
            return answer('{"Code":"0","Message":"ok","Count":"100000"}')
        self.ignored += [
            f"{mobile} got {text!r} after it had opted out"
            for mobile, text in pairs(request)
            if mobile in self.opted_out and not text.startswith(SINGLE)
        ]
        first = pairs(request)[0]
        self._seen[first] += 1
        chance = random.Random(f"{self.seed} {self.round} {first} {self._seen[first]}")
        (reaction,) = chance.choices(list(Reaction), [each.weight for each in Reaction])
        return self._act(Reaction.ACCEPT if self.accepts_all else reaction, request)

    def _act(self, reaction: Reaction, request: Received) -> Act:
        match reaction:
            case Reaction.REFUSE:
                return answer(_REFUSED)
            case Reaction.THROTTLE:
                return answer("slow down", status=429)
            case Reaction.NOT_FOUND:
                return answer("", status=404)
            case Reaction.BREAK:
                return answer("", status=500)
            case Reaction.RUBBISH:
                return answer("<html>It works!</html>", content_type="text/html")
            case Reaction.RESET:
                return reset
            case Reaction.ACCEPT:
                return self._accepted(request)
            case Reaction.ACCEPT_SLOWLY:
                return _slow(self._accepted(request))
            case Reaction.ACCEPT_SILENTLY:
                self._accepted(request)
                return close
            case Reaction.ACCEPT_HALF:
                self._accepted(request)
                return half()
            case Reaction.ACCEPT_AND_BREAK:
                self._accepted(request)
                return answer("", status=502)
            case _:
                assert_never(reaction)

    def _accepted(self, request: Received) -> Act:
        act = self.accept(request)
        self.to_report += [(pair[0], self.task_ids[pair]) for pair in pairs(request)]
        return act

    def _hand_out_reports(self, request: Received) -> Act:
        some, self.to_report = self.to_report[:_MOST_RECORDS], self.to_report[_MOST_RECORDS:]
        self.handed += some
        states = ("DELIVRD", "UNDELIV", "EXPIRED")
        records = [
            {"Mobile": mobile, "TaskId": task, "Status": states[len(task) % 3], "ReportTime": _TIME}
            for mobile, task in some
        ]
        return _answer(records + self._of_other_programs() if records else [])

    def _of_other_programs(self) -> list[dict[str, str]]:
        """Return reports under task ids of other programs, for numbers of kxsms, accepted or not."""
        first = len(self.received)
        numbers = [f"138{(first * 7 + offset) % 400:08d}" for offset in range(_FOREIGN)]
        return [
            {"Mobile": number, "TaskId": f"f{first}-{number}", "Status": "DELIVRD", "ReportTime": _TIME}
            for number in numbers
        ]

    def _hand_out_reply(self, request: Received) -> Act:
        number = len(self.received)
        if number % 3 == 0 or not self.accepted:
            return answer(_NOTHING)
        mobile = list(self.accepted)[number % len(self.accepted)][0]
        opts_out = number % 7 == 0
        self.replied |= {mobile} if opts_out else set()
        content = "退订" if opts_out else f"TD{number}"
        return _answer([{"Mobile": mobile, "Content": content, "MoTime": _TIME, "MoId": f"{number}"}])


def _answer(records: list[dict[str, str]]) -> Act:
    return answer(json.dumps({"Code": "0", "Message": "ok", "Data": records}))


def _slow(act: Act) -> Act:
    def slow(connection: socket.socket) -> None:
        time.sleep(_SLOW_SECONDS)
        act(connection)

    return slow
