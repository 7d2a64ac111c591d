"""The evidence of delivery reports about unknown requests.

The account may be shared with other programs, so a task id that is not in the ledger proves nothing alone.
Reports are strong evidence if they came from the request's gateway, account and product, after the request;
if no other request fits; and if all reports that are kept under the task id name three recipients of the
request, or one where the account is `exclusive`, and nobody else.
"""

from collections import Counter
from datetime import datetime

from kxsms.domain.batch import Batch, Evidence
from kxsms.domain.records import DeliveryReport, DeliveryState
from kxsms.ledger.counters import Counters
from kxsms.ledger.database import Database, Row
from kxsms.ledger.deliveries import Deliveries, Recipient
from kxsms.ledger.forgotten import whole_number
from kxsms.ledger.origins import FetchedFrom, same_origin
from kxsms.ledger.settling import doubt_report, settle_by_report
from kxsms.sqlite import stored

_ENOUGH = 3

# A batch, or an answer, of the gateway, the account and the product.
_BATCH_HERE = f"""
    batches.account = :account AND batches.product = :product AND batches.pruned IS NULL
    AND {same_origin("batches")}
"""
_ANSWER_HERE = f"answers.account = :account AND answers.product = :product AND {same_origin('answers')}"

# A report that is booked on no recipient.
_UNMATCHED = "records.row IS NULL AND records.kind = 'report'"


class EvidenceFinder:
    """The settling by reports of one gateway, account and product. Call its methods inside a transaction.

    Both look at the tasks in the table of staged records, and count in `settled` the recipients of each batch
    that are no longer unknown; one that is unknown again counts as -1.
    """

    def __init__(self, database: Database, fetched_from: FetchedFrom, settled: Counter[str]) -> None:
        self._database = database
        self._from = fetched_from
        self._settled = settled

    # The requests that reports settled under a task id that names another number as well.
    _FOREIGN = f"""
        SELECT DISTINCT requests.id, requests.batch, requests.recipients, batches.name
        FROM temp.incoming
        CROSS JOIN requests ON requests.task_id = incoming.task AND requests.reported
        CROSS JOIN batches ON batches.id = requests.batch AND {_BATCH_HERE}
        CROSS JOIN records ON records.task_id = incoming.task AND {_UNMATCHED} AND records.mobile != ''
        CROSS JOIN answers ON answers.id = records.answer AND {_ANSWER_HERE}
        WHERE requests.state = 'accepted' AND NOT EXISTS (
            SELECT 1 FROM rows
            WHERE rows.id BETWEEN requests.first_row AND requests.last_row AND rows.request IS NOT NULL
                AND CAST(rows.mobile AS TEXT) = records.mobile
        )
    """

    def doubt(self, counters: Counters) -> None:
        """Make requests unknown again where a number of others has arrived under their task id."""
        for row in self._database.rows(self._FOREIGN, self._from._asdict()):
            doubt_report(self._database, counters, row["batch"], row["id"], row["recipients"])
            self._settled[row["name"]] -= row["recipients"]

    _HAS_UNKNOWN = "SELECT 1 FROM requests WHERE state = 'unknown' LIMIT 1"

    # The tasks of staged reports that name a number of an unknown request.
    _TASKS = """
        SELECT DISTINCT incoming.task
        FROM temp.incoming
        CROSS JOIN rows ON rows.mobile = incoming.mobile AND rows.request IS NOT NULL
        CROSS JOIN requests ON requests.id = rows.request AND requests.state = 'unknown'
        WHERE incoming.task IS NOT NULL
    """

    def settle(self, counters: Counters) -> None:
        """Settle the unknown requests for which the kept reports are strong evidence."""
        if self._database.row(self._HAS_UNKNOWN) is None:
            return
        for (task,) in self._database.rows(self._TASKS):
            reports = self._reports(task)
            request = self._proven(reports) if reports else None
            if request is not None:
                settle_by_report(
                    *(self._database, counters, request["batch"], request["id"], request["recipients"]),
                    task,
                )
                self._settled[request["name"]] += request["recipients"]
                self._book(counters, request, reports)

    # The kept reports under a task id, unless a request has it.
    _REPORTS = f"""
        SELECT records.id, mobile, task_id, status, records.state, time, moment
        FROM records JOIN answers ON answers.id = records.answer
        WHERE task_id = :task AND {_UNMATCHED} AND {_ANSWER_HERE} AND NOT EXISTS (
            SELECT 1 FROM requests JOIN batches ON batches.id = requests.batch
            WHERE requests.task_id = :task AND {_BATCH_HERE}
        ) ORDER BY records.id
    """

    def _reports(self, task: object) -> list[Row]:
        return self._database.rows(self._REPORTS, {**self._from._asdict(), "task": task})

    # The requests that may have sent a text to a number before a moment: unknown ones, ones in flight, and
    # ones that were unknown before a retry. The gateway's times are whole seconds.
    _CANDIDATES = f"""
        SELECT DISTINCT requests.id, requests.batch, requests.recipients, requests.state, batches.name,
            requests.first_row, requests.last_row, requests.claimed, requests.turn
        FROM rows
        JOIN requests ON requests.id = rows.request
        JOIN batches ON batches.id = requests.batch
        WHERE rows.mobile = :mobile AND rows.request IS NOT NULL AND {_BATCH_HERE}
            AND (requests.state IN ('unknown', 'sending') AND CAST(requests.claimed AS INTEGER) <= :moment
                OR EXISTS (SELECT 1 FROM attempts WHERE request = requests.id AND attempts.state = 'unknown'))
    """
    # The numbers of a request, those included that a person has settled apart from it.
    _NUMBERS = "SELECT mobile FROM rows WHERE id BETWEEN ? AND ? AND request IS NOT NULL"

    def _proven(self, reports: list[Row]) -> Row | None:
        """Return the one request that reports with one task id prove to be accepted, or None."""
        named = {_number(row["mobile"]) for row in reports if row["mobile"]}
        timed = {_number(row["mobile"]) for row in reports if row["mobile"] and _has_time(row["time"])}
        if None in named or len(timed) < (1 if self._from.exclusive else _ENOUGH):
            return None
        moment = min(row["moment"] for row in reports if _has_time(row["time"]))
        fitting: dict[int, Row] = {}
        for mobile in named:
            values = {**self._from._asdict(), "mobile": mobile, "moment": moment}
            for candidate in self._database.rows(self._CANDIDATES, values):
                if candidate["id"] in fitting:
                    continue
                rows = self._database.rows(self._NUMBERS, (candidate["first_row"], candidate["last_row"]))
                if named <= {row["mobile"] for row in rows}:
                    fitting[candidate["id"]] = candidate
        if len(fitting) != 1:
            return None
        (request,) = fitting.values()
        return request if request["state"] == "unknown" else None

    _ROWS = "SELECT mobile, id FROM rows WHERE id BETWEEN ? AND ? AND request = ?"
    _ASSIGN = "UPDATE records SET batch = ?, row = ? WHERE id = ?"

    def _book(self, counters: Counters, request: Row, reports: list[Row]) -> None:
        """Book the reports with the task id of a request on its recipients."""
        place = (request["first_row"], request["last_row"], request["id"])
        rows = dict(map(tuple, self._database.rows(self._ROWS, place)))
        deliveries = Deliveries(self._database, counters)
        for report in reports:
            row = rows.get(_number(report["mobile"]))
            if row is not None:
                recipient = Recipient(row, request["batch"], request["claimed"], request["turn"], None)
                deliveries.note(recipient, report_of(report))
                self._database.execute(self._ASSIGN, (request["batch"], row, report["id"]))
        deliveries.write()


