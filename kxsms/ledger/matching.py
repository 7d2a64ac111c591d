"""Finds the recipient that a report or a reply is about, and lets a report settle an unknown request."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from kxsms.domain.records import DeliveryReport, DeliveryState, MoReply, Record
from kxsms.sqlite import storable, stored, transaction

if TYPE_CHECKING:
    import sqlite3

SETTLED = "a delivery report shows that it was accepted"

_FINAL = frozenset({"delivered", "failed"})

_SENT = """
SELECT rows.id, requests.batch, requests.claimed, requests.turn, deliveries.state
FROM rows JOIN requests ON requests.id = rows.request JOIN batches ON batches.id = requests.batch
LEFT JOIN deliveries ON deliveries.row = rows.id
WHERE rows.mobile = :mobile AND rows.request IS NOT NULL AND batches.account = :account
"""

_STAGE = "CREATE TEMP TABLE IF NOT EXISTS come (place INTEGER PRIMARY KEY, digest BLOB, mobile INTEGER, task)"

_OF_TASKS = """
SELECT place, rows.id, requests.batch, requests.claimed, requests.turn, deliveries.state
FROM temp.come CROSS JOIN rows ON rows.mobile = come.mobile
CROSS JOIN requests ON requests.id = rows.request CROSS JOIN batches ON batches.id = requests.batch
LEFT JOIN deliveries ON deliveries.row = rows.id
WHERE rows.request IS NOT NULL AND requests.task_id = come.task AND batches.account = :account
"""

_DELIVER = """
INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
state = excluded.state, status = excluded.status, time = excluded.time, seconds = excluded.seconds
"""

_AT_A_TIME = 10_000
_LONGEST_NUMBER = 18
"""Digits that SQLite still takes for a number."""


class Recipient(NamedTuple):
    """A row of a batch, when and in which turn it was sent to, and the state that was heard of it before."""

    row: int
    batch: int
    claimed: float
    turn: int
    heard: str | None


class Matcher:
    """Matches records: `stage` them, and then within a transaction of the caller `match` them and `flush`."""

    def __init__(self, connection: "sqlite3.Connection", account: str) -> None:
        self._connection = connection
        self._account = account
        self._changes: Counter[tuple[int, str]] = Counter()
        self._words: dict[int, tuple[object, ...]] = {}
        self.settled: Counter[str] = Counter()
        """Recipients whose sending is no longer unknown, by batch."""

    def stage(self, records: Sequence[Record], digests: Iterable[bytes | None] = repeat(None)) -> None:
        """Make records ready, with their digests, in a table that lasts until the next ones come."""
        # A transaction of its own: temporary tables have no journal to roll back with.
        self._connection.execute(_STAGE)
        self._connection.execute("BEGIN")
        self._connection.execute("DELETE FROM temp.come")
        self._connection.executemany(
            "INSERT INTO temp.come VALUES (?, ?, ?, ?)",
            (
                (place, digest, _number(record), storable(record.task_id))
                for place, (digest, record) in enumerate(zip(digests, records, strict=False))
            ),
        )
        self._connection.execute("COMMIT")

    def match(
        self, numbers: Sequence[int], records: Sequence[Record], matched: Container[int]
    ) -> dict[int, Recipient]:
        """The recipients, by their `numbers`, of the staged records that have one here.

        The `matched` have theirs already. The same record may come several times, with the same number.
        """
        of_tasks = self._of_tasks()
        may_settle = self._has_unknown()
        found: dict[int, Recipient] = {}
        for place, (number, record) in enumerate(zip(numbers, records, strict=True)):
            if number in found or number in matched:
                continue
            recipient = of_tasks.get(place)
            if recipient is None and (may_settle or isinstance(record, MoReply)):
                recipient = self._match_alone(record)
            if recipient is None:
                continue
            found[number] = recipient
            if isinstance(record, MoReply):
                self._changes[recipient.batch, "replies"] += 1
            else:
                self._deliver(recipient, record)
        self._connection.executemany(_DELIVER, self._words.values())
        self._words.clear()
        return found

    def assign(self, found: Mapping[int, Recipient], among: Iterable[int]) -> None:
        """Note in records that the ledger has to whom they belong."""
        self._connection.executemany(
            "UPDATE records SET batch = ?, row = ? WHERE id = ?",
            [(found[number].batch, found[number].row, number) for number in among if number in found],
        )

    def _of_tasks(self) -> dict[int, Recipient]:
        """The recipients of the tasks that staged records name, by the places of these.

        Task ids need not be unique: the last one counts.
        """
        found: dict[int, Recipient] = {}
        for place, *fields in self._connection.execute(_OF_TASKS, {"account": self._account}):
            recipient = Recipient._make(fields)
            if place not in found or recipient.turn > found[place].turn:
                found[place] = recipient
        return found

    def _has_unknown(self) -> bool:
        """Whether there is any request that a report may settle."""
        rows = self._connection.execute("SELECT 1 FROM requests WHERE state = 'unknown' LIMIT 1")
        return rows.fetchone() is not None

    def _match_alone(self, record: Record) -> Recipient | None:
        """The recipient of a record whose task was not known when it was staged."""
        mobile = _number(record)
        if mobile is None:
            return None
        values = {"mobile": mobile, "account": self._account, "task": storable(record.task_id)}
        if isinstance(record, MoReply):
            return self._last_sent(values)
        if record.task_id is None:
            return None
        return self._of_task(values) or self._settle(values, record)

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
        for start in range(0, len(rows), _AT_A_TIME):
            some = rows[start : start + _AT_A_TIME]
            numbers = [number for number, *_ in some]
            reports = [
                DeliveryReport(
                    *(stored(task_id), stored(mobile), DeliveryState(state), stored(status), stored(time)),
                    extno=None,
                    moment=moment,
                )
                for _, mobile, task_id, state, status, time, moment in some
            ]
            self.stage(reports)
            with transaction(self._connection):
                self.assign(self.match(numbers, reports, ()), numbers)
                self.flush()

    def apply_states(self, status: str, state: DeliveryState) -> None:
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

    def _last_sent(self, values: dict[str, object]) -> Recipient | None:
        return self._one(
            _SENT + " AND requests.state IN ('accepted', 'unknown', 'sending')"
            " ORDER BY requests.turn DESC LIMIT 1",
            values,
        )

    def _of_task(self, values: dict[str, object]) -> Recipient | None:
        """The recipient of a task, as `_of_tasks` finds them."""
        return self._one(_SENT + " AND requests.task_id = :task ORDER BY requests.turn DESC LIMIT 1", values)

    def _one(self, query: str, values: dict[str, object]) -> Recipient | None:
        found = self._connection.execute(query, values).fetchone()
        return found and Recipient._make(found)

    def _settle(self, values: dict[str, object], report: DeliveryReport) -> Recipient | None:
        """Settle the one unknown request that a report with a foreign task id fits, if it comes after it.

        It may as well be of a request whose answer is yet to come, or of an attempt before a retry: then
        nobody can tell.
        """
        if report.moment is None or self._is_known(report.task_id):
            return None
        # The gateway's times are whole seconds.
        candidates = self._connection.execute(
            "SELECT DISTINCT requests.id, requests.batch, requests.recipients, requests.state"
            + _SENT[_SENT.index("\nFROM") :]
            + " AND (requests.state IN ('unknown', 'sending')"
            " AND CAST(requests.claimed AS INTEGER) <= :moment"
            " OR requests.id IN (SELECT request FROM attempts WHERE state = 'unknown')) LIMIT 2",
            values | {"moment": report.moment},
        ).fetchall()
        if len(candidates) != 1 or candidates[0][3] != "unknown":
            return None
        request, batch, recipients, _ = candidates[0]
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

    def _deliver(self, recipient: Recipient, report: DeliveryReport) -> None:
        """Note a report's state as the last word on a recipient, unless a more final one is there."""
        row, batch, claimed, _, heard = recipient
        word = self._words.get(row)
        before = heard if word is None else str(word[2])
        if before in _FINAL and report.state not in _FINAL:
            return
        seconds = None if report.moment is None else max(0.0, report.moment - claimed)
        state, status, time = str(report.state), storable(report.status), storable(report.time)
        self._words[row] = (row, batch, state, status, time, seconds)
        self._count(batch, before, state)

    def _count(self, batch: int, before: str | None, after: str) -> None:
        if before == after:
            return
        for state, change in ((before, -1), (after, 1)):
            if state in _FINAL:
                self._changes[batch, str(state)] += change


def _number(record: Record) -> int | None:
    """A record's mobile number as the ledger has those that were sent to."""
    mobile = record.mobile
    return int(mobile) if mobile and len(mobile) <= _LONGEST_NUMBER and mobile.isdecimal() else None
