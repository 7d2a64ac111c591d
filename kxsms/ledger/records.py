"""Writes down the records of one answer, some thousands at a time: each once, with its recipient."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

from kxsms.domain.records import AddedRecords, DeliveryReport, FetchedAnswer, MoReply, Record, RecordKind
from kxsms.ledger.matching import Matcher, Recipient
from kxsms.sqlite import storable, transaction

if TYPE_CHECKING:
    import sqlite3

_AT_A_TIME = 10_000
"""Records in one transaction: a batch that is being sent waits no longer than that takes, which is a tenth of
a second or two. Each transaction writes most pages of the index of digests anew, so that many small ones
cost a multiple of a few large ones."""

_CACHE_KIB = 16 * 1024
"""Of SQLite's pages: an answer's digests lie all over their index."""

# What is understood of a record, and may be understood otherwise another time.
_UNDERSTOOD = ("mobile", "task_id", "status", "content", "time", "extno", "state", "moment", "extra")
_COLUMNS = ("kind", "answer", "waiting", "id", "digest", "row", "batch", *_UNDERSTOOD)
_Values = tuple[str | bytes | float | None, ...]
_UPDATE = f"UPDATE records SET {', '.join(f'{name} = ?' for name in _UNDERSTOOD)} WHERE id = ?"


class RecordWriter:
    """The records of one answer to one account. `waiting`: a command is to be run for each of them."""

    def __init__(
        self, connection: "sqlite3.Connection", answer: FetchedAnswer, account: str, *, waiting: bool
    ) -> None:
        self._connection = connection
        self._answer = answer
        self._account = account
        self._waiting = int(waiting and answer.kind is RecordKind.MO)
        self._place = 0
        self._new: list[int] = []
        self._matcher = Matcher(connection, account)
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")

    def file(self, records: Iterable[Record]) -> AddedRecords:
        """Keep those that are new, understand the others in the way of now; what was new."""
        source = iter(records)
        while some := list(islice(source, _AT_A_TIME)):
            self._file_some(some)
        self._connection.execute("PRAGMA shrink_memory")
        return AddedRecords(tuple(self._new), self._matcher.settled)

    def _file_some(self, records: Sequence[Record]) -> None:
        digests = [self._digest(record, place) for place, record in enumerate(records, start=self._place)]
        self._place += len(records)
        self._matcher.stage(records, digests)
        with transaction(self._connection):
            numbers, new, matched = self._number(digests)
            found = self._matcher.match(numbers, records, matched)
            values = _understand(records, self._answer.fetched)
            self._insert([(numbers[place], digests[place], values[place]) for place in new], found)
            if len(new) < len(records):
                old = set(range(len(records))).difference(new)
                self._update([(numbers[place], values[place]) for place in sorted(old)], found)
            self._matcher.flush()
        self._new += [numbers[place] for place in new]

    def _digest(self, record: Record, place: int) -> bytes:
        """What two records have in common if they are one, however they are understood."""
        text = f"{type(record).__name__}\0{self._account}\0{record.raw}"
        if isinstance(record, MoReply) and not record.time and not record.task_id:
            # Two people may both answer `1`: only the same answer, byte for byte, repeats such a reply.
            text += f"\0{self._body}\0{place}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()

    @cached_property
    def _body(self) -> str:
        return hashlib.sha256(self._answer.body).hexdigest()

    def _number(self, digests: Sequence[bytes]) -> tuple[list[int], list[int], set[int]]:
        """The numbers of the staged records, a new one or that of the same record before; the places of the
        new ones; and the numbers of those that have a recipient already."""
        rows = self._connection.execute(
            "SELECT place, records.id, records.row FROM temp.come"
            " CROSS JOIN records ON records.digest = come.digest"
        ).fetchall()
        known = {place: number for place, number, _ in rows}
        matched = {number for _, number, row in rows if row is not None}
        (last,) = self._connection.execute("SELECT coalesce(max(id), 0) FROM records").fetchone()
        fresh: dict[bytes, int] = {}
        numbers, new = [], []
        for place, digest in enumerate(digests):
            number = known.get(place) or fresh.get(digest)
            if number is None:
                last += 1
                number = fresh[digest] = last
                new.append(place)
            numbers.append(number)
        return numbers, new, matched

    def _insert(self, rows: Sequence[tuple[int, bytes, _Values]], found: Mapping[int, Recipient]) -> None:
        if not rows:
            return
        same = (str(self._answer.kind), self._answer.id, self._waiting)
        nobody = (None, None)
        inserted = [
            (*same, number, digest, *(found[number][:2] if number in found else nobody), *values)
            for number, digest, values in rows
        ]
        # A column in which nobody has anything is left out: a None takes sqlite3 long to bind.
        used = [
            place
            for place, column in enumerate(zip(*inserted, strict=True))
            if any(value is not None for value in column)
        ]
        columns = ", ".join(itemgetter(*used)(_COLUMNS))
        self._connection.executemany(
            f"INSERT INTO records ({columns}) VALUES ({', '.join('?' * len(used))})",
            map(itemgetter(*used), inserted),
        )

    def _update(self, rows: Sequence[tuple[int, _Values]], found: Mapping[int, Recipient]) -> None:
        self._connection.executemany(_UPDATE, ((*values, number) for number, values in rows))
        self._matcher.assign(found, {number for number, _ in rows})


def _understand(records: Sequence[Record], fetched: float) -> list[_Values]:
    """What the ledger says of each record in the columns of `_UNDERSTOOD`."""
    # Records share what they have in common, and are all there while this runs.
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
        # Only what is escaped like this may hold half a character.
        kept = map(storable, texts) if "\\ud" in record.raw else texts
        understood.append((*kept, state, record.moment or fetched, extra))
    return understood
