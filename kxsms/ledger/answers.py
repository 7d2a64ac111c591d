"""The answers that the gateway handed out, byte for byte, and the records that were read from them.

An answer is on the disk before it is parsed. Its records follow in transactions of their own, each once,
however often the answer is read. A crash between the two leaves an answer that is read the next time.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

from kxsms import __version__
from kxsms.domain.profile import Profile
from kxsms.domain.records import (
    AddedRecords,
    FetchedAnswer,
    Record,
    RecordFilter,
    RecordKind,
)
from kxsms.ledger.counters import counting
from kxsms.ledger.database import Database
from kxsms.ledger.deliveries import apply_state
from kxsms.ledger.forgotten_records import note_read
from kxsms.ledger.keeping import keep, unread_like
from kxsms.ledger.matching import match_again
from kxsms.ledger.opt_outs import OptOuts
from kxsms.ledger.origins import FetchedFrom, same_origin
from kxsms.ledger.receivers import Receiver
from kxsms.ledger.record_queries import select
from kxsms.ledger.records import RecordWriter
from kxsms.ledger.runs import Runs
from kxsms.ledger.unshown import Unshown
from kxsms.sqlite import storable

_READER = 3
"""The way in which kxsms looks for records. A greater number lets it try again where it found none."""

_LATE_SECONDS = 7 * 24 * 3600.0
"""The time in which a report may be matched whose request was not known when it was fetched."""

_HERE = same_origin("answers")


class KeptAnswers:
    """The answers and records of one account at one gateway.

    `runs`: the commands that run for new records. Every method raises Failure where the ledger cannot be
    used.
    """

    def __init__(self, database: Database, receiver: Receiver, profile: Profile) -> None:
        self._database = database
        self._receiver = receiver
        self._profile = profile
        self._account = profile.account or ""
        self._here = FetchedFrom(profile.origin, self._account, profile.product, profile.exclusive)
        self._unshown = Unshown(database, receiver, self._here)
        self.runs = Runs(database, receiver, profile)

    def keep(self, answer: FetchedAnswer, problem: str | None = None) -> int:
        """Write an answer to the disk, byte for byte, and return its number. Raise as `keeping.keep` does.

        `problem` says why it cannot be read, if it cannot. Then one that equals it is kept once.
        """
        values = {
            "kind": answer.kind,
            "origin": self._profile.origin,
            "account": self._account,
            "profile": self._profile.name,
            "product": self._profile.product,
            "fetched": answer.fetched,
            "http_status": answer.http_status,
            "content_type": answer.content_type,
            "state": "unread" if problem else "new",
            "problem": problem,
            "tried": self._way_to_read if problem else None,
        }
        return keep(self._database, values, answer.body)

    def _unread_like(self, answer: FetchedAnswer) -> list[int]:
        values = {"kind": answer.kind, "account": self._account, "origin": self._profile.origin}
        return unread_like(self._database, values, answer.body)

    @property
    def _way_to_read(self) -> str:
        """Return the settings that decide how answers are read: a second attempt needs a change of them."""
        profile = self._profile
        return repr((__version__, _READER, sorted(profile.fields.items()), sorted(profile.empty_codes)))

    # The answers that were not read, or not in the way in which they would be read now; the oldest first.
    _PENDING = f"""
        SELECT id FROM answers
        WHERE kind = :kind AND account = :account AND {_HERE} AND state != 'read' AND tried IS NOT :tried
        ORDER BY id
    """

    def pending(self, kind: RecordKind) -> list[int]:
        """Return the answers that have yet to be read, or may be readable now; the oldest first."""
        return self._numbers(self._PENDING, kind=kind, tried=self._way_to_read)

    _UNREAD = f"""
        SELECT id FROM answers WHERE kind = :kind AND account = :account AND {_HERE} AND state = 'unread'
    """

    def unread(self, kind: RecordKind) -> int:
        """Return how many answers cannot be read."""
        return len(self._numbers(self._UNREAD, kind=kind))

    _OF_KIND = f"SELECT id FROM answers WHERE kind = :kind AND account = :account AND {_HERE} ORDER BY id"

    def all(self, kind: RecordKind) -> list[int]:
        """Return all answers, the oldest first."""
        return self._numbers(self._OF_KIND, kind=kind)

    def _numbers(self, statement: str, **values: object) -> list[int]:
        values |= {"account": self._account, "origin": self._profile.origin}
        return [row["id"] for row in self._database.rows(statement, values)]

    _ANSWER = """
        SELECT kind, http_status, content_type, body, fetched, id, is_old, spelling FROM answers WHERE id = ?
    """

    def answer(self, number: int) -> FetchedAnswer | None:
        """Return an answer byte for byte, or None if another process has dropped it as empty."""
        row = self._database.row(self._ANSWER, (number,))
        if row is None:
            return None
        return FetchedAnswer(**{**row, "kind": RecordKind(row["kind"]), "is_old": bool(row["is_old"])})

    def drop(self, answer: FetchedAnswer) -> None:
        """Delete an answer that holds no record."""
        with self._database.transaction():
            self._delete(answer)

    def _delete(self, answer: FetchedAnswer) -> None:
        self._database.execute("DELETE FROM answers WHERE id = ?", (answer.id,))

    _NOT_READ = "UPDATE answers SET state = 'unread', problem = ?, tried = ? WHERE id = ?"

    def not_read(self, answer: FetchedAnswer, problem: str) -> bool:
        """Note that an answer could not be read. Return whether that is new for it and for equal ones."""
        with self._database.transaction():
            known = self._unread_like(answer)
            if known and answer.id not in known:
                self._delete(answer)
            else:
                self._database.execute(self._NOT_READ, (problem, self._way_to_read, answer.id))
            return not known

    _FETCHED_FROM = "SELECT origin, account, product FROM answers WHERE id = ?"

    def add(self, answer: FetchedAnswer, records: Iterable[Record]) -> AddedRecords:
        """Keep the new records of an answer."""
        row = self._database.row(self._FETCHED_FROM, (answer.id,))
        fetched_from = self._here if row is None else self._here._replace(**row)
        opt_outs, waiting = OptOuts(self._database, self._profile), self.runs.are_awaited(answer.kind)

        def note_new(first: int, last: int) -> None:
            self._unshown.add(answer.kind, first, last)
            opt_outs.add_replies(first, last, are_new=True)

        writer = RecordWriter(
            self._database, answer, fetched_from, note_new, opt_outs.add_replies, waiting=waiting
        )
        added = writer.add(records)
        note_read(self._database, answer.id, has_forgotten=writer.has_forgotten)
        return added

    # Whether any call of this account is known to have had code 0: one that brought records, or a send.
    _HAS_SUCCEEDED = """
        SELECT EXISTS (SELECT 1 FROM answers WHERE account = :account AND state = 'read')
            OR EXISTS (SELECT 1 FROM batches WHERE account = :account AND accepted > 0)
    """

    def has_succeeded(self) -> bool:
        """Return whether the gateway has accepted this account and its token before."""
        return bool(self._database.value(self._HAS_SUCCEEDED, {"account": self._account}))

    def match_again(self) -> Mapping[str, int]:
        """Match reports whose request was not known when kxsms fetched them.

        Return how many unknown recipients that settled, by batch.
        """
        return match_again(self._database, self._here, self._database.now() - _LATE_SECONDS)

    def apply_states(self) -> None:
        """Give deliveries the states that the profile's own table now gives their status."""
        with counting(self._database) as counters:
            for status, state in self._profile.states.items():
                values = {"status": storable(status), "state": state}
                values |= {"account": self._account, "origin": self._profile.origin}
                apply_state(self._database, counters, values)

    def records(
        self, kind: RecordKind, wanted: RecordFilter, *, among: Sequence[int] | None = None
    ) -> Generator[tuple[int, Record], None, None]:
        """Yield the wanted records with their numbers, in this order; `among` these numbers, if given."""
        yield from select(self._database, kind, self._profile, wanted, among)

    def unshown(self, kind: RecordKind) -> list[int]:
        """Return the numbers of the records that this process has to write out: see `Unshown`."""
        return self._unshown.claim(kind)

    def written(self, kind: RecordKind, numbers: Iterable[int]) -> None:
        """Note that records have been written out."""
        self._unshown.remove(kind, numbers)

    def take_turn(self, kind: RecordKind, seconds: float) -> bool:
        """Wait, at most so long, while another process fetches. Return False if it still does."""
        return self._database.surely(lambda: self._receiver.take_turn(self._here, kind, seconds))

    def end_turn(self, kind: RecordKind) -> None:
        """Let another process fetch."""
        self._receiver.end_turn(self._here, kind)

    def bodies(self, kind: RecordKind) -> Iterator[bytes]:
        """Yield all answers that are kept, byte for byte."""
        answers = map(self.answer, self.all(kind))
        return (answer.body for answer in answers if answer is not None and answer.body)

    # The answers of the records from one number to another.
    _ANSWERS_OF = "SELECT id, answer FROM records WHERE id BETWEEN :first AND :last"

    def bodies_of(self, numbers: Sequence[int]) -> Iterator[bytes]:
        """Yield the answers that hold records with these numbers, byte for byte."""
        wanted = frozenset(numbers)
        values = {"first": min(numbers, default=0), "last": max(numbers, default=-1)}
        rows = self._database.rows(self._ANSWERS_OF, values)
        answers = map(self.answer, sorted({row["answer"] for row in rows if row["id"] in wanted}))
        return (answer.body for answer in answers if answer is not None)
