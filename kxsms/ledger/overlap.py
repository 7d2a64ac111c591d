"""Overlap between batches: recipients that another batch sent the same text, or is about to, or has waiting.

The rule holds between processes. One that resumes a batch owns it before it looks at the others. One that
writes a new batch checks, in the transaction that starts it, that no other batch was started and none has
claimed requests since it looked: see `LedgerSnapshot`.
"""

from collections.abc import Iterable, Mapping

from kxsms.domain.overlap import Overlap, OverlapKind
from kxsms.domain.states import RequestState
from kxsms.ledger.counters import Counters
from kxsms.ledger.database import Database
from kxsms.ledger.forgotten import alias_of, fill_hashes, is_hashed
from kxsms.ledger.leaving_out import clear_leaving, leave_out
from kxsms.ledger.origins import same_origin

# `theirs` went to the same gateway as a batch of the origin `:origin`, and is no test.
_FROM_SAME_GATEWAY = f"""
    EXISTS (SELECT 1 FROM main.batches WHERE id = theirs.batch AND NOT is_test AND {same_origin("batches")})
"""


def _kind(since: str) -> str:
    """Return an expression for the OverlapKind of the row `other`, whose request is `theirs`; NULL for none.

    What the batch of a living process (`temp.owned`) has left is busy. A request that was accepted or is
    unknown counts as sent if it was settled `since`, unless delivery failed; one that was cut short, or one
    attempt at which ended unknown, always does.
    """
    return f"""
        CASE
            WHEN theirs.state IN ('planned', 'not_sent', 'sending')
                AND theirs.batch IN (SELECT batch FROM temp.owned) THEN 'busy'
            WHEN theirs.state = 'sending'
                OR theirs.id IN (SELECT request FROM main.attempts WHERE state = 'unknown')
                OR theirs.state IN ('accepted', 'unknown') AND {since} AND NOT EXISTS (
                    SELECT 1 FROM main.deliveries WHERE deliveries.row = other.id AND state = 'failed'
                ) THEN 'sent'
            WHEN theirs.state IN ('planned', 'not_sent') AND theirs.batch NOT IN (
                SELECT id FROM main.batches WHERE superseded_by IS NOT NULL
            ) THEN 'waiting'
        END
    """


# The rows of a staged plan whose number is in another batch with the same text, which batch, and how.
def _find_in_staged(is_mine: str, has_text: str, more: Mapping[str, str]) -> str:
    """Return the statement, with conditions for the row `other` and its request `theirs`.

    `more` are further columns of `overlapping`, each with its expression.
    """
    columns = ", ".join(("row", "batch", "kind", *more))
    return f"""
        INSERT INTO temp.overlapping ({columns})
        SELECT DISTINCT {columns} FROM (
            SELECT mine.row, theirs.batch, {_kind("theirs.settled > :since")} AS kind
                {"".join(f", {value} AS {column}" for column, value in more.items())}
            FROM temp.staged AS mine
            JOIN temp.staged AS text ON text.row = mine.text
            JOIN main.rows AS other ON {is_mine} AND other.request IS NOT NULL
            JOIN main.requests AS theirs ON theirs.id = other.request
            WHERE mine.fate IS NULL AND {has_text}
                AND theirs.batch IS NOT :ignored
                AND {_FROM_SAME_GATEWAY}
        ) AS found
        WHERE kind IS NOT NULL
    """


_HAS_TEXT = "text.content IN (coalesce(theirs.compared, theirs.content), theirs.guessed)"
_FIND_IN_STAGED = _find_in_staged("other.mobile = mine.mobile", _HAS_TEXT, {})

# The same where numbers were forgotten: they have pseudonyms, and some texts are kept as a hash. A row has a
# `text` until that is compared by its hash, too.
_FIND_WITH_FORGOTTEN = _find_in_staged(
    f"other.mobile IN (mine.mobile, {alias_of('mine.mobile')})",
    f"({_HAS_TEXT} OR {is_hashed('theirs.compared')})",
    {
        "text": f"CASE WHEN {_HAS_TEXT} THEN NULL ELSE mine.text END",
        "compared": f"CASE WHEN {_HAS_TEXT} THEN NULL ELSE theirs.compared END",
        "guessed": f"CASE WHEN {_HAS_TEXT} THEN NULL ELSE theirs.guessed END",
    },
)

# The texts that are to be compared by their hash, and then the rows with another text.
_TO_HASH = "SELECT row, content FROM temp.staged WHERE row IN (SELECT text FROM temp.overlapping)"
_DELETE_OTHERS = """
    DELETE FROM temp.overlapping WHERE text IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM temp.hashes
        WHERE hashes.text = overlapping.text AND hash IN (overlapping.compared, overlapping.guessed)
    )
"""

