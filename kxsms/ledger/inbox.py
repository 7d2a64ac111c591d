"""What the gateway has handed out: answers as they came, and the records that were read from them.

An answer is committed before anybody looks into it. Its records follow in transactions of their own, each
record once however often it comes; a crash between the two leaves an answer that is read the next time.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from kxsms.domain.profile import Profile
from kxsms.domain.records import Added, Answer, DeliveryReport, Kind, MoReply, Record, Wanted
from kxsms.ledger.matching import Matcher
from kxsms.ledger.shown import select
from kxsms.sqlite import storable, transaction

if TYPE_CHECKING:
    import sqlite3

_AT_A_TIME = 2_000
"""Records in one transaction: a batch that is being sent waits no longer than that takes."""


class Inbox:
    """The answers and records of one account. Every method raises Failure where the ledger cannot be used."""

    def __init__(
        self,
        connection: "sqlite3.Connection",
        profile: Profile,
        explained: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._connection = connection
        self._profile = profile
        self._explained = explained

    def keep(self, answer: Answer, problem: str | None = None) -> int:
        """Write an answer down, as it came; its number. `problem`: why it will not be read."""
        profile = self._profile
        with self._explained(), transaction(self._connection):
            number = self._connection.execute(
                "INSERT INTO answers (kind, account, profile, product, fetched, http_status, content_type,"
                " body, state, problem) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(answer.kind, profile.account or "", profile.name, profile.product, answer.fetched),
                    *(answer.http_status, answer.content_type, answer.body),
                    *("unread" if problem else "new", problem),
                ),
            ).lastrowid
            assert number is not None
            return number

    def pending(self, kind: Kind) -> list[int]:
        """The answers that have not been read, the oldest first."""
        return self._numbers(
            "kind = ? AND account = ? AND state != 'read'", kind, self._profile.account or ""
        )

    def all(self, kind: Kind) -> list[int]:
        """All answers, the oldest first."""
        return self._numbers("kind = ? AND account = ?", kind, self._profile.account or "")

    def _numbers(self, condition: str, *values: object) -> list[int]:
        with self._explained():
            rows = self._connection.execute(f"SELECT id FROM answers WHERE {condition} ORDER BY id", values)
            return [number for (number,) in rows]

    def answer(self, number: int) -> Answer:
        """An answer as it came."""
        with self._explained():
            kind, *rest = self._connection.execute(
                "SELECT kind, http_status, content_type, body, fetched, id FROM answers WHERE id = ?",
                (number,),
            ).fetchone()
            return Answer(Kind(kind), *rest)

    def drop(self, answer: Answer) -> None:
        """Forget an answer that has nothing in it."""
        with self._explained(), transaction(self._connection):
            self._connection.execute("DELETE FROM answers WHERE id = ?", (answer.id,))

    def not_read(self, answer: Answer, problem: str) -> bool:
        """Note that an answer could not be read. Whether that is news: neither it nor the same was known."""
        with self._explained(), transaction(self._connection):
            known = self._connection.execute(
                "SELECT id FROM answers WHERE kind = ? AND account = ? AND state = 'unread' AND body = ?",
                (answer.kind, self._profile.account or "", answer.body),
            ).fetchall()
            if known and (answer.id,) not in known:
                self._connection.execute("DELETE FROM answers WHERE id = ?", (answer.id,))
            else:
                self._connection.execute(
                    "UPDATE answers SET state = 'unread', problem = ? WHERE id = ?", (problem, answer.id)
                )
            return not known

    def add(self, answer: Answer, records: Sequence[Record], *, waiting: bool) -> Added:
        """Keep the records of an answer that are new. `waiting`: a command is to be run for each reply."""
        with self._explained():
            numbers: list[int] = []
            body = hashlib.sha256(answer.body).digest()
            matcher = Matcher(self._connection, self._profile.account or "")
            for start in range(0, len(records), _AT_A_TIME):
                with transaction(self._connection):
                    for place in range(start, min(start + _AT_A_TIME, len(records))):
                        record = records[place]
                        digest = self._digest(record, body, place)
                        number = self._insert(answer, record, digest, waiting=waiting)
                        if number is not None:
                            numbers.append(number)
                            matcher.match(number, record)
                    matcher.flush()
            with transaction(self._connection):
                self._connection.execute(
                    "UPDATE answers SET state = 'read', problem = NULL WHERE id = ?", (answer.id,)
                )
            return Added(tuple(numbers), matcher.settled)

    def _digest(self, record: Record, body: bytes, place: int) -> bytes:
        """What two records have in common if they are one."""
        values: tuple[object, ...] = (type(record).__name__, self._profile.account, *_values(record))
        if isinstance(record, MoReply) and not record.time and not record.task_id:
            # Two people may both answer `1`: only the same answer, byte for byte, repeats such a reply.
            values += (body.hex(), place)
        return hashlib.sha256(json.dumps(values, default=str).encode()).digest()

    def _insert(self, answer: Answer, record: Record, digest: bytes, *, waiting: bool) -> int | None:
        status = state = content = None
        if isinstance(record, DeliveryReport):
            status, state = record.status, record.state
        else:
            content = record.content
        inserted = self._connection.execute(
            "INSERT OR IGNORE INTO records (kind, answer, digest, mobile, task_id, status, state, content,"
            " time, moment, extno, extra, waiting) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(answer.kind, answer.id, digest, storable(record.mobile), storable(record.task_id)),
                *(storable(status), state, storable(content), storable(record.time)),
                *(record.moment or answer.fetched, storable(record.extno)),
                *(json.dumps(record.extra, default=str), waiting),
            ),
        )
        return inserted.lastrowid if inserted.rowcount == 1 else None

    def records(self, kind: Kind, wanted: Wanted, *, among: Sequence[int] | None = None) -> Iterator[Record]:
        """The records that are wanted, in the order of their arrival; `among` these numbers, if given."""
        with self._explained():
            yield from select(self._connection, kind, self._profile, wanted, among)

    def bodies(self, kind: Kind) -> Iterator[bytes]:
        """All answers that are kept, as they came."""
        return (self.answer(number).body for number in self.all(kind))

    def waiting(self) -> list[tuple[int, MoReply]]:
        """The replies for which a command has yet to be run, the oldest first."""
        with self._explained():
            rows = self._connection.execute("SELECT id FROM records WHERE waiting ORDER BY id").fetchall()
            found = []
            for (number,) in rows:
                record = next(select(self._connection, Kind.MO, self._profile, Wanted(), [number]))
                assert isinstance(record, MoReply)
                found.append((number, record))
            return found

    def has_run(self, number: int) -> None:
        """A command has been run for a reply."""
        with self._explained(), transaction(self._connection):
            self._connection.execute("UPDATE records SET waiting = 0 WHERE id = ?", (number,))


def _values(record: Record) -> tuple[object, ...]:
    common = (record.mobile, record.task_id, record.time, record.extno, dict(record.extra))
    return (*common, record.status if isinstance(record, DeliveryReport) else record.content)
