"""The matching of reports and replies with recipients, by which a report may settle an unknown request."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import repeat

from kxsms.domain.records import MoReply, Record
from kxsms.ledger.counters import Counters, counting
from kxsms.ledger.database import Database
from kxsms.ledger.deliveries import Deliveries, Recipient
from kxsms.ledger.evidence import EvidenceFinder, report_of
from kxsms.ledger.forgotten import whole_number
from kxsms.ledger.origins import FetchedFrom, same_origin
from kxsms.sqlite import storable

_AT_A_TIME = 10_000


class Matcher:
    """The matching of records of one origin: `stage` some, then `match` them inside a transaction."""

    def __init__(self, database: Database, fetched_from: FetchedFrom) -> None:
        self._database = database
        self._from = fetched_from
        self.settled: Counter[str] = Counter()
        """Recipients that are no longer unknown, by batch; negative where they are unknown again."""

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
                    (position, digest, whole_number(record.mobile), storable(record.task_id))
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
        deliveries = Deliveries(self._database, counters)
        found: dict[int, Recipient] = {}
        for position, (number, record) in enumerate(zip(numbers, records, strict=True)):
            if number in found or number in matched:
                continue
            recipient = of_tasks.get(position)
            if recipient is None and isinstance(record, MoReply):
                recipient = self._last(record)
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
    _OF_TASKS = f"""
        SELECT position, batches.product, rows.id, requests.batch, requests.claimed, requests.turn,
            deliveries.state
        FROM temp.incoming
        CROSS JOIN rows ON rows.mobile = incoming.mobile
        CROSS JOIN requests ON requests.id = rows.request
        CROSS JOIN batches ON batches.id = requests.batch
        LEFT JOIN deliveries ON deliveries.row = rows.id
        WHERE rows.request IS NOT NULL AND requests.task_id = incoming.task
            AND batches.account = :account AND batches.pruned IS NULL AND {same_origin("batches")}
    """

    def _of_tasks(self) -> dict[int, Recipient]:
        """Return the recipients of the tasks that staged records name, by the positions of the records.

        Task ids are unique in a product: that under which the records were fetched counts, else the only one
        that has the task and the number. Even there the same id may come again: the last one counts.
        """
        found: dict[int, dict[str, Recipient]] = {}
        # By position: 200,000 reports pay for each access to a column by its name.
        for position, product, *fields in self._database.rows(self._OF_TASKS, self._from._asdict()):
            recipient = Recipient._make(fields)
            of_products = found.setdefault(position, {})
            if product not in of_products or recipient.turn > of_products[product].turn:
                of_products[product] = recipient
        return {
            position: of_products.get(self._from.product) or next(iter(of_products.values()))
            for position, of_products in found.items()
            if self._from.product in of_products or len(of_products) == 1
        }

    # The last recipient with a number that may have been sent a text.
    _LAST = f"""
        SELECT rows.id AS row, requests.batch, requests.claimed, requests.turn, deliveries.state AS delivery
        FROM rows
        JOIN requests ON requests.id = rows.request
        JOIN batches ON batches.id = requests.batch
        LEFT JOIN deliveries ON deliveries.row = rows.id
        WHERE rows.mobile = :mobile AND rows.request IS NOT NULL
            AND batches.account = :account AND batches.pruned IS NULL AND {same_origin("batches")}
            AND requests.state IN ('accepted', 'unknown', 'sending')
        ORDER BY requests.turn DESC LIMIT 1
    """

    def _last(self, reply: MoReply) -> Recipient | None:
        """Return the recipient of a reply whose task is not known."""
        mobile = whole_number(reply.mobile)
        if mobile is None:
            return None
        row = self._database.row(self._LAST, {**self._from._asdict(), "mobile": mobile})
        return None if row is None else Recipient(**row)

    def settle(self, counters: Counters) -> None:
        """Settle unknown requests by the reports that were staged last, and doubt those settled wrongly.

        Call it when the ledger has these reports.
        """
        finder = EvidenceFinder(self._database, self._from, self.settled)
        finder.doubt(counters)
        finder.settle(counters)


_PRODUCTS = f"""
    SELECT DISTINCT answers.product
    FROM records JOIN answers ON answers.id = records.answer
    WHERE row IS NULL AND records.kind = 'report' AND moment > :since AND account = :account
        AND {same_origin("answers")}
"""

# The reports of a product since a moment that have no recipient, where their task is known now, or where a
# request that is now unknown has their number.
_LATE_REPORTS = f"""
    SELECT id, mobile, task_id, state, status, time, moment
    FROM records
    WHERE row IS NULL AND kind = 'report' AND moment > :since AND task_id IS NOT NULL
        AND (
            task_id IN (SELECT task_id FROM requests WHERE task_id IS NOT NULL)
            OR mobile IN (
                SELECT CAST(rows.mobile AS TEXT)
                FROM batches
                JOIN requests ON requests.id BETWEEN first_request AND last_request
                JOIN rows ON rows.request = requests.id
                    AND rows.id BETWEEN requests.first_row AND requests.last_row
                WHERE batches.unknown > 0 AND requests.state = 'unknown'
            )
        )
        AND answer IN (
            SELECT id FROM answers
            WHERE account = :account AND product = :product AND {same_origin("answers")}
        )
    ORDER BY id
"""


def match_again(database: Database, fetched_from: FetchedFrom, since: float) -> Counter[str]:
    """Match reports of an account since a time (in seconds since 1970) whose request was not known then.

    It was in flight, or was not known to be cut short. Return how many unknown recipients that settled, by
    batch. The product of `fetched_from` does not matter.
    """
    settled: Counter[str] = Counter()
    values = {**fetched_from._asdict(), "since": since}
    for (product,) in database.rows(_PRODUCTS, values):
        matcher = Matcher(database, fetched_from._replace(product=product))
        rows = database.rows(_LATE_REPORTS, {**values, "product": product})
        for start in range(0, len(rows), _AT_A_TIME):
            some = rows[start : start + _AT_A_TIME]
            reports = list(map(report_of, some))
            numbers = [row["id"] for row in some]
            matcher.stage(reports)
            with counting(database) as counters:
                matcher.assign(matcher.match(counters, numbers, reports, ()), numbers)
                matcher.settle(counters)
        settled.update(matcher.settled)
    return settled
