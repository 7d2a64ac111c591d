"""The latest delivery report of each recipient, and the counters of deliveries."""

from collections.abc import Mapping
from typing import NamedTuple

from kxsms.domain.records import DeliveryReport, DeliveryState
from kxsms.ledger.counters import Counters
from kxsms.ledger.database import Database
from kxsms.ledger.origins import same_origin
from kxsms.sqlite import storable

_FINAL = frozenset({DeliveryState.DELIVERED, DeliveryState.FAILED})


class Recipient(NamedTuple):
    """A row of a batch, when and in which turn it was sent to, and the state in its latest report, if any."""

    row: int
    batch: int
    claimed: float
    turn: int
    delivery: str | None


class Deliveries:
    """The reports of one transaction: `note` each, then `write` the latest of each recipient."""

    def __init__(self, database: Database, counters: Counters) -> None:
        self._database = database
        self._counters = counters
        self._latest: dict[int, tuple[object, ...]] = {}

    def note(self, recipient: Recipient, report: DeliveryReport) -> None:
        """Note a report as the latest of a recipient, unless it is less final than the one before."""
        row, batch, claimed, _, before = recipient
        latest = self._latest.get(row)
        if latest is not None:
            before = str(latest[2])
        if before in _FINAL and report.state not in _FINAL:
            return
        seconds = None if report.moment is None else max(0.0, report.moment - claimed)
        state, status, time = str(report.state), storable(report.status), storable(report.time)
        self._latest[row] = (row, batch, state, status, time, seconds)
        _count(self._counters, batch, before, state)

    _WRITE = """
        INSERT INTO deliveries (row, batch, state, status, time, seconds) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (row) DO UPDATE SET
            state = excluded.state, status = excluded.status, time = excluded.time, seconds = excluded.seconds
    """

    def write(self) -> None:
        """Write the reports that were noted."""
        self._database.executemany(self._WRITE, self._latest.values())
        self._latest.clear()


def _count(counters: Counters, batch: int, before: str | None, after: str | None) -> None:
    """Count a recipient whose latest report says something else than before: final states have a counter."""
    if before == after:
        return
    if before in _FINAL:
        counters.add(batch, before, -1)
    if after in _FINAL:
        counters.add(batch, after, 1)


# The deliveries of an account at a gateway that have a status, and not the state that it stands for.
_OF_STATUS = f"""
    SELECT deliveries.row, deliveries.batch, deliveries.state
    FROM deliveries JOIN batches ON batches.id = deliveries.batch
    WHERE status = :status AND deliveries.state != :state AND account = :account AND pruned IS NULL
        AND {same_origin("batches")}
"""
_SET_STATE = "UPDATE deliveries SET state = ? WHERE row = ?"


def apply_state(database: Database, counters: Counters, values: Mapping[str, object]) -> None:
    """Give deliveries that have a status the state that it stands for.

    `values` are this status and state, and the account and origin of the deliveries.
    """
    state = str(values["state"])
    for row in database.rows(_OF_STATUS, values):
        database.execute(_SET_STATE, (state, row["row"]))
        _count(counters, row["batch"], row["state"], state)


# The deliveries of the recipients of one request.
_OF_REQUEST = """
    SELECT deliveries.row, deliveries.batch, deliveries.state
    FROM requests
    JOIN rows ON rows.id BETWEEN first_row AND last_row AND rows.request = requests.id
    JOIN deliveries ON deliveries.row = rows.id
    WHERE requests.id = ?
"""
_FORGET = "DELETE FROM deliveries WHERE row = ?"
_SET_FREE = "UPDATE records SET row = NULL, batch = NULL WHERE row = ? AND kind = 'report'"


def take_reports_from(database: Database, counters: Counters, request: int) -> None:
    """Take the reports of a request from its recipients: they were not about these."""
    for row in database.rows(_OF_REQUEST, (request,)):
        database.execute(_FORGET, (row["row"],))
        database.execute(_SET_FREE, (row["row"],))
        _count(counters, row["batch"], row["state"], None)