# The rows of a batch whose requests are in one state, and whose number another batch sent the same text since
# this one was made, or is about to. Of two batches that wait, the one that is resumed first sends. The order
# of the tables, and the +, are for SQLite, which does not know that few requests of a large batch may be in
# that state.
_FIND_IN_BATCH = f"""
    INSERT INTO temp.overlapping (row, request, batch, kind)
    SELECT DISTINCT row, request, batch, kind FROM (
        SELECT row.id AS row, mine.id AS request, theirs.batch, {_kind("theirs.turn > this.turn")} AS kind
        FROM main.requests AS mine
        CROSS JOIN main.batches AS this ON this.id = mine.batch
        CROSS JOIN main.rows AS row
            ON row.id BETWEEN mine.first_row AND mine.last_row AND +row.request = mine.id
        CROSS JOIN main.rows AS other ON other.mobile = row.mobile AND other.request IS NOT NULL
        CROSS JOIN main.requests AS theirs ON theirs.id = other.request
        WHERE mine.batch = :batch AND mine.id BETWEEN :first AND :last AND mine.state = :state
            AND theirs.batch != mine.batch
            AND (
                coalesce(theirs.compared, theirs.content)
                    IN (coalesce(mine.compared, mine.content), mine.guessed)
                OR theirs.guessed IN (coalesce(mine.compared, mine.content), mine.guessed)
            )
            AND {_FROM_SAME_GATEWAY}
    ) AS found
    WHERE kind IN ('sent', 'busy')
"""

_TABLES = (
    "CREATE TEMP TABLE IF NOT EXISTS owned (batch INTEGER PRIMARY KEY)",
    """
    CREATE TEMP TABLE IF NOT EXISTS overlapping (
        row INTEGER, request INTEGER, batch INTEGER, kind TEXT, text INTEGER, compared TEXT, guessed TEXT
    )
    """,
    "DELETE FROM temp.owned",
    "DELETE FROM temp.overlapping",
)


def _find(database: Database, statement: str, owned: Iterable[int], values: Mapping[str, object]) -> None:
    """Fill `overlapping` by a statement that may read `owned`."""
    for table in _TABLES:
        database.execute(table)
    database.executemany("INSERT INTO temp.owned VALUES (?)", ((batch,) for batch in owned))
    database.execute(statement, values)


def _find_staged(
    database: Database, owned: Iterable[int], values: Mapping[str, object], *, has_forgotten: bool
) -> None:
    """Fill `overlapping` with the rows of the staged plan that overlap."""
    if not has_forgotten:
        _find(database, _FIND_IN_STAGED, owned, values)
        return
    _find(database, _FIND_WITH_FORGOTTEN, owned, values)
    fill_hashes(database, _TO_HASH)
    database.execute(_DELETE_OTHERS)


# How many rows overlap in one way with any batch, and the batch that overlaps with most; among equals the
# newest.
_SUMMARY = """
    SELECT (SELECT count(DISTINCT row) FROM temp.overlapping WHERE kind = :kind) AS recipients,
        batches.name AS batch
    FROM temp.overlapping JOIN main.batches ON batches.id = overlapping.batch
    WHERE kind = :kind GROUP BY batches.id ORDER BY count(*) DESC, batches.id DESC LIMIT 1
"""


def _summary(database: Database) -> Overlap | None:
    """Return the most pressing overlap that was found."""
    for kind in reversed(OverlapKind):
        found = database.row(_SUMMARY, {"kind": kind})
        if found is not None:
            return Overlap(kind, **found)
    return None


def staged_overlap(
    database: Database,
    since: float,
    owned: Iterable[int],
    ignored: int | None,
    origin: str | None,
    *,
    has_forgotten: bool,
) -> Overlap | None:
    """Return how many recipients of the staged plan other batches sent their text since then, or have left.

    Count only the most pressing kind of overlap.

    `since` is in seconds since 1970, `owned` are the batches that have an owner. Batches of gateways with
    another `origin` do not count. `has_forgotten`: the table `aliases` is filled.
    """
    values = {"since": since, "ignored": ignored, "origin": origin}
    _find_staged(database, owned, values, has_forgotten=has_forgotten)
    return _summary(database)


# The rows of the staged plan that were sent the same text are not sent to.
_SKIP_STAGED = """
    UPDATE temp.staged SET fate = 'skipped' WHERE row IN (
        SELECT row FROM temp.overlapping WHERE kind = 'sent'
    )
"""


def skip_staged_overlap(
    database: Database,
    since: float,
    owned: Iterable[int],
    ignored: int | None,
    origin: str | None,
    *,
    has_forgotten: bool,
) -> None:
    """Skip the recipients that were sent their text, which `staged_overlap` counts as SENT."""
    values = {"since": since, "ignored": ignored, "origin": origin}
    _find_staged(database, owned, values, has_forgotten=has_forgotten)
    database.execute(_SKIP_STAGED)


def batch_overlap(
    database: Database, batch: Mapping[str, int], state: RequestState, owned: Iterable[int]
) -> Overlap | None:
    """Return how many recipients of a batch other batches sent their text since it was written, or will.

    Count those in one state, and only the most pressing kind of overlap. `batch` holds its number and its
    first and last request, `owned` are the batches that have an owner.
    """
    _find(database, _FIND_IN_BATCH, owned, {**batch, "state": state})
    return _summary(database)


_FILL_LEAVING = (
    "INSERT INTO temp.leaving SELECT DISTINCT row, request FROM temp.overlapping WHERE kind = 'sent'"
)


def skip_batch_overlap(
    database: Database, counters: Counters, batch: Mapping[str, int], owned: Iterable[int]
) -> int:
    """Skip the planned recipients that `batch_overlap` counts as SENT, and return how many they are.

    Call it inside a transaction, at the end of which the counters are flushed.
    """
    _find(database, _FIND_IN_BATCH, owned, {**batch, "state": RequestState.PLANNED})
    clear_leaving(database)
    database.execute(_FILL_LEAVING)
    return leave_out(database, counters, batch["batch"], "skipped")
