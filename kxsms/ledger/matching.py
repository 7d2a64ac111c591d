"""Finds the recipient that a report or a reply is about, and lets a report settle an unknown request."""

from collections import Counter
from typing import TYPE_CHECKING

from kxsms.domain.records import DeliveryReport, DeliveryState, MoReply, Record
from kxsms.sqlite import storable, stored

if TYPE_CHECKING:
    import sqlite3

SETTLED = "a delivery report shows that it was accepted"

_FINAL = (DeliveryState.DELIVERED, DeliveryState.FAILED)

_SENT = """
SELECT rows.id, requests.batch, requests.claimed
FROM rows JOIN requests ON requests.id = rows.request JOIN batches ON batches.id = requests.batch
WHERE rows.mobile = :mobile AND rows.request IS NOT NULL AND batches.account = :account
"""


class Matcher:
    """Matches records within transactions of the caller, who calls `flush` before each ends."""

    def __init__(self, connection: "sqlite3.Connection", account: str) -> None:
        self._connection = connection
        self._account = account
        self._changes: Counter[tuple[int, str]] = Counter()
        self.settled: Counter[str] = Counter()
        """Recipients whose sending is no longer unknown, by batch."""

    def match(self, number: int, record: Record) -> None:
        """Give record `number` its recipient, if it has one here."""
        if record.mobile is None or not record.mobile.isdigit():
            return
        values = {"mobile": int(record.mobile), "account": self._account, "task": storable(record.task_id)}
        if isinstance(record, MoReply):
            found = (record.task_id and self._of_task(values)) or self._last_sent(values)
        elif record.task_id is not None:
            found = self._of_task(values) or self._settle(values, record)
        else:
            found = None
        if found is None:
            return
        row, batch, claimed = found
        self._connection.execute("UPDATE records SET batch = ?, row = ? WHERE id = ?", (batch, row, number))
        if isinstance(record, MoReply):
            self._changes[batch, "replies"] += 1
        else:
            self._deliver(row, batch, claimed, record)

    def is_matched(self, number: int) -> bool:
        """Whether a record has found its recipient."""
        row = self._connection.execute("SELECT row FROM records WHERE id = ?", (number,)).fetchone()
        return bool(row and row[0] is not None)

    def match_again(self, since: float) -> None:
        """Match reports that came since then (seconds since 1970) and before their request was known: while
        it was on its way, or before anybody knew that it was cut short."""
        rows = self._connection.execute(
            "SELECT records.id, records.mobile, records.task_id, records.state, records.status, records.time,"
            " moment FROM records WHERE row IS NULL AND kind = 'report' AND moment > :since"
            " AND records.task_id IS NOT NULL AND (records.task_id IN (SELECT task_id FROM requests"
            "  WHERE task_id IS NOT NULL) OR CAST(records.mobile AS INTEGER) IN (SELECT rows.mobile"
            "  FROM batches JOIN requests ON requests.id BETWEEN first_request AND last_request"
            "  JOIN rows ON rows.request = requests.id AND rows.id BETWEEN requests.first_row"
            "  AND requests.last_row WHERE batches.unknown > 0 AND requests.state = 'unknown'))"
            " AND answer IN (SELECT id FROM answers WHERE account = :account) ORDER BY records.id",
            {"since": since, "account": self._account},
        ).fetchall()
        for number, mobile, task_id, state, status, time, moment in rows:
            report = DeliveryReport(
                *(stored(task_id), stored(mobile), DeliveryState(state), stored(status), stored(time), None),
                moment=moment,
            )
            self.match(number, report)

    def weigh_again(self, status: str, state: DeliveryState) -> None:
        """Let a status of deliveries mean this state."""
        rows = self._connection.execute(
            "SELECT row, deliveries.batch, deliveries.state FROM deliveries"
            " JOIN batches ON batches.id = deliveries.batch"
            " WHERE status = ? AND deliveries.state != ? AND account = ?",
            (storable(status), state, self._account),
        ).fetchall()
        for row, batch, before in rows:
            self._connection.execute("UPDATE deliveries SET state = ? WHERE row = ?", (state, row))
            self._count(batch, before, state)

    def flush(self) -> None:
        """Bring the sums of the batches up to date."""
        for (batch, column), change in self._changes.items():
            self._connection.execute(
                f"UPDATE batches SET {column} = {column} + ? WHERE id = ?", (change, batch)
            )
        self._changes.clear()

    def _last_sent(self, values: dict[str, object]) -> tuple[int, int, float] | None:
        found = self._connection.execute(
            _SENT + " AND requests.state IN ('accepted', 'unknown', 'sending')"
            " ORDER BY requests.turn DESC LIMIT 1",
            values,
        ).fetchone()
        return found and tuple(found)

    def _of_task(self, values: dict[str, object]) -> tuple[int, int, float] | None:
        """The recipient of a task. Task ids need not be unique: the last one counts."""
        found = self._connection.execute(
            _SENT + " AND requests.task_id = :task ORDER BY requests.turn DESC LIMIT 1", values
        ).fetchone()
        return found and tuple(found)

    def _settle(self, values: dict[str, object], report: DeliveryReport) -> tuple[int, int, float] | None:
        """Settle the one unknown request that a report with a foreign task id fits, if it comes after it."""
        if report.moment is None or self._is_known(report.task_id):
            return None
        # The gateway's times are whole seconds.
        candidates = self._connection.execute(
            "SELECT DISTINCT requests.id, requests.batch, requests.recipients"
            + _SENT[_SENT.index("\nFROM") :]
            + " AND requests.state = 'unknown' AND CAST(requests.claimed AS INTEGER) <= :moment LIMIT 2",
            values | {"moment": report.moment},
        ).fetchall()
        if len(candidates) != 1:
            return None
        request, batch, recipients = candidates[0]
        self._connection.execute(
            "UPDATE requests SET state = 'accepted', task_id = ?, message = ? WHERE id = ?",
            (storable(report.task_id), SETTLED, request),
        )
        self._changes[batch, "unknown"] -= recipients
        self._changes[batch, "accepted"] += recipients
        (name,) = self._connection.execute("SELECT name FROM batches WHERE id = ?", (batch,)).fetchone()
        self.settled[name] += recipients
        return self._of_task(values)

    def _is_known(self, task_id: str | None) -> bool:
        known = self._connection.execute(
            "SELECT 1 FROM requests WHERE task_id = ? LIMIT 1", (storable(task_id),)
        )
        return known.fetchone() is not None

    def _deliver(self, row: int, batch: int, claimed: float, report: DeliveryReport) -> None:
        """Note a report's state as the last word on a recipient, unless a more final one is there."""
        before = self._connection.execute("SELECT state FROM deliveries WHERE row = ?", (row,)).fetchone()
        if before is not None and before[0] in _FINAL and report.state not in _FINAL:
            return
        seconds = None if report.moment is None else max(0.0, report.moment - claimed)
        self._connection.execute(
            "INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " state = excluded.state, status = excluded.status, time = excluded.time,"
            " seconds = excluded.seconds",
            (row, batch, report.state, storable(report.status), storable(report.time), seconds),
        )
        self._count(batch, before and before[0], report.state)

    def _count(self, batch: int, before: str | None, after: str) -> None:
        for state, change in ((before, -1), (after, 1)):
            if state in _FINAL:
                self._changes[batch, str(state)] += change