# The unmatched reports that name a number of an unknown request of a batch, and are not older than it.
_EVIDENCE = f"""
    SELECT records.task_id, records.mobile, records.state, records.status, records.time, answers.product
    FROM batches
    JOIN requests ON requests.id BETWEEN batches.first_request AND batches.last_request
    JOIN rows ON rows.id BETWEEN requests.first_row AND requests.last_row AND rows.request = requests.id
    JOIN records ON records.mobile = CAST(rows.mobile AS TEXT) AND {_UNMATCHED}
    JOIN answers ON answers.id = records.answer AND answers.account = batches.account
        AND (answers.origin IS NULL OR batches.origin IS NULL OR answers.origin = batches.origin)
    WHERE batches.id = :batch AND requests.state IN ('unknown', 'sending')
        AND records.moment >= CAST(requests.claimed AS INTEGER)
    ORDER BY records.id LIMIT :most
"""


def evidence_of(database: Database, batch: Batch, most: int) -> tuple[Evidence, ...]:
    """Return the first reports that may be about unknown recipients of a batch."""
    if not batch.counts.unknown + batch.counts.sending:
        return ()
    rows = database.rows(_EVIDENCE, {"batch": batch.id, "most": most})
    found = (Evidence(*map(stored, row)) for row in rows)  # type: ignore[arg-type]
    return tuple(one._replace(mobile="") if one.mobile.startswith("-") else one for one in found)


def report_of(row: Row) -> DeliveryReport:
    """Return a kept report as the gateway gave it."""
    return DeliveryReport(
        task_id=stored(row["task_id"]),
        mobile=stored(row["mobile"]),
        state=DeliveryState(row["state"]),
        status=stored(row["status"]),
        time=stored(row["time"]),
        extno=None,
        moment=row["moment"],
    )


def _number(mobile: str | bytes | None) -> int | None:
    return whole_number(stored(mobile))


def _has_time(time: str | bytes | None) -> bool:
    """Return whether a report has a time, and not a text that is none."""
    try:
        return datetime.fromisoformat(stored(time) or "").tzinfo is not None
    except ValueError:
        return False
