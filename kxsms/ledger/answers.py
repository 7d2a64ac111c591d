"""What the gateway has handed out: answers as they came, and the records that were read from them.

An answer is committed before anybody looks into it. Its records follow in transactions of their own, each
record once however often it comes; a crash between the two leaves an answer that is read the next time.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from kxsms import __version__
from kxsms.domain.profile import Profile
from kxsms.domain.records import (
    AddedRecords,
    DeliveryState,
    FetchedAnswer,
    MoReply,
    Record,
    RecordFilter,
    RecordKind,
)
from kxsms.ledger.matching import Matcher
from kxsms.ledger.record_queries import select
from kxsms.ledger.records import RecordWriter
from kxsms.sqlite import transaction

if TYPE_CHECKING:
    import sqlite3

_LATE_SECONDS = 7 * 24 * 3600.0
"""How long a report whose request is not known may yet find it."""


class KeptAnswers:
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

    def keep(self, answer: FetchedAnswer, problem: str | None = None) -> int:
        """Write an answer down, as it came; its number. `problem`: why it cannot be read."""
        profile = self._profile
        with self._explained(), transaction(self._connection):
            if problem is not None and (known := self._unread_like(answer)):
                return known[0]
            number = self._connection.execute(
                "INSERT INTO answers (kind, account, profile, product, fetched, http_status, content_type,"
                " body, state, problem, tried) VALUES (?, ?, ?, ?, ?, ?, ?, zeroblob(?), ?, ?, ?)",
                (
                    *(answer.kind, profile.account or "", profile.name, profile.product, answer.fetched),
                    *(answer.http_status, answer.content_type, len(answer.body)),
                    *(("unread", problem, self._way_to_read) if problem else ("new", None, None)),
                ),
            ).lastrowid
            assert number is not None
            # As a parameter it would be copied, and its copy kept.
            with self._connection.blobopen("answers", "body", number) as body:
                body.write(answer.body)
            return number

    def _unread_like(self, answer: FetchedAnswer) -> list[int]:
        rows = self._connection.execute(
            "SELECT id FROM answers WHERE kind = ? AND account = ? AND state = 'unread' AND body = ?",
            (answer.kind, self._profile.account or "", answer.body),
        )
        return [number for (number,) in rows]

    @property
    def _way_to_read(self) -> str:
        """What a second attempt at an answer would have to differ in to be worth it."""
        profile = self._profile
        return repr((__version__, sorted(profile.fields.items()), sorted(profile.empty_codes)))

    def pending(self, kind: RecordKind) -> list[int]:
        """The answers that have not been read, or not in the way of now; the oldest first."""
        return self._numbers(
            "kind = ? AND account = ? AND state != 'read' AND tried IS NOT ?",
            *(kind, self._profile.account or "", self._way_to_read),
        )

    def unread(self, kind: RecordKind) -> int:
        """How many answers cannot be read."""
        return len(
            self._numbers("kind = ? AND account = ? AND state = 'unread'", kind, self._profile.account or "")
        )

    def all(self, kind: RecordKind) -> list[int]:
        """All answers, the oldest first."""
        return self._numbers("kind = ? AND account = ?", kind, self._profile.account or "")

    def _numbers(self, condition: str, *values: object) -> list[int]:
        with self._explained():
            rows = self._connection.execute(f"SELECT id FROM answers WHERE {condition} ORDER BY id", values)
            return [number for (number,) in rows]

    def answer(self, number: int) -> FetchedAnswer | None:
        """An answer as it came; None if another process has found nothing in it meanwhile."""
        with self._explained():
            row = self._connection.execute(
                "SELECT kind, http_status, content_type, body, fetched, id FROM answers WHERE id = ?",
                (number,),
            ).fetchone()
            return FetchedAnswer(RecordKind(row[0]), *row[1:]) if row else None

    def drop(self, answer: FetchedAnswer) -> None:
        """Forget an answer that has nothing in it."""
        with self._explained(), transaction(self._connection):
            self._connection.execute("DELETE FROM answers WHERE id = ?", (answer.id,))

    def not_read(self, answer: FetchedAnswer, problem: str) -> bool:
        """Note that an answer could not be read. Whether that is news: neither it nor the same was known."""
        with self._explained(), transaction(self._connection):
            known = self._unread_like(answer)
            if known and answer.id not in known:
                self._connection.execute("DELETE FROM answers WHERE id = ?", (answer.id,))
            else:
                self._connection.execute(
                    "UPDATE answers SET state = 'unread', problem = ?, tried = ? WHERE id = ?",
                    (problem, self._way_to_read, answer.id),
                )
            return not known

    def add(self, answer: FetchedAnswer, records: Iterable[Record], *, waiting: bool) -> AddedRecords:
        """Keep the records of an answer that are new. `waiting`: a command is to be run for each reply."""
        with self._explained():
            filing = RecordWriter(self._connection, answer, self._profile.account or "", waiting=waiting)
            added = filing.file(records)
            with transaction(self._connection):
                self._connection.execute(
                    "UPDATE answers SET state = 'read', problem = NULL WHERE id = ?", (answer.id,)
                )
            return added

    def match_again(self) -> Mapping[str, int]:
        """Match the late reports whose request was not known yet when they came; whom that has settled."""
        with self._explained():
            matcher = Matcher(self._connection, self._profile.account or "")
            matcher.match_again(time.time() - _LATE_SECONDS)
            return matcher.settled

    def apply_states(self) -> None:
        """Let deliveries mean what their status means to the profile now."""
        with self._explained(), transaction(self._connection):
            matcher = Matcher(self._connection, self._profile.account or "")
            for status, state in self._profile.states.items():
                matcher.apply_states(status, DeliveryState(state))
            matcher.flush()

    def records(
        self, kind: RecordKind, wanted: RecordFilter, *, among: Sequence[int] | None = None
    ) -> Iterator[Record]:
        """The records that are wanted, in the order of their arrival; `among` these numbers, if given."""
        with self._explained():
            yield from select(self._connection, kind, self._profile, wanted, among)

    def bodies(self, kind: RecordKind) -> Iterator[bytes]:
        """All answers that are kept, as they came."""
        answers = map(self.answer, self.all(kind))
        return (answer.body for answer in answers if answer is not None)

    def waiting(self) -> list[tuple[int, MoReply]]:
        """The replies for which a command has yet to be run, the oldest first."""
        with self._explained():
            rows = self._connection.execute(
                "SELECT id FROM records WHERE waiting"
                " AND answer IN (SELECT id FROM answers WHERE account = ?) ORDER BY id",
                (self._profile.account or "",),
            ).fetchall()
            found = []
            for (number,) in rows:
                record = next(
                    select(self._connection, RecordKind.MO, self._profile, RecordFilter(), [number])
                )
                assert isinstance(record, MoReply)
                found.append((number, record))
            return found

    def has_run(self, number: int) -> None:
        """A command has been run for a reply."""
        with self._explained(), transaction(self._connection):
            self._connection.execute("UPDATE records SET waiting = 0 WHERE id = ?", (number,))
