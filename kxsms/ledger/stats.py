"""The figures of `kxsms stats`, summed up from batches, their requests and their records."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from kxsms.domain.money import cost_of
from kxsms.domain.stats import StatsBy, StatsRow, sum_of_costs
from kxsms.ledger.database import Database
from kxsms.sqlite import stored

_QUARTER = 900
"""Seconds. The offset of every time zone is a multiple of it, so a quarter of an hour lies in one day."""

_ACCEPTED = "0"
"""The code with which the gateway accepts a request."""

_MOMENT = "coalesce(batches.scheduled_for, batches.created)"
_WANTED = f"""
    ready AND NOT is_test AND (:since IS NULL OR {_MOMENT} >= :since)
    AND (:profile IS NULL OR profile = :profile)
"""
_KEYS = {
    StatsBy.DAY: f"CAST({_MOMENT} / {_QUARTER} AS INTEGER)",
    StatsBy.PRODUCT: "batches.product",
    StatsBy.BATCH: "batches.name",
    StatsBy.CODE: f"'{_ACCEPTED}'",
}
_BILLED = "state IN ('accepted', 'unknown', 'sending')"

# The counters of batches by a key and by the price, with what was or may have been billed: of most batches
# that is everything or nothing, and only of the others the requests are added up.
_OF_BATCHES = f"""
    SELECT {{key}} AS key, price, sum(recipients) AS recipients, sum(accepted) AS accepted,
        sum(rejected) AS rejected, sum(unknown + sending) AS unknown, sum(delivered) AS delivered,
        sum(failed) AS failed, sum(max(0, accepted - delivered - failed)) AS pending, sum(replies) AS replies,
        sum(
            CASE
                WHEN accepted + unknown + sending = recipients THEN segments
                WHEN accepted + unknown + sending = 0 THEN 0
                WHEN pruned IS NOT NULL THEN (
                    SELECT sum(pruned_figures.segments) FROM pruned_figures WHERE batch = batches.id
                )
                ELSE (
                    SELECT sum(requests.recipients * requests.segments) FROM requests
                    WHERE requests.id BETWEEN first_request AND last_request AND {_BILLED}
                )
            END
        ) AS segments
    FROM batches WHERE {_WANTED}
    GROUP BY 1, price ORDER BY min(batches.id)
"""

# The recipients in flight, batch by batch.
_IN_FLIGHT = f"SELECT {{key}} AS key, id, sending FROM batches WHERE sending > 0 AND {_WANTED}"

# The recipients who opted out by a reply, by the key of the batch that they replied to.
_OPTED_OUT = f"""
    SELECT {{key}} AS key, count(*) AS opted_out
    FROM opt_outs
    JOIN records ON records.id = opt_outs.record
    JOIN batches ON batches.id = records.batch
    WHERE {_WANTED} GROUP BY 1
"""

# The same for pruned batches, whose replies are not known any more.
_OPTED_OUT_OF_PRUNED = f"""
    SELECT {{key}} AS key, sum(pruned_figures.opted_out) AS opted_out
    FROM pruned_figures JOIN batches ON batches.id = pruned_figures.batch
    WHERE pruned_figures.opted_out > 0 AND {_WANTED} GROUP BY 1
"""

# The requests without the code of an accepted one, by their code and by the price. The order of the tables is
# for SQLite: to look at each delivery of a million would take seconds.
_OTHER_REQUESTS = f"""
    SELECT requests.code AS key, price, sum(requests.recipients) AS recipients,
        sum(CASE state WHEN 'accepted' THEN requests.recipients ELSE 0 END) AS accepted,
        sum(CASE state WHEN 'rejected' THEN requests.recipients ELSE 0 END) AS rejected,
        sum(CASE WHEN state IN ('unknown', 'sending') THEN requests.recipients ELSE 0 END) AS unknown,
        sum(CASE WHEN {_BILLED} THEN requests.recipients * requests.segments ELSE 0 END) AS segments
    FROM batches CROSS JOIN requests ON requests.id BETWEEN first_request AND last_request
    WHERE requests.code IS NOT '{_ACCEPTED}' AND {_WANTED} GROUP BY 1, price
"""

# The deliveries to their recipients. A report is matched by the task id of the request.
_OTHER_DELIVERIES = f"""
    SELECT requests.code AS key, count(*) FILTER (WHERE deliveries.state = 'delivered') AS delivered,
        count(*) FILTER (WHERE deliveries.state = 'failed') AS failed
    FROM batches
    CROSS JOIN requests ON requests.id BETWEEN first_request AND last_request
    CROSS JOIN rows ON rows.id BETWEEN requests.first_row AND requests.last_row AND rows.request = requests.id
    CROSS JOIN deliveries ON deliveries.row = rows.id
    WHERE batches.delivered + batches.failed > 0 AND requests.code IS NOT '{_ACCEPTED}'
        AND requests.task_id IS NOT NULL AND {_WANTED}
    GROUP BY 1
