"""Keeping the gateway's answers, byte for byte, even where the connection to the ledger breaks."""

from collections.abc import Mapping
from typing import Any

from kxsms.errors import ConnectionLost, Spooled
from kxsms.language import tr
from kxsms.ledger.database import Database
from kxsms.ledger.origins import same_origin

# The answers that could not be read and are as long as one, and those that equal it.
_UNREAD_AS_LONG = f"""
    SELECT id FROM answers
    WHERE kind = :kind AND account = :account AND {same_origin("answers")} AND state = 'unread'
        AND length(body) = :size
"""
_UNREAD_LIKE = f"{_UNREAD_AS_LONG} AND body = :body"


def unread_like(database: Database, values: Mapping[str, Any], body: bytes) -> list[int]:
    """Return the answers that equal one, and could not be read. `values` are kind, account and origin."""
    sized = {**values, "size": len(body)}
    if database.row(_UNREAD_AS_LONG, sized) is None:  # a server need not get the body to compare it
        return []
    return [row["id"] for row in database.rows(_UNREAD_LIKE, {**sized, "body": body})]


_KEEP = """
    INSERT INTO answers (
        kind, origin, account, profile, product, fetched, http_status, content_type, body, state, problem,
        tried
    ) VALUES (
        :kind, :origin, :account, :profile, :product, :fetched, :http_status, :content_type,
        zeroblob(:size), :state, :problem, :tried
    )
"""


def keep(database: Database, values: Mapping[str, Any], body: bytes) -> int:
    """Write an answer to the disk, and return its number.

    `values` are those of its columns. One with a problem that equals another is kept once. While the server
    of the ledger is away, wait for it; then raise Spooled if a local file has the answer now, else Failure.
    """
    try:
        return database.surely(lambda: _keep(database, values, body))
    except ConnectionLost as lost:
        if database.spool is None:
            raise
        path = database.spool.write_answer(values, body)
        hint = tr(
            "the answer is in {path}: the next command that reaches the ledger from this host keeps it",
            path=path,
        )
        raise Spooled(lost.message, hint) from lost


def _keep(database: Database, values: Mapping[str, Any], body: bytes) -> int:
    with database.transaction():
        return _write(database, values, body)


def _write(database: Database, values: Mapping[str, Any], body: bytes) -> int:
    if values["problem"] is not None and (known := unread_like(database, values, body)):
        return known[0]
    number = database.insert(_KEEP, {**values, "size": len(body)})
    # As a parameter it would be copied, and its copy kept.
    database.write_blob("answers", "body", number, body)
    return number


_IS_KEPT = """
    SELECT 1 FROM answers
    WHERE kind = :kind AND account = :account AND product = :product AND fetched = :fetched AND body = :body
"""


def keep_once(database: Database, values: Mapping[str, Any], body: bytes) -> bool:
    """Write an answer unless it is there, inside a transaction. Return whether it was not."""
    if database.row(_IS_KEPT, {**values, "body": body}) is not None:
        return False
    _write(database, values, body)
    return True
