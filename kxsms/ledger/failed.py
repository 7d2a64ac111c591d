"""The recipients of a batch whose delivery failed, for another batch that sends them the same text."""

import json
from collections.abc import Iterable, Iterator

from kxsms.domain.batch import Batch
from kxsms.domain.batch_row import FailedRow
from kxsms.ledger.database import Database

# The accepted recipients of a batch whose latest report says that delivery failed, text by text. One does not
# count if any report on its number and task says that it was delivered, or if it is a row of a batch in
# `:retries`, a list in JSON: an earlier retry has it; nor if it was forgotten, and has no number.
_FAILED = """
    SELECT rows.row, rows.line, rows.mobile, rows.fields,
        coalesce(requests.compared, requests.content) AS content, requests.segments
    FROM batches
    JOIN deliveries ON deliveries.batch = batches.id AND deliveries.state = 'failed'
    JOIN rows ON rows.id = deliveries.row
    JOIN requests ON requests.id = rows.request AND requests.state = 'accepted'
    WHERE batches.id = :batch AND rows.mobile > 0
        AND NOT EXISTS (
            SELECT 1 FROM records
            WHERE records.mobile = CAST(rows.mobile AS TEXT) AND records.task_id = requests.task_id
                AND records.kind = 'report' AND records.state = 'delivered'
        )
        AND NOT EXISTS (
            SELECT 1 FROM records WHERE records.row = rows.id AND records.state = 'delivered'
        )
        AND rows.row NOT IN (
            SELECT retried.row
            FROM batches AS other
            JOIN rows AS retried ON retried.id BETWEEN other.first_row AND other.last_row
            WHERE other.id IN (SELECT value FROM json_each(:retries))
        )
    ORDER BY coalesce(requests.compared, requests.content), rows.row
"""


def failed_rows(database: Database, batch: Batch, retries: Iterable[int]) -> Iterator[FailedRow]:
    """Yield the recipients of a batch whose delivery failed, without those of the batches `retries`.

    Recipients with the same text come one after the other.
    """
    values = {"batch": batch.id, "retries": json.dumps(list(retries))}
    return (FailedRow(**row) for row in database.stream(_FAILED, values))
