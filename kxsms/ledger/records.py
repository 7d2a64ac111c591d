"""The records of one answer, written some thousands at a time: each once, with its recipient."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import islice
from operator import itemgetter

from kxsms.domain.records import AddedRecords, DeliveryReport, FetchedAnswer, MoReply, Record, RecordKind
from kxsms.ledger.counters import counting
from kxsms.ledger.database import Database
from kxsms.ledger.deliveries import Recipient
from kxsms.ledger.forgotten import Forgotten
from kxsms.ledger.forgotten_records import without_forgotten
from kxsms.ledger.matching import Matcher
from kxsms.ledger.origins import FetchedFrom
from kxsms.sqlite import storable

_AT_A_TIME = 10_000
"""Records in one transaction: a batch that is being sent waits no longer than that takes, a tenth of a second
or two. Each transaction writes most pages of the index of digests, so that many small ones would take several
times as long."""

_Values = tuple[str | bytes | float | None, ...]

# The columns that say how a record is understood, which may change with the profile. Rows travel by position
# in this order: access by name would slow down 200,000 reports (`python -m tests.bench reports`).
_UNDERSTOOD = ("mobile", "task_id", "status", "content", "time", "extno", "state", "moment", "extra")
_COLUMNS = ("kind", "answer", "waiting", "id", "digest", "row", "batch", *_UNDERSTOOD)


class RecordWriter:
    """The writing of one answer's records. `waiting`: a command is to be run for each.

    `has_forgotten` says whether a record names a number that was forgotten.

    `note_new` gets the first and the last number of new records, in the transaction that inserts them, and
    `note_known` those of records that were parsed again.
    """

    def __init__(
        self,
        database: Database,
        answer: FetchedAnswer,
        fetched_from: FetchedFrom,
        note_new: Callable[[int, int], None],
        note_known: Callable[[int, int], object],
        *,
        waiting: bool,
    ) -> None:
        self._database = database
        self._answer = answer
        self._from = fetched_from
        self._note_new = note_new
        self._note_known = note_known
        self._waiting = waiting
        self.has_forgotten = False
        self._position = 0
        self._counts: dict[bytes, int] = {}
        self._content = hashlib.sha256()
        self._new: list[int] = []
        self._matcher = Matcher(database, fetched_from)
        database.expect_many()

    def add(self, records: Iterable[Record]) -> AddedRecords:
        """Insert new records, parse known ones again with the current profile, and return the new ones."""
        source = iter(records)
        while some := list(islice(source, _AT_A_TIME)):
            self._add_some(some)
        self._database.expect_few()
        return AddedRecords(tuple(self._new), self._matcher.settled, self._content.digest())

    def _add_some(self, records: Sequence[Record]) -> None:
        digests = [
            self._digest(record, position) for position, record in enumerate(records, start=self._position)
        ]
        self._position += len(records)
        forgotten = Forgotten(self._database)
        if forgotten:
            self._database.overwrite_deleted()
            records, digests, hidden = without_forgotten(forgotten, records, digests)
            self.has_forgotten |= bool(hidden)
        else:
            hidden = []
        self._matcher.stage(records, digests)
        with counting(self._database) as counters:
            numbers, new, matched = self._number(digests)
            found = self._matcher.match(counters, numbers, records, matched)
            values = _understand(records, self._answer.fetched)
            self._insert(
                [(numbers[position], digests[position], values[position]) for position in new], found
            )
            if len(new) < len(records):
                old = sorted(set(range(len(records))).difference(new))
                self._update([(numbers[position], values[position]) for position in old], found)
                again = [numbers[position] for position in old]
                self._note_known(min(again), max(again))
            if self._answer.kind is RecordKind.REPORT:
                self._matcher.settle(counters)
            if new:
                self._note_new(numbers[new[0]], numbers[new[-1]])
            # Now, as the list of opt-outs has read them.
            self._database.executemany(self._EMPTY, ((numbers[position],) for position in hidden))
        self._new += [numbers[position] for position in new]

    _EMPTY = "UPDATE records SET content = '' WHERE id = ? AND kind = 'mo'"

    def _digest(self, record: Record, position: int) -> bytes:
        """Return the digest of a record, which is equal for repetitions, however they are understood.

        Equal records of one answer are several, counted from 0. In another answer, the nth of them is a
        repetition if it has an identity. In the same answer, read again, it always is.
        """
        account = self._answer.spelling or self._from.account
        text = f"{type(record).__name__}\0{account}\0{record.raw}"
        if self._from.origin is not None:
            text = f"{self._from.origin}\0{text}"
        if self._answer.is_old:
            return self._old_digest(text, record, position)
        whole = _sha256(text)
        self._content.update(whole)
        count = self._counts.get(whole, 0)
        self._counts[whole] = count + 1
        if record.has_identity:
            return _sha256(f"{text}\0{count}") if count else whole
        return _sha256(f"{text}\0{count}\0{self._answer.id}\0{self._answer.fetched!r}")

    def _old_digest(self, text: str, record: Record, position: int) -> bytes:
        if isinstance(record, MoReply) and not record.time and not record.task_id:
            text += f"\0{self._body}\0{position}"
        return _sha256(text)

    @cached_property
    def _body(self) -> str:
        return hashlib.sha256(self._answer.body).hexdigest()

    # The staged records that the ledger has already, each with its number and its recipient's row.
    _KNOWN = """
        SELECT position, records.id, records.row
        FROM temp.incoming CROSS JOIN records ON records.digest = incoming.digest
    """

    # The greatest number of a record, of deleted ones too: a process that follows new records remembers it.
    _LAST = "SELECT max(coalesce((SELECT max(id) FROM records), 0), (SELECT id FROM last_record))"

    def _number(self, digests: Sequence[bytes]) -> tuple[list[int], list[int], set[int]]:
        """Number the staged records.

        Return the number of each, which is a new one or that of the same record before; the positions of the
        new ones; and the numbers of those that have a recipient already.
        """
        rows = self._database.rows(self._KNOWN)
        known = {position: number for position, number, _ in rows}
        matched = {number for _, number, row in rows if row is not None}
        last = self._database.value(self._LAST)
        fresh: dict[bytes, int] = {}
        numbers, new = [], []
        for position, digest in enumerate(digests):
            number = known.get(position) or fresh.get(digest)
            if number is None:
                last += 1
                number = fresh[digest] = last
                new.append(position)
            numbers.append(number)
        return numbers, new, matched

    def _insert(self, rows: Sequence[tuple[int, bytes, _Values]], found: Mapping[int, Recipient]) -> None:
        if not rows:
            return
        same = (str(self._answer.kind), self._answer.id, self._waiting)
        no_recipient = (None, None)
        inserted = [
            (*same, number, digest, *(found[number][:2] if number in found else no_recipient), *values)
            for number, digest, values in rows
        ]
        # Only the columns that have values: binding a None takes sqlite3 long.
        used = [
            index
            for index, column in enumerate(zip(*inserted, strict=True))
            if any(value is not None for value in column)
        ]
        columns, marks = ", ".join(itemgetter(*used)(_COLUMNS)), ", ".join("?" * len(used))
        self._database.executemany(
            f"INSERT INTO records ({columns}) VALUES ({marks})", map(itemgetter(*used), inserted)
        )

    _UPDATE = f"UPDATE records SET {', '.join(f'{name} = ?' for name in _UNDERSTOOD)} WHERE id = ?"

    def _update(self, rows: Sequence[tuple[int, _Values]], found: Mapping[int, Recipient]) -> None:
        self._database.executemany(self._UPDATE, ((*values, number) for number, values in rows))
        self._matcher.assign(found, {number for number, _ in rows})


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _understand(records: Sequence[Record], fetched: float) -> list[_Values]:
    """Return the values of each record for the columns of `_UNDERSTOOD`."""
    # Records share equal `extra` fields, and none of them is freed while this runs.
    packed: dict[int, str] = {}
    understood: list[_Values] = []
    for record in records:
        extra = packed.get(id(record.extra))
        if extra is None:
            extra = packed[id(record.extra)] = json.dumps(record.extra, default=str)
        status = state = content = None
        if isinstance(record, DeliveryReport):
            status, state = record.status, str(record.state)
        else:
            content = record.content
        texts = (record.mobile, record.task_id, status, content, record.time, record.extno)
        # Only a text that was escaped like this may hold half a character.
        kept = map(storable, texts) if "\\ud" in record.raw else texts
        understood.append((*kept, state, record.moment or fetched, extra))
    return understood
