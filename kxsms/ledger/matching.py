"""The matching of reports and replies with recipients, by which a report may settle an unknown request."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import repeat

from kxsms.domain.records import DeliveryReport, DeliveryState, MoReply, Record
from kxsms.ledger.claims import settle_by_report
from kxsms.ledger.counters import Counters, counting
from kxsms.ledger.database import Database
from kxsms.ledger.deliveries import Deliveries, Recipient
from kxsms.sqlite import storable, stored

_AT_A_TIME = 10_000
_LONGEST_NUMBER = 18
"""The most digits that SQLite keeps as a whole number."""


class Matcher:
    """The matching of one account's records: `stage` some, then `match` them inside a transaction."""

    def __init__(self, database: Database, account: str) -> None:
        self._database = database
        self._account = account
        self.settled: Counter[str] = Counter()
        """Recipients that are no longer unknown, by batch."""

    _STAGED = """
        CREATE TEMP TABLE IF NOT EXISTS incoming (
            position INTEGER PRIMARY KEY, digest BLOB, mobile INTEGER, task TEXT
        )
    """
    _STAGE = "INSERT INTO temp.incoming (position, digest, mobile, task) VALUES (?, ?, ?, ?)"

    def stage(self, records: Sequence[Record], digests: Iterable[bytes | None] = repeat(None)) -> None:
        """Put records and their digests into a temporary table, which the next ones replace."""
        self._database.execute(self._STAGED)
        with self._database.temporary():
            self._database.execute("DELETE FROM temp.incoming")
            self._database.executemany(
                self._STAGE,
                (
                    (position, digest, _number(record), storable(record.task_id))
                    for position, (digest, record) in enumerate(zip(digests, records, strict=False))
                ),
            )

    def match(
        self,
        counters: Counters,
        numbers: Sequence[int],
        records: Sequence[Record],
        matched: Container[int],
    ) -> dict[int, Recipient]:
        """Return the recipients of the staged records that have one here, by the `numbers` of the records.

        The numbers in `matched` have theirs already. A record may be staged twice, with the same number.
        """
        of_tasks = self._of_tasks()
        may_settle = self._has_unknown()
        deliveries = Deliveries(self._database, counters)
        found: dict[int, Recipient] = {}
        for position, (number, record) in enumerate(zip(numbers, records, strict=True)):
            if number in found or number in matched:
                continue
            recipient = of_tasks.get(position)
            if recipient is None and (may_settle or isinstance(record, MoReply)):
                recipient = self._match_alone(counters, record)
            if recipient is None:
                continue
            found[number] = recipient
            if isinstance(record, MoReply):
                counters.add(recipient.batch, "replies", 1)
            else:
                deliveries.note(recipient, record)
        deliveries.write()
        return found

    _ASSIGN = "UPDATE records SET batch = ?, row = ? WHERE id = ?"

    def assign(self, found: Mapping[int, Recipient], among: Iterable[int]) -> None:
        """Write the recipients of records that the ledger has already."""
        rows = [(found[number].batch, found[number].row, number) for number in among if number in found]
        self._database.executemany(self._ASSIGN, rows)

    # The recipients of the tasks and numbers that staged records name. The order of the tables is for SQLite,
    # which does not know that the staged ones are few.
    _OF_TASKS = """
        SELECT position, rows.id, requests.batch, requests.claimed, requests.turn, deliveries.state
        FROM temp.incoming
        CROSS JOIN rows ON rows.mobile = incoming.mobile
        CROSS JOIN requests ON requests.id = rows.request
        CROSS JOIN batches ON batches.id = requests.batch
        LEFT JOIN deliveries ON deliveries.row = rows.id
        WHERE rows.request IS NOT NULL AND requests.task_id = incoming.task AND batches.account = ?
    """

    def _of_tasks(self) -> dict[int, Recipient]:
        """Return the recipients of the tasks that staged records name, by the positions of the records.

        Task ids need not be unique: the last one counts.
        """
        found: dict[int, Recipient] = {}
        # By position: 200,000 reports pay for each access to a column by its name.
        for position, *fields in self._database.rows(self._OF_TASKS, (self._account,)):
            recipient = Recipient._make(fields)
            if position not in found or recipient.turn > found[position].turn:
                found[position] = recipient
        return found

    def _has_unknown(self) -> bool:
        """Return whether there is any request that a report may settle."""
        return self._database.row("SELECT 1 FROM requests WHERE state = 'unknown' LIMIT 1") is not None

    def _match_alone(self, counters: Counters, record: Record) -> Recipient | None:
        """Return the recipient of a record whose task was not known when it was staged."""
        mobile = _number(record)
        if mobile is None:
            return None
        values = {"mobile": mobile, "account": self._account, "task": storable(record.task_id)}
        if isinstance(record, MoReply):
            return self._last({**values, "task": None})
        if record.task_id is None:
            return None
        return self._last(values) or self._settle(counters, values, record)

    # The last recipient with a number in a task; without a task, the last that may have been sent a text.
    _LAST = """
        SELECT rows.id AS row, requests.batch, requests.claimed, requests.turn, deliveries.state AS delivery
        FROM rows
        JOIN requests ON requests.id = rows.request
        JOIN batches ON batches.id = requests.batch
        LEFT JOIN deliveries ON deliveries.row = rows.id
        WHERE rows.mobile = :mobile AND rows.request IS NOT NULL AND batches.account = :account
            AND (requests.task_id = :task
                OR :task IS NULL AND requests.state IN ('accepted', 'unknown', 'sending'))
        ORDER BY requests.turn DESC LIMIT 1
    """

    def _last(self, values: Mapping[str, object]) -> Recipient | None:
        row = self._database.row(self._LAST, values)
        return None if row is None else Recipient(**row)

    # Two of the requests that may have sent a text to a number before a moment, if no request has this task:
    # unknown ones, ones in flight, and ones that were unknown before a retry. The gateway's times are whole
    # seconds.
    _CANDIDATES = """
        SELECT DISTINCT requests.id, requests.batch, requests.recipients, requests.state, batches.name
        FROM rows
        JOIN requests ON requests.id = rows.request
        JOIN batches ON batches.id = requests.batch
        WHERE rows.mobile = :mobile AND rows.request IS NOT NULL AND batches.account = :account
            AND (requests.state IN ('unknown', 'sending') AND CAST(requests.claimed AS INTEGER) <= :moment
                OR EXISTS (SELECT 1 FROM attempts WHERE request = requests.id AND attempts.state = 'unknown'))
            AND NOT EXISTS (SELECT 1 FROM requests AS known WHERE known.task_id = :task)
        LIMIT 2
    """

    def _settle(
        self, counters: Counters, values: Mapping[str, object], report: DeliveryReport
    ) -> Recipient | None:
        """Settle the one unknown request that fits a report with a new task id, and return its recipient.

        Return None where another request fits as well, such as one that has yet to be answered, or an attempt
        before a retry; or where the report is not later than the request.
        """
        if report.moment is None:
            return None
        candidates = self._database.rows(self._CANDIDATES, {**values, "moment": report.moment})
        if len(candidates) != 1 or candidates[0]["state"] != "unknown":
            return None
        request = candidates[0]
        settle_by_report(
            *(self._database, counters, request["batch"], request["id"], request["recipients"]),
            report.task_id,
        )
        self.settled[request["name"]] += request["recipients"]
        return self._last(values)


