"""A staged plan: its rows are in temporary tables, not in the ledger, and a crash leaves nothing of them.

SQLite keeps these tables in memory while they are small, and in a private file when they grow. So a plan of
any size takes a bounded memory.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from kxsms.domain.plan import FirstRow, InvalidRow, Plan, PlannedRecipient, Sample, StagedRow, Text
from kxsms.ledger.database import Database
from kxsms.ledger.opt_out_filter import StagedOptOuts
from kxsms.ledger.staged_checks import StagedChecks

_LISTED = 3
_MANY = 5_000
"""Rows of a plan that make its joins with the ledger large."""

_TABLES = (
    # The rows of the input. `text` is the first row that has the same text: there stand the text itself, its
    # segments, and how many recipients one request may have (`capacity`). Rows with a `fate` are not sent to.
    """
    CREATE TEMP TABLE staged (
        row INTEGER PRIMARY KEY, line INTEGER, mobile INTEGER, text INTEGER, fate TEXT, problem TEXT,
        fields TEXT, content TEXT, segments INTEGER, capacity INTEGER
    )
    """,
    # The rows that a statement is about.
    "CREATE TEMP TABLE candidates (row INTEGER PRIMARY KEY)",
    # For a text, the first of the texts that equal it.
    "CREATE TEMP TABLE merged (text INTEGER PRIMARY KEY, first INTEGER)",
    # For a text, its rows that are sent to and the requests that they take (`rows`, `requests`), and how many
    # rows and requests of the whole plan come before these (`first`, `request`).
    """
    CREATE TEMP TABLE assigned (
        text INTEGER PRIMARY KEY, first INTEGER, rows INTEGER, request INTEGER, requests INTEGER,
        capacity INTEGER, segments INTEGER
    )
    """,
    # The rows that are sent to, numbered in the order in which they will stand in the ledger.
    "CREATE TEMP TABLE numbered (id INTEGER PRIMARY KEY, row INTEGER)",
)


class StagedPlan(StagedChecks):
    """The rows of one plan: `add` them all, merge and mark equal ones, `place` them, and read the `plan`.

    `opt_outs` leaves out who opted out. Every method raises Failure where the disk is full.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.opt_outs = StagedOptOuts(database, self._aliases)
        self._rows = 0
        with database.temporary():
            for table in _TABLES:
                database.execute_later(table)

    # Each names only the columns that it has values for: binding a None takes sqlite3 long.
    _ADD_ROW = "INSERT INTO temp.staged (row, line, mobile, text, fields) VALUES (?, ?, ?, ?, ?)"
    _ADD_FIRST = """
        INSERT INTO temp.staged (row, line, mobile, text, fields, content, segments, capacity)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    """
    _ADD_INVALID = """
        INSERT INTO temp.staged (row, line, problem, fields, fate) VALUES (?, ?, ?, ?, 'invalid')
    """

    def add(
        self, rows: Iterable[StagedRow], firsts: Iterable[FirstRow], invalid: Iterable[InvalidRow]
    ) -> None:
        """Add rows. `firsts` are the first rows that have their text."""
        with self._database.temporary():
            added = self._database.executemany(self._ADD_ROW, rows)
            added += self._database.executemany(self._ADD_FIRST, firsts)
            self._database.executemany(self._ADD_INVALID, invalid)
        if self._rows < _MANY <= self._rows + added:
            self._database.refresh_statistics()
        self._rows += added

    # For each candidate, the first one that has an equal text.
    _FIND_EQUAL_TEXTS = """
        INSERT INTO temp.merged
        SELECT row, min(row) OVER (PARTITION BY content) FROM temp.candidates JOIN temp.staged USING (row)
    """
    _MERGE_TEXTS = """
        UPDATE temp.staged SET text = merged.first FROM temp.merged WHERE staged.text = merged.text
    """

    def merge_texts(self, rows: Iterable[int]) -> None:
        """Merge equal texts that were too far apart for the planner to notice.

        `rows` are the first rows of the texts that may equal an earlier one.
        """
        if self._set_candidates(rows):
            self._database.execute(self._FIND_EQUAL_TEXTS)
            self._database.execute(self._MERGE_TEXTS)

    # All candidates that repeat the number and text of an earlier one.
    _MARK_DUPLICATES = """
        UPDATE temp.staged SET fate = 'duplicate' WHERE row IN (
            SELECT row FROM (
                SELECT row, row_number() OVER (PARTITION BY text, mobile ORDER BY row) AS number
                FROM temp.candidates JOIN temp.staged USING (row) WHERE fate IS NULL
            ) WHERE number > 1
        )
    """
    _DUPLICATES = """
        SELECT text.content, double.mobile
        FROM temp.candidates
        JOIN temp.staged AS double USING (row)
        JOIN temp.staged AS text ON text.row = double.text
        WHERE double.fate = 'duplicate' ORDER BY double.text
    """

    def mark_duplicates(self, rows: Iterable[int]) -> Iterator[tuple[str, int]]:
        """Mark all but the first of equal rows, and yield the text and the number of each, text by text.

        `rows` are those that may equal an earlier one.
        """
        if self._set_candidates(rows):
            self._database.execute(self._MARK_DUPLICATES)
            for row in self._database.stream(self._DUPLICATES):
                yield row["content"], row["mobile"]

    def _set_candidates(self, rows: Iterable[int]) -> int:
        """Replace the candidates, if there are any new ones, and return how many these are."""
        rest = iter(rows)
        first = list(islice(rest, 1))
        if not first:
            return 0
        with self._database.temporary():
            self._database.execute("DELETE FROM temp.candidates")
            return self._database.executemany(
                "INSERT INTO temp.candidates VALUES (?)", ((row,) for row in chain(first, rest))
            )

    _KEEP_FIRST = "DELETE FROM temp.staged WHERE row != (SELECT min(row) FROM temp.staged WHERE fate IS NULL)"
    _REDIRECT = "UPDATE temp.staged SET mobile = :mobile, fields = CAST(:mobile AS TEXT), line = NULL"

    def keep_first_for(self, mobile: int) -> None:
        """Keep only the first row that is sent to, and send its text to another number."""
        self._database.execute(self._KEEP_FIRST)
        self._database.execute(self._REDIRECT, {"mobile": mobile})

    # Assigns a request to each row, where no two rows have the same text.
    _ASSIGN_EACH_ITS_OWN = """
        INSERT INTO temp.assigned (text, first, rows, request, requests, capacity, segments)
        SELECT row, number - 1, 1, number - 1, 1, capacity, segments FROM (
            SELECT row, capacity, segments, row_number() OVER (ORDER BY row) AS number
            FROM temp.staged WHERE fate IS NULL
        )
    """
    # Counts the rows of each text, the requests that they take when each holds `capacity` of them, and the
    # rows and requests of the texts before it.
    _ASSIGN = """
        INSERT INTO temp.assigned (text, first, rows, request, requests, capacity, segments)
        SELECT row, coalesce(sum(rows) OVER before, 0), rows,
            coalesce(sum(requests) OVER before, 0), requests, capacity, segments
        FROM (
            SELECT row, rows, (rows + capacity - 1) / capacity AS requests, capacity, segments
            FROM (
                SELECT text, count(*) AS rows FROM temp.staged WHERE fate IS NULL GROUP BY text
            ) AS counted
            JOIN temp.staged ON staged.row = counted.text
        )
        WINDOW before AS (ORDER BY row ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    """

    def place(self) -> None:
        """Assign requests to the rows that are sent to: text by text, in the order of the input."""
        self._database.execute("DELETE FROM temp.assigned")
        self._database.execute(self._ASSIGN_EACH_ITS_OWN if self._is_each_its_own() else self._ASSIGN)

    _SHARES_TEXT = "SELECT 1 FROM temp.staged WHERE fate IS NULL AND text != row LIMIT 1"

    def _is_each_its_own(self) -> bool:
        """Return whether no two rows that are sent to share a text: a million take less time then."""
        return self._database.row(self._SHARES_TEXT) is None

    _NUMBER_BY_ROW = """
        INSERT INTO temp.numbered (id, row)
        SELECT row_number() OVER (ORDER BY row), row FROM temp.staged WHERE fate IS NULL ORDER BY row
    """
    _NUMBER_BY_TEXT = """
        INSERT INTO temp.numbered (id, row)
        SELECT row_number() OVER (ORDER BY text, row), row
        FROM temp.staged WHERE fate IS NULL ORDER BY text, row
    """

    def number_rows(self) -> None:
        """Number the rows that were assigned a request, in the order in which the ledger will have them."""
        self._database.execute("DELETE FROM temp.numbered")
        has_one_text = self._database.value("SELECT count(*) FROM temp.assigned") == 1
        in_order = has_one_text or self._is_each_its_own()
        self._database.execute(self._NUMBER_BY_ROW if in_order else self._NUMBER_BY_TEXT)

    _FATES = "SELECT fate, count(*) AS rows FROM temp.staged WHERE fate IS NOT NULL GROUP BY fate"
    _SUMS = """
        SELECT coalesce(sum(rows), 0) AS recipients, coalesce(sum(requests), 0) AS requests,
            coalesce(sum(rows * segments), 0) AS segments, count(*) AS texts
        FROM temp.assigned
    """
    _LONGEST = """
        SELECT content AS text, text.segments
        FROM temp.assigned JOIN temp.staged AS text ON text.row = assigned.text
        ORDER BY text.segments DESC, length(content) DESC, text.row LIMIT ?
    """
    _SAMPLE = """
        SELECT CAST(recipient.mobile AS TEXT) AS mobile, text.content AS text
        FROM temp.staged AS recipient JOIN temp.staged AS text ON text.row = recipient.text
        WHERE recipient.fate IS NULL ORDER BY recipient.row LIMIT ?
    """

    # The recipients of the plan in the order of the input, each with its text.
    _RECIPIENTS = """
        SELECT CAST(recipient.mobile AS TEXT), text.content, text.segments, recipient.line
        FROM temp.staged AS recipient JOIN temp.staged AS text ON text.row = recipient.text
        WHERE recipient.fate IS NULL ORDER BY recipient.row
    """

    def recipients(self) -> Iterator[PlannedRecipient]:
        """Yield the recipients to whom the plan sends, in the order of the input."""
        return (PlannedRecipient(*row) for row in self._database.stream(self._RECIPIENTS))

    def plan(self) -> Plan:
        """Return the figures of the requests that were assigned."""
        fates = {row["fate"]: row["rows"] for row in self._database.rows(self._FATES)}
        sums = self._database.row(self._SUMS)
        assert sums is not None
        return Plan(
            **sums,
            duplicates=fates.get("duplicate", 0),
            invalid=fates.get("invalid", 0),
            skipped=fates.get("skipped", 0),
            opted_out=fates.get("opted_out", 0),
            capped=fates.get("capped", 0),
            longest=tuple(Text(**row) for row in self._database.rows(self._LONGEST, (_LISTED,))),
            sample=tuple(Sample(**row) for row in self._database.rows(self._SAMPLE, (_LISTED,))),
        )
