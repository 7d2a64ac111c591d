"""The records of forgotten numbers, as they come from the gateway."""

import json
from collections.abc import Mapping, Sequence

from kxsms.domain.records import Record
from kxsms.domain.traces import Traces
from kxsms.ledger.database import Database
from kxsms.ledger.forgotten import Forgotten


def without_forgotten(
    forgotten: Forgotten, records: Sequence[Record], digests: Sequence[bytes]
) -> tuple[list[Record], list[bytes], list[int]]:
    """Return records and digests with the pseudonyms of forgotten numbers, and the positions of these."""
    changed, keyed, hidden = list(records), list(digests), []
    for position, record in enumerate(records):
        mobile = forgotten.number_in(record.mobile)
        if mobile is None:
            continue
        keyed[position] = forgotten.digest(digests[position])
        name = forgotten.name(mobile)
        if name != mobile:
            extra = _removed(Traces(str(mobile)), record.extra)
            changed[position] = record._replace(mobile=str(name), extra=extra)
            hidden.append(position)
    return changed, keyed, hidden


def _removed(traces: Traces, extra: Mapping[str, object]) -> Mapping[str, object]:
    """Return the further fields of a record without a number."""
    found: Mapping[str, object] = json.loads(str(traces.removed(json.dumps(extra, default=str))))
    return found


_READ = "UPDATE answers SET state = 'read', problem = NULL WHERE id = ?"
_EMPTY = "UPDATE answers SET body = x'' WHERE id = ?"


def note_read(database: Database, answer: int | None, *, has_forgotten: bool) -> None:
    """Note that an answer was read. One that names a forgotten number loses its bytes: its records stay."""
    with database.transaction():
        database.execute(_READ, (answer,))
        if has_forgotten:
            database.execute(_EMPTY, (answer,))