"""

# The replies of their recipients, and how many of these opted out.
_OTHER_REPLIES = f"""
    SELECT requests.code AS key, count(*) AS replies,
        count(*) FILTER (
            WHERE EXISTS (SELECT 1 FROM opt_outs WHERE opt_outs.record = records.id)
        ) AS opted_out
    FROM batches
    CROSS JOIN records ON records.batch = batches.id AND records.kind = 'mo'
    CROSS JOIN rows ON rows.id = records.row
    CROSS JOIN requests ON requests.id = rows.request
    WHERE batches.replies > 0 AND pruned IS NULL AND requests.code IS NOT '{_ACCEPTED}' AND {_WANTED}
    GROUP BY 1
"""

# All figures of such requests of pruned batches.
_OTHERS_OF_PRUNED = f"""
    SELECT code AS key, price, sum(pruned_figures.recipients) AS recipients,
        sum(pruned_figures.accepted) AS accepted, sum(pruned_figures.rejected) AS rejected,
        sum(pruned_figures.segments) AS segments, sum(pruned_figures.delivered) AS delivered,
        sum(pruned_figures.failed) AS failed, sum(pruned_figures.replies) AS replies,
        sum(pruned_figures.opted_out) AS opted_out
    FROM pruned_figures JOIN batches ON batches.id = pruned_figures.batch
    WHERE code IS NOT '{_ACCEPTED}' AND {_WANTED} GROUP BY 1, price
"""


class _Figures:
    """The figures of one key while they are added up, with the billed messages by their price."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.billed: Counter[str | None] = Counter()

    def add(self, row: Mapping[str, Any]) -> None:
        """Add the columns of a row that are counts."""
        self.counts.update({name: row[name] for name in StatsRow._fields[1:] if name in row})
        self.billed[row.get("price")] += row.get("segments", 0)

    def subtract(self, other: "_Figures") -> None:
        self.counts.subtract(other.counts)
        self.billed.subtract(other.billed)

    def row(self, key: str | None) -> StatsRow:
        costs = [
            cost_of(segments, None if price is None else Decimal(price))
            for price, segments in self.billed.items()
            if segments
        ]
        facts: dict[str, Any] = {**self.counts, "cost": sum_of_costs(costs)}
        return StatsRow(key, **facts)


_Found = defaultdict[str | None, _Figures]


class StatsQueries:
    """The figures of a ledger. `is_taken` says whether a process owns a batch.

    Every method raises Failure where the ledger cannot be read.
    """

    def __init__(self, database: Database, is_taken: Callable[[int], bool]) -> None:
        self._database = database
        self._is_taken = is_taken

    def rows(
        self, by: StatsBy, zone: tzinfo, *, since: float | None, profile: str | None
    ) -> tuple[StatsRow, ...]:
        """Return the figures of the batches since a moment, and of one profile, without tests.

        A batch belongs to the day, in `zone`, on which it was made or for which it was scheduled.
        """
        values = {"since": since, "profile": profile}
        found = _Found(_Figures)
        for statement in (_OF_BATCHES, _OPTED_OUT, _OPTED_OUT_OF_PRUNED):
            for row in self._rows(statement.format(key=_KEYS[by]), values):
                found[_shown_key(by, row["key"], zone)].add(row)
        if by is StatsBy.CODE:
            self._divide_by_code(found, values)
        for row in self._rows(_IN_FLIGHT.format(key="NULL" if by is StatsBy.CODE else _KEYS[by]), values):
            if self._is_taken(row["id"]):
                found[_shown_key(by, row["key"], zone)].counts["unknown"] -= row["sending"]
        rows = [figures.row(key) for key, figures in found.items() if figures.counts["recipients"]]
        match by:
            case StatsBy.DAY:
                rows.sort(key=lambda row: row.key or "")
            case StatsBy.PRODUCT | StatsBy.CODE:
                rows.sort(key=lambda row: (-row.recipients, row.key or ""))
            case StatsBy.BATCH:
                pass  # as they came: from the oldest on
        return tuple(rows)

    def _divide_by_code(self, found: _Found, values: Mapping[str, object]) -> None:
        """Give requests with another code, or none, figures of their own; subtract these from the rest."""
        others = _Found(_Figures)
        for statement in (_OTHER_REQUESTS, _OTHER_DELIVERIES, _OTHER_REPLIES, _OTHERS_OF_PRUNED):
            for row in self._rows(statement, values):
                others[stored(row["key"])].add(row)
        for figures in others.values():
            counts = figures.counts
            counts["pending"] = max(0, counts["accepted"] - counts["delivered"] - counts["failed"])
            found[_ACCEPTED].subtract(figures)
        found.update(others)

    def _rows(self, statement: str, values: Mapping[str, object]) -> Iterator[dict[str, Any]]:
        return map(dict, self._database.stream(statement, values))


def _shown_key(by: StatsBy, key: Any, zone: tzinfo) -> str | None:
    if by is StatsBy.DAY:
        return datetime.fromtimestamp(key * _QUARTER, UTC).astimezone(zone).date().isoformat()
    return stored(key)
