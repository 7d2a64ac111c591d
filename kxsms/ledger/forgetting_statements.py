"""The statements that remove a number from the entries that hold it.

They call `removed`, which puts stars in the place of the number, `hashed`, `keyed_digest`, `blank` and
`holds`.
"""

from kxsms.ledger.forgotten import HASHED
from kxsms.ledger.number_search import (
    ANSWER_FACTS,
    ATTEMPT_FACTS,
    BATCH_TEXTS,
    RECORD_TEXTS,
    REQUEST_FACTS,
    REQUEST_TEXTS,
)


def _remove_from(*columns: str) -> str:
    return ", ".join(f"{column} = removed({column})" for column in columns)


# The rows of the number that are still to be sent to.
FILL_LEAVING = """
    INSERT INTO temp.leaving
    SELECT rows.id, requests.id FROM rows JOIN requests ON requests.id = rows.request
    WHERE rows.mobile = :mobile AND rows.request IS NOT NULL AND requests.batch = :batch
        AND requests.state = 'planned'
"""

# A text that only this number got, and its hash, by which the same text for it is recognised. A request that
# was deleted meanwhile may have given its number to one of another batch.
_HASH = f"""
    compared = CASE WHEN coalesce(compared, '') GLOB '{HASHED}*' THEN compared
        ELSE hashed(coalesce(compared, content)) END,
    guessed = CASE WHEN guessed GLOB '{HASHED}*' THEN guessed ELSE hashed(guessed) END
"""
OWN_REQUEST = f"""
    UPDATE requests SET {_HASH}, content = '', {_remove_from(*REQUEST_FACTS)}
    WHERE id = :id AND EXISTS (
        SELECT 1 FROM rows
        WHERE rows.id BETWEEN first_row AND last_row AND +rows.request = requests.id AND +mobile = :mobile
    )
"""
HASH_REQUEST = f"""
    UPDATE requests SET {_HASH}, content = removed(content)
    WHERE id = ? AND ({" OR ".join(f"holds({column})" for column in REQUEST_TEXTS)})
"""
REQUEST = f"UPDATE requests SET {_remove_from(*REQUEST_FACTS)} WHERE id = ?"
ATTEMPT = f"UPDATE attempts SET {_remove_from(*ATTEMPT_FACTS)} WHERE rowid = ?"
# A key that holds the number is known by its hash.
BATCH = f"""
    UPDATE batches SET {_remove_from(*BATCH_TEXTS)},
        idempotency_key = CASE WHEN holds(idempotency_key) THEN hashed(idempotency_key)
            ELSE idempotency_key END
    WHERE id = ?
"""
# The text of a batch that has no other recipient.
OWN_BATCH = """
    UPDATE batches SET text = NULL
    WHERE id = :batch AND text IS NOT NULL AND recipients > 0 AND recipients = (
        SELECT count(*) FROM rows WHERE mobile = :mobile AND request IS NOT NULL
            AND id BETWEEN first_row AND last_row
    )
"""
# What was fetched after the number was first forgotten has a keyed digest already.
OWN_RECORD = f"""
    UPDATE records SET {_remove_from(*RECORD_TEXTS)},
        digest = CASE WHEN (SELECT fetched FROM answers WHERE answers.id = answer) > :since THEN digest
            ELSE keyed_digest(digest) END,
        mobile = :pseudonym, content = CASE WHEN content IS NOT NULL THEN '' END
    WHERE id = :id
"""
RECORD = f"UPDATE records SET {_remove_from(*RECORD_TEXTS)} WHERE id = ?"
READ_ANSWER = f"UPDATE answers SET body = x'', {_remove_from(*ANSWER_FACTS)} WHERE id = ?"
UNREAD_ANSWER = f"UPDATE answers SET body = removed(body), {_remove_from(*ANSWER_FACTS)} WHERE id = ?"
DELIVERY = "UPDATE deliveries SET status = removed(status), time = removed(time) WHERE row = ?"
ROW = "UPDATE rows SET fields = removed(fields), problem = removed(problem) WHERE id = ?"
OWN_ROW = """
    UPDATE rows SET mobile = CASE WHEN mobile IS NOT NULL THEN :pseudonym END, problem = :problem,
        fields = blank(fields)
    WHERE id = :id
"""

# An entry under the pseudonym from before, of which the one that is not removed counts.
MERGE_OPT_OUTS = (
    """
    DELETE FROM opt_outs WHERE mobile = :mobile AND removed IS NOT NULL AND EXISTS (
        SELECT 1 FROM opt_outs AS other WHERE other.mobile = :pseudonym AND other.origin = opt_outs.origin
            AND other.account = opt_outs.account AND other.removed IS NULL
    )
    """,
    "UPDATE OR REPLACE opt_outs SET mobile = :pseudonym WHERE mobile = :mobile",
    "UPDATE opt_outs SET reason = removed(reason) WHERE holds(reason)",
)
