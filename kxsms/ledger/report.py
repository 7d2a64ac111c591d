"""Queries for the report of a batch: its texts, its deliveries over time, and its recipients."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from kxsms.domain.batch import Batch
from kxsms.domain.report import Fate, Minute, ReportRow
from kxsms.ledger.database import Database
from kxsms.sqlite import stored


class ReportQueries:
    """The facts about one batch that only its report shows.

    Every method raises Failure where the ledger cannot be read.
    """

    def __init__(self, database: Database, batch: Batch) -> None:
        self._database = database
        self._batch = batch

    # The first different texts of a batch, in no certain order.
    _TEXTS = """
        SELECT DISTINCT content
        FROM batches JOIN requests ON requests.id BETWEEN first_request AND last_request
        WHERE batches.id = :batch LIMIT :most
    """

    def texts(self, most: int) -> tuple[str, ...]:
        """Return the first different texts of the batch."""
        rows = self._database.rows(self._TEXTS, {"batch": self._batch.id, "most": most})
        return tuple(stored(row["content"]) or "" for row in rows)

    # The messages of a batch that were or may have been billed.
    _BILLED = """
        SELECT coalesce(sum(requests.recipients * requests.segments), 0)
        FROM batches JOIN requests ON requests.id BETWEEN first_request AND last_request
        WHERE batches.id = ? AND state IN ('accepted', 'unknown', 'sending')
    """

    def billed(self) -> int:
        """Return the messages of accepted and unknown recipients."""
        return int(self._database.value(self._BILLED, (self._batch.id,)))

    # The final reports of a batch, counted by the minute of their time, which has its offset at the end.
    _MINUTES = """
        SELECT substr(time, 1, 16) || substr(time, 20) AS minute,
            count(*) FILTER (WHERE state = 'delivered') AS delivered,
            count(*) FILTER (WHERE state = 'failed') AS failed
        FROM batches JOIN deliveries ON row BETWEEN first_row AND last_row AND batch = batches.id
        WHERE batches.id = ? AND state IN ('delivered', 'failed') AND time LIKE '____-__-__T__:__:__%'
        GROUP BY 1
    """

    def minutes(self) -> Iterator[Minute]:
        """Yield the minutes in which recipients were delivered to or failed, according to their reports."""
        for text, delivered, failed in self._database.stream(self._MINUTES, (self._batch.id,)):
            with suppress(ValueError):  # the gateway's own text, if that is no time
                start = datetime.fromisoformat(stored(text) or "")
                if start.tzinfo is not None:
                    yield Minute(start, delivered, failed)

    # Recipients of a batch in the order of the input: all, or those delivered to, or the others. Only the
    # chosen ones are looked up in the other tables.
    _ROWS = """
        WITH chosen AS (
            SELECT rows.id, rows.row
            FROM batches
            JOIN rows ON rows.id BETWEEN first_row AND last_row AND rows.request IS NOT NULL
            LEFT JOIN deliveries ON deliveries.row = rows.id
            WHERE batches.id = :batch
                AND (:delivered IS NULL OR (coalesce(deliveries.state, '') = 'delivered') = :delivered)
            ORDER BY rows.row LIMIT :most
        )
        SELECT rows.mobile, rows.fields, requests.state, requests.code, requests.message,
            deliveries.state, deliveries.status, deliveries.time,
            (
                SELECT content FROM records
                WHERE records.row = rows.id AND records.kind = 'mo' ORDER BY records.id DESC LIMIT 1
            ) AS reply
        FROM chosen
        JOIN rows ON rows.id = chosen.id
        JOIN requests ON requests.id = rows.request
        LEFT JOIN deliveries ON deliveries.row = rows.id
        ORDER BY chosen.row
    """

    def rows(self, most: int) -> Iterator[ReportRow]:
        """Yield at most `most` recipients, in the order of the input.

        If there are more, those to whom the text was not delivered come first.
        """
        if self._batch.counts.recipients <= most:
            yield from self._rows(None, most)
            return
        left = most
        for row in self._rows(False, most):
            left -= 1
            yield row
        yield from self._rows(True, left)

    def _rows(self, delivered: bool | None, most: int) -> Iterator[ReportRow]:
        values = {"batch": self._batch.id, "delivered": delivered, "most": most}
        cut_short = Fate.IN_FLIGHT if self._batch.has_owner else Fate.UNKNOWN
        for mobile, fields, state, *texts in self._database.stream(self._ROWS, values):
            code, message, delivery, status, time, reply = map(stored, texts)
            detail = " ".join(filter(None, [code, message]))
            match state, delivery:
                case "accepted", ("delivered" | "failed"):
                    fate, detail = Fate(delivery), status or ""
                case "accepted", _:
                    fate, detail = Fate.PENDING, status or ""
                case "sending", _:
                    fate = cut_short
                case "planned", _:
                    fate = Fate.NOT_SENT
                case _:
                    fate = Fate(state)
            yield ReportRow(
                str(mobile) if mobile > 0 else "",
                tuple(fields.split("\0")),
                fate,
                time,
                detail or None,
                reply,
            )
