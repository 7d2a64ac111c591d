"""A plan in the making, in temporary tables: nothing of it is in the ledger, and a crash leaves nothing.

SQLite keeps them in memory while they are small and in a private file when they grow, so a plan of any size
takes a bounded memory.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from kxsms.domain.batch import Overlap
from kxsms.domain.plan import FirstRow, InvalidRow, Plan, Sample, StagedRow, Text
from kxsms.ledger import overlap as overlap_rule

if TYPE_CHECKING:
    import sqlite3

_LISTED = 3

# `text` is the row that is the first to have the text, and there it stands as `content`. Of the rows of one
# text, `first` are placed before them, into `request` requests.
_SCHEMA = """
CREATE TEMP TABLE staged (
    row INTEGER PRIMARY KEY, line INTEGER, mobile INTEGER, text INTEGER, fate TEXT, problem TEXT, fields TEXT,
    content TEXT, segments INTEGER, capacity INTEGER
);
CREATE TEMP TABLE candidates (row INTEGER PRIMARY KEY);
CREATE TEMP TABLE placed_texts (
    text INTEGER PRIMARY KEY, first INTEGER, rows INTEGER, request INTEGER, requests INTEGER,
    capacity INTEGER, segments INTEGER
);
CREATE TEMP TABLE placed (id INTEGER PRIMARY KEY, row INTEGER);
"""


class StagedPlan:
    """The rows of one plan: `add` them all, merge and mark what is equal, `place` them, look at the `plan`.

    Every method raises Failure where the disk is full.
    """

    def __init__(
        self, connection: "sqlite3.Connection", explained: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._connection = connection
        self._explained = explained
        with explained():
            connection.executescript(_SCHEMA)

    def add(
        self, rows: Iterable[StagedRow], firsts: Iterable[FirstRow], invalid: Iterable[InvalidRow]
    ) -> None:
        """Take further rows."""
        with self._explained():
            # Each statement names only columns that it has values for: a None takes sqlite3 long to bind.
            self._connection.execute("BEGIN")
            for columns, values in (
                ("row, line, mobile, text, fields", rows),
                ("row, line, mobile, text, fields, content, segments, capacity", firsts),
                ("row, line, problem, fields, fate", ((*row, "invalid") for row in invalid)),
            ):
                marks = ", ".join("?" * (1 + columns.count(",")))
                self._connection.executemany(f"INSERT INTO temp.staged ({columns}) VALUES ({marks})", values)
            self._connection.execute("COMMIT")

    def merge_texts(self, rows: Iterable[int]) -> None:
        """Let equal texts be one, though they came too far from each other to be noticed.

        `rows` are those with the texts that may have come before.
        """
        with self._explained():
            if not self._take(rows):
                return
            self._connection.executescript("""
                CREATE TEMP TABLE merged (text INTEGER PRIMARY KEY, first INTEGER);
                INSERT INTO temp.merged
                    SELECT row, min(row) OVER (PARTITION BY content)
                    FROM temp.candidates JOIN temp.staged USING (row);
                UPDATE temp.staged SET text = merged.first FROM temp.merged WHERE staged.text = merged.text;
                DROP TABLE temp.merged;
            """)

    def mark_duplicates(self, rows: Iterable[int]) -> Iterator[tuple[str, int]]:
        """Mark all but the first of equal rows: the text and the mobile number of each, text by text.

        `rows` are those that may be equal to another one.
        """
        with self._explained():
            if not self._take(rows):
                return
            self._connection.execute(
                "UPDATE temp.staged SET fate = 'duplicate' WHERE row IN (SELECT row FROM ("
                " SELECT row, row_number() OVER (PARTITION BY text, mobile ORDER BY row) AS number"
                " FROM temp.candidates JOIN temp.staged USING (row) WHERE fate IS NULL) WHERE number > 1)"
            )
            yield from self._connection.execute(
                "SELECT text.content, double.mobile FROM temp.candidates"
                " JOIN temp.staged AS double USING (row) JOIN temp.staged AS text ON text.row = double.text"
                " WHERE double.fate = 'duplicate' ORDER BY double.text"
            )

    def _take(self, rows: Iterable[int]) -> int:
        """Let `candidates` be these; how many they are."""
        self._connection.execute("DELETE FROM temp.candidates")
        self._connection.executemany("INSERT INTO temp.candidates VALUES (?)", ((row,) for row in rows))
        return self._one("SELECT count(*) FROM temp.candidates")

    def overlap(self, since: float, held: Iterable[int]) -> Overlap | None:
        """How many would get a text that others have sent to them since then, or are about to.

        `since` is in seconds since 1970, `held` are the batches that have an owner.
        """
        with self._explained():
            return overlap_rule.overlap(self._connection, since, held)

    def skip_overlap(self, since: float, held: Iterable[int]) -> None:
        """Leave those out that `overlap` counts."""
        with self._explained():
            overlap_rule.skip_overlap(self._connection, since, held)

    def place(self) -> None:
        """Put the rows that get a text into requests: text by text, in the order of the input."""
        with self._explained():
            self._connection.execute("DELETE FROM temp.placed_texts")
            if self._are_texts_used_once():
                self._connection.execute(
                    "INSERT INTO temp.placed_texts"
                    " SELECT row, number - 1, 1, number - 1, 1, capacity, segments"
                    " FROM (SELECT row, capacity, segments, row_number() OVER (ORDER BY row) AS number"
                    "  FROM temp.staged WHERE fate IS NULL)"
                )
                return
            self._connection.execute("""
                INSERT INTO temp.placed_texts
                SELECT row, coalesce(sum(rows) OVER before, 0), rows, coalesce(sum(requests) OVER before, 0),
                    requests, capacity, segments
                FROM (
                    SELECT row, rows, (rows + capacity - 1) / capacity AS requests, capacity, segments
                    FROM (
                        SELECT text, count(*) AS rows FROM temp.staged WHERE fate IS NULL GROUP BY text
                    ) AS counted
                    JOIN temp.staged ON staged.row = counted.text
                )
                WINDOW before AS (ORDER BY row ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            """)

    def _are_texts_used_once(self) -> bool:
        """Whether each row that gets a text has one of its own: a million texts are placed sooner then."""
        return not self._one(
            "SELECT EXISTS (SELECT 1 FROM temp.staged WHERE fate IS NULL AND text != row LIMIT 1)"
        )

    def order(self) -> None:
        """Number the rows that have been placed, as they will stand in the ledger."""
        with self._explained():
            self._connection.execute("DELETE FROM temp.placed")
            one = self._one("SELECT count(*) FROM temp.placed_texts") == 1
            order = "row" if one or self._are_texts_used_once() else "text, row"
            self._connection.execute(
                "INSERT INTO temp.placed (row)"
                f" SELECT row FROM temp.staged WHERE fate IS NULL ORDER BY {order}"
            )

    def plan(self) -> Plan:
        """The figures of what has been placed."""
        with self._explained():
            fates: dict[str, int] = dict(
                self._connection.execute(
                    "SELECT fate, count(*) FROM temp.staged WHERE fate IS NOT NULL GROUP BY fate"
                ).fetchall()
            )
            recipients, requests, segments, texts = self._connection.execute(
                "SELECT coalesce(sum(rows), 0), coalesce(sum(requests), 0),"
                " coalesce(sum(rows * segments), 0), count(*) FROM temp.placed_texts"
            ).fetchone()
            longest = self._connection.execute(
                "SELECT content, texts.segments FROM temp.placed_texts"
                " JOIN temp.staged AS texts ON texts.row = placed_texts.text"
                " ORDER BY texts.segments DESC, length(content) DESC, texts.row LIMIT ?",
                (_LISTED,),
            )
            sample = self._connection.execute(
                "SELECT someone.mobile, texts.content FROM temp.staged AS someone"
                " JOIN temp.staged AS texts ON texts.row = someone.text"
                " WHERE someone.fate IS NULL ORDER BY someone.row LIMIT ?",
                (_LISTED,),
            )
            return Plan(
                recipients=recipients,
                duplicates=fates.get("duplicate", 0),
                invalid=fates.get("invalid", 0),
                skipped=fates.get("skipped", 0),
                segments=segments,
                requests=requests,
                texts=texts,
                longest=tuple(Text(*row) for row in longest),
                sample=tuple(Sample(str(mobile), content) for mobile, content in sample),
            )

    def _one(self, query: str) -> int:
        return int(self._connection.execute(query).fetchone()[0])
