"""The judge at the end: compares what a user sees of the ledger with what the gateway saw."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.conftest import Done
from tests.faults.gateway import Pair
from tests.soak.hosts.faults import Faults
from tests.soak.hosts.gateway import HostsGateway, Reaction
from tests.soak.hosts.ledger import Ledger

_COUNTS = ("accepted", "rejected", "not_sent", "in_flight", "unknown")

_BEGUN = 0.25
"""Requests that a process had begun to send when it was stopped, after it saw that it has its lease: at most
as many as the stops times this, and one more."""

_RUNNERS = """
SELECT rows.mobile, requests.content, requests.runner
FROM requests JOIN rows ON rows.request = requests.id
"""
_REPORTS = "SELECT mobile, task_id FROM records WHERE kind = 'report'"


@dataclass
class Judge:
    """A comparison of the batch with the gateway.

    `exported`, `shown` and `checked` are the results of `batch export`, `batch show` and `batch check`.
    """

    rows: Sequence[Pair]
    gateway: HostsGateway
    ledger: Ledger
    faults: Faults
    exported: Done
    shown: Done
    checked: Done
    is_over: bool
    unknown: int = 0
    lost: int = 0
    late: int = 0

    def discrepancies(self) -> list[str]:
        """Return every difference, in words."""
        found = [*self.gateway.twice]
        found += [f"{pair} was accepted {n} times" for pair, n in self.gateway.accepted.items() if n > 1]
        lines = [json.loads(line) for line in self.exported.lines]
        by_pair: dict[Pair, list[Mapping[str, Any]]] = defaultdict(list)
        for line in lines:
            by_pair[line["mobile"], line["content"]].append(line)
        found += self._strangers(by_pair)
        for pair in self.rows:
            found += self._recipient(pair, by_pair[pair])
        found += self._sums(lines)
        found += self._unknown()
        found += self._late()
        found += self._reports()
        return found

    def _strangers(self, by_pair: Mapping[Pair, object]) -> Iterator[str]:
        rows = set(self.rows)
        yield from (f"{pair} is in the ledger, but not in the file" for pair in set(by_pair) - rows)
        yield from (f"{pair} arrived, but is not in the file" for pair in set(self.gateway.ends) - rows)

    def _recipient(self, pair: Pair, lines: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        if len(lines) != 1:
            yield f"{pair} has {len(lines)} outcomes"
            return
        outcome, end = lines[0]["kxsms_outcome"], self.gateway.ends.get(pair)
        if end is None:
            allowed = {"unknown"} if self.is_over else {"unknown", "not_sent"}
        elif end.is_lost:
            allowed = {"unknown"}
        elif end is Reaction.REFUSE:
            allowed = {"rejected", "unknown"}
        else:
            allowed = {"accepted", "unknown"}
        if outcome not in allowed:
            reaction = "never arrived" if end is None else end.value[0]
            yield f"{pair} is {outcome}, but at the gateway: {reaction}"
        if outcome == "accepted" and lines[0]["kxsms_task_id"] != self.gateway.task_ids.get(pair):
            yield f"{pair} has the task id {lines[0]['kxsms_task_id']} of another recipient"

    def _sums(self, lines: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        if self.checked.status or self.checked.json["state"] != "ok":
            yield f"batch check ended with {self.checked.status}: {self.checked.text}{self.checked.err}"
        counted = Counter(line["kxsms_outcome"] for line in lines)
        document = self.shown.json
        counts = {name: document[name] for name in _COUNTS}
        if counts != {name: counted[name] for name in _COUNTS}:
            yield f"the counts {counts} are not those of the export, {dict(counted)}"
        if document["recipients"] != len(self.rows):
            yield f"the batch has {document['recipients']} recipients"

    def _unknown(self) -> Iterator[str]:
        """Yield what is unknown although the gateway answered and no fault ended its process."""
        unknown = Counter[int]()
        for mobile, content, runner in self.ledger.rows(f"{_RUNNERS} WHERE requests.state = 'unknown'"):
            end = self.gateway.ends.get((str(mobile), content))
            is_lost = end is not None and end.is_lost
            self.unknown += 1
            self.lost += is_lost
            unknown[runner] += not is_lost
        for runner, count in unknown.items():
            if count > self.faults.in_flight[runner]:
                yield (
                    f"{count} requests of session {runner} are unknown,"
                    f" of which {self.faults.in_flight[runner]} were in flight at its fault"
                )

    def _late(self) -> Iterator[str]:
        """Yield what left after the lease of its session was over, if that is too much."""
        late: dict[int, list[float]] = {}
        for session, released in self.faults.released.items():
            found = self.ledger.rows(f"{_RUNNERS} WHERE requests.runner = %s", (session,))
            moments = [self.gateway.moments.get((str(mobile), content), 0.0) for mobile, content, _ in found]
            if after := sorted(round(moment - released, 4) for moment in moments if moment > released):
                late[session] = after
        self.late = sum(map(len, late.values()))
        stops = len(self.faults.released)
        if self.late > 1 + stops * _BEGUN:
            yield (
                f"{self.late} requests left after the leases of {stops} stopped sessions were over;"
                f" seconds after each session went on: {late}"
            )

    def _reports(self) -> Iterator[str]:
        kept = Counter(self.ledger.rows(_REPORTS))
        handed = set(self.gateway.handed)
        yield from (f"the report {report} is lost" for report in handed - set(kept))
        yield from (f"the report {report} is there {n} times" for report, n in kept.items() if n > 1)
