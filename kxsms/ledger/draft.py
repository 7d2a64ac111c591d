"""A plan in the making, in temporary tables: nothing of it is in the ledger, and a crash leaves nothing.

SQLite keeps them in memory while they are small and in a private file when they grow, so a plan of any size
takes a bounded memory.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from kxsms.domain.batch import Overlap
from kxsms.domain.plan import Plan, Sample, StagedRow, StagedText, Text
from kxsms.ledger import others

if TYPE_CHECKING:
    import sqlite3

_LISTED = 3
_AT_A_TIME = 10_000

_SCHEMA = """
CREATE TEMP TABLE staged (
    row INTEGER PRIMARY KEY, line INTEGER, mobile INTEGER, text INTEGER, fate TEXT, problem TEXT, fields TEXT
);
CREATE TEMP TABLE staged_texts (
    id INTEGER PRIMARY KEY, hash INTEGER, content TEXT, segments INTEGER, capacity INTEGER
);
CREATE TEMP TABLE placed (id INTEGER PRIMARY KEY, row INTEGER, text INTEGER, request INTEGER);
CREATE TEMP TABLE placed_requests (id INTEGER PRIMARY KEY, text INTEGER, first INTEGER, last INTEGER);
"""


class Draft:
    """The rows and texts of one plan: `add` them all, `finish`, `place` them, and look at the `plan`.

    Every method raises Failure where the disk is full.
    """

    def __init__(
        self, connection: "sqlite3.Connection", explained: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._connection = connection
        self._explained = explained
        with explained():
            connection.executescript(_SCHEMA)

    def add(self, rows: Sequence[StagedRow], texts: Sequence[StagedText]) -> None:
        """Take further rows, and the texts that they are the first to have."""
        with self._explained():
            execute = self._connection.execute
            execute("BEGIN")
            self._connection.executemany("INSERT INTO temp.staged_texts VALUES (?, ?, ?, ?, ?)", texts)
            self._connection.executemany("INSERT INTO temp.staged VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            execute("COMMIT")

    def finish(self, *, allow_duplicates: bool, texts_are_distinct: bool) -> bytes:
        """Mark all but the first of equal rows, unless they are allowed; the digest of what is left.

        It depends on the numbers and their texts alone, in whatever order and form the file has them.
        """
        with self._explained():
            if not texts_are_distinct:
                self._merge_texts()
            rows = self._connection.execute(
                "SELECT text, mobile, row FROM temp.staged WHERE fate IS NULL ORDER BY text, mobile, row"
            )
            texts = self._connection.execute("SELECT id, content FROM temp.staged_texts ORDER BY id")
            total = _Total()
            duplicates: list[tuple[int]] = []
            text_before, mobile_before = None, None
            for text, mobile, row in rows:
                if text != text_before:
                    total.begin(next(content for number, content in texts if number == text))
                    text_before, mobile_before = text, None
                if mobile != mobile_before or allow_duplicates:
                    total.add(mobile)
                    mobile_before = mobile
                else:
                    duplicates.append((row,))
                    if len(duplicates) == _AT_A_TIME:
                        self._mark(duplicates)
            self._mark(duplicates)
            return total.digest()

    def _mark(self, duplicates: list[tuple[int]]) -> None:
        self._connection.executemany("UPDATE temp.staged SET fate = 'duplicate' WHERE row = ?", duplicates)
        duplicates.clear()

    def _merge_texts(self) -> None:
        """Let equal texts have one number, though they came in too far from each other to be noticed."""
        self._connection.executescript("""
            CREATE TEMP TABLE merged AS
                SELECT id, min(id) OVER (PARTITION BY content) AS first FROM temp.staged_texts
                WHERE hash IN (SELECT hash FROM temp.staged_texts GROUP BY hash HAVING count(*) > 1);
            DELETE FROM temp.merged WHERE id = first;
            CREATE UNIQUE INDEX temp.merged_id ON merged (id);
            UPDATE temp.staged SET text = (SELECT first FROM temp.merged WHERE id = text)
                WHERE text IN (SELECT id FROM temp.merged);
            DELETE FROM temp.staged_texts WHERE id IN (SELECT id FROM temp.merged);
        """)

    def overlap(self, since: float, held: Iterable[int]) -> Overlap | None:
        """How many would get a text that others have sent to them since then, or are about to.

        `since` is in seconds since 1970, `held` are the batches that have an owner.
        """
        with self._explained():
            return others.overlap(self._connection, since, held)

    def skip_overlap(self, since: float, held: Iterable[int]) -> None:
        """Leave those out that `overlap` counts."""
        with self._explained():
            others.skip_overlap(self._connection, since, held)

    def place(self) -> None:
        """Put the rows that get a text into requests, in the order of the input."""
        with self._explained():
            execute = self._connection.execute
            execute("BEGIN")
            execute("DELETE FROM temp.placed")
            execute("DELETE FROM temp.placed_requests")
            self._connection.executemany("INSERT INTO temp.placed VALUES (?, ?, ?, ?)", self._placements())
            execute(
                "INSERT INTO temp.placed_requests"
                " SELECT request, min(text), min(id), max(id) FROM temp.placed GROUP BY request"
            )
            execute("COMMIT")

    def _placements(self) -> Iterator[tuple[int, int, int, int]]:
        order = "row" if self._one("SELECT count(*) FROM temp.staged_texts") == 1 else "text, row"
        rows = self._connection.execute(
            "SELECT row, text, capacity FROM temp.staged JOIN temp.staged_texts ON staged_texts.id = text"
            f" WHERE fate IS NULL ORDER BY {order}"
        )
        current, first, request = None, 0, 0
        for place, (row, text, capacity) in enumerate(rows, start=1):
            if text != current or place - first == capacity:
                current, first, request = text, place, request + 1
            yield place, row, text, request

    def plan(self) -> Plan:
        """The figures of what has been placed."""
        with self._explained():
            one = self._one
            fates: dict[str, int] = dict(
                self._connection.execute(
                    "SELECT fate, count(*) FROM temp.staged WHERE fate IS NOT NULL GROUP BY fate"
                ).fetchall()
            )
            longest = self._connection.execute(
                "SELECT content, segments FROM temp.staged_texts"
                " WHERE id IN (SELECT text FROM temp.placed_requests)"
                " ORDER BY segments DESC, length(content) DESC, id LIMIT ?",
                (_LISTED,),
            )
            sample = self._connection.execute(
                "SELECT mobile, content FROM temp.staged JOIN temp.staged_texts ON staged_texts.id = text"
                " WHERE fate IS NULL ORDER BY row LIMIT ?",
                (_LISTED,),
            )
            return Plan(
                recipients=one("SELECT count(*) FROM temp.placed"),
                duplicates=fates.get("duplicate", 0),
                invalid=fates.get("invalid", 0),
                skipped=fates.get("skipped", 0),
                segments=one(
                    "SELECT coalesce(sum((last - first + 1) * segments), 0)"
                    " FROM temp.placed_requests JOIN temp.staged_texts ON staged_texts.id = text"
                ),
                requests=one("SELECT count(*) FROM temp.placed_requests"),
                texts=one("SELECT count(DISTINCT text) FROM temp.placed_requests"),
                longest=tuple(Text(*row) for row in longest),
                sample=tuple(Sample(str(mobile), content) for mobile, content in sample),
            )

    def _one(self, query: str) -> int:
        return int(self._connection.execute(query).fetchone()[0])


class _Total:
    """The digest of texts and, of each, its numbers in order. The order of the texts does not matter."""

    def __init__(self) -> None:
        self._sum = 0
        self._text = hashlib.sha256()
        self._mobiles: list[int] = []
        self._is_empty = True

    def begin(self, content: str) -> None:
        self._end()
        self._text = hashlib.sha256(content.encode())
        self._is_empty = False

    def add(self, mobile: int) -> None:
        self._mobiles.append(mobile)
        if len(self._mobiles) == _AT_A_TIME:
            self._flush()

    def digest(self) -> bytes:
        self._end()
        return (self._sum % 2**256).to_bytes(32)

    def _flush(self) -> None:
        self._text.update(repr(self._mobiles).encode())
        self._mobiles.clear()

    def _end(self) -> None:
        self._flush()
        if not self._is_empty:
            self._sum += int.from_bytes(self._text.digest())