# The reports since a moment that have no recipient, where their task is known now, or where a request that is
# now unknown has their number.
_LATE_REPORTS = """
    SELECT id, mobile, task_id, state, status, time, moment
    FROM records
    WHERE row IS NULL AND kind = 'report' AND moment > :since AND task_id IS NOT NULL
        AND (
            task_id IN (SELECT task_id FROM requests WHERE task_id IS NOT NULL)
            OR CAST(mobile AS INTEGER) IN (
                SELECT rows.mobile
                FROM batches
                JOIN requests ON requests.id BETWEEN first_request AND last_request
                JOIN rows ON rows.request = requests.id
                    AND rows.id BETWEEN requests.first_row AND requests.last_row
                WHERE batches.unknown > 0 AND requests.state = 'unknown'
            )
        )
        AND answer IN (SELECT id FROM answers WHERE account = :account)
    ORDER BY id
"""


def match_again(database: Database, account: str, since: float) -> Counter[str]:
    """Match reports of an account since a time (in seconds since 1970) whose request was not known then.

    It was in flight, or was not known to be cut short. Return how many unknown recipients that settled, by
    batch.
    """
    matcher = Matcher(database, account)
    rows = database.rows(_LATE_REPORTS, {"since": since, "account": account})
    for start in range(0, len(rows), _AT_A_TIME):
        some = rows[start : start + _AT_A_TIME]
        reports = [
            DeliveryReport(
                task_id=stored(row["task_id"]),
                mobile=stored(row["mobile"]),
                state=DeliveryState(row["state"]),
                status=stored(row["status"]),
                time=stored(row["time"]),
                extno=None,
                moment=row["moment"],
            )
            for row in some
        ]
        numbers = [row["id"] for row in some]
        matcher.stage(reports)
        with counting(database) as counters:
            matcher.assign(matcher.match(counters, numbers, reports, ()), numbers)
    return matcher.settled


def _number(record: Record) -> int | None:
    """Return the mobile number of a record as the ledger has them in its rows, or None if it is invalid."""
    mobile = record.mobile
    return int(mobile) if mobile and len(mobile) <= _LONGEST_NUMBER and mobile.isdecimal() else None
