"""The migration that makes one of two texts that differ in blanks alone, in unfinished older batches."""

# A row that waits in a batch is a repetition if its number gets the same compared text from another request
# of that batch, which has been tried or comes first. Where texts repeat to the letter, the user wanted it so.
EQUAL_TEXTS = (
    "CREATE TEMP TABLE repeated (row INTEGER PRIMARY KEY, request INTEGER, batch INTEGER, state TEXT)",
    """
        INSERT OR IGNORE INTO temp.repeated
        SELECT row.id, mine.id, mine.batch, mine.state
        FROM batches
        JOIN requests AS mine ON mine.id BETWEEN batches.first_request AND batches.last_request
        JOIN rows AS row ON row.id BETWEEN mine.first_row AND mine.last_row AND +row.request = mine.id
        JOIN rows AS other ON other.mobile = row.mobile AND other.request IS NOT NULL
        JOIN requests AS theirs ON theirs.id = other.request AND theirs.batch = mine.batch
        WHERE batches.finished IS NULL
            AND batches.id IN (SELECT batch FROM requests WHERE compared IS NOT NULL)
            AND mine.state IN ('planned', 'not_sent')
            AND theirs.content != mine.content
            AND coalesce(theirs.compared, theirs.content) = coalesce(mine.compared, mine.content)
            AND (theirs.state NOT IN ('planned', 'not_sent') OR theirs.id < mine.id)
            AND NOT EXISTS (
                SELECT 1 FROM rows JOIN requests ON requests.id = rows.request
                WHERE rows.id BETWEEN batches.first_row AND batches.last_row
                GROUP BY rows.mobile, requests.content HAVING count(*) > 1
            )
    """,
    """
        UPDATE rows SET request = NULL, fate = 'duplicate' WHERE id IN (SELECT row FROM temp.repeated)
    """,
    """
        UPDATE batches SET
            recipients = batches.recipients - found.rows,
            duplicates = batches.duplicates + found.rows,
            not_sent = batches.not_sent - found.not_sent,
            segments = batches.segments - found.segments
        FROM (
            SELECT repeated.batch, count(*) AS rows, sum(repeated.state = 'not_sent') AS not_sent,
                sum(requests.segments) AS segments
            FROM temp.repeated JOIN requests ON requests.id = repeated.request GROUP BY repeated.batch
        ) AS found
        WHERE batches.id = found.batch
    """,
    """
        UPDATE requests SET recipients = recipients - (
            SELECT count(*) FROM temp.repeated WHERE repeated.request = requests.id
        )
        WHERE id IN (SELECT request FROM temp.repeated)
    """,
    """
        UPDATE batches SET requests = batches.requests - found.requests, tried = batches.tried - found.tried
        FROM (
            SELECT batch, count(*) AS requests, sum(state = 'not_sent') AS tried FROM requests
            WHERE recipients = 0 AND id IN (SELECT request FROM temp.repeated) GROUP BY batch
        ) AS found
        WHERE batches.id = found.batch
    """,
    "DELETE FROM requests WHERE recipients = 0 AND id IN (SELECT request FROM temp.repeated)",
    """
        UPDATE batches SET finished = (SELECT max(settled) FROM requests WHERE requests.batch = batches.id)
        WHERE id IN (SELECT batch FROM temp.repeated) AND accepted + rejected + unknown = recipients
    """,
    "DROP TABLE temp.repeated",
)
