"""Selects the records that somebody wants to see."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from kxsms.domain.profile import Profile
from kxsms.domain.records import (
    DeliveryReport,
    DeliveryState,
    MoReply,
    Record,
    RecordFilter,
    RecordKind,
    delivery_state,
)
from kxsms.sqlite import storable, stored

if TYPE_CHECKING:
    import sqlite3

_COLUMNS = "records.id, records.mobile, task_id, status, content, time, records.extno, extra, records.batch"


def select(
    connection: "sqlite3.Connection",
    kind: RecordKind,
    profile: Profile,
    wanted: RecordFilter,
    among: Sequence[int] | None,
) -> Iterator[Record]:
    """The records of a profile's account, in the order of their arrival, `among` these numbers, if given.

    What a status means is asked of the profile as it is now.
    """
    conditions = {
        "records.kind = :kind": kind,
        "records.id >= :first": min(among, default=0) if among is not None else None,
        "records.id <= :last": max(among, default=0) if among is not None else None,
        "answer IN (SELECT id FROM answers WHERE account = :account)": profile.account or "",
        "moment >= :since": wanted.since,
        "moment < :until": wanted.until,
        "records.mobile = :mobile": wanted.mobile,
        "task_id = :task": storable(wanted.task),
        "batch = :batch": wanted.batch,
    }
    chosen = {condition: value for condition, value in conditions.items() if value is not None}
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM records WHERE {' AND '.join(chosen)} ORDER BY records.id",
        {condition.rpartition(":")[2].rstrip(")"): value for condition, value in chosen.items()},
    )
    numbers = None if among is None or _is_gapless(among) else frozenset(among)
    name_of = _Names(connection)
    states: dict[str | None, DeliveryState] = {}
    for row in rows:
        number, mobile, task_id, status, content, time, extno, extra, batch = row
        if numbers is not None and number not in numbers:
            continue
        if bytes in map(type, row):
            mobile, task_id, status, content, time, extno = map(stored, row[1:7])
        name, rest = name_of[batch], _unpack(extra)
        if kind is RecordKind.MO:
            yield MoReply(mobile, content, time, extno, task_id, name, rest)
            continue
        state = states.get(status)
        if state is None:
            state = states[status] = delivery_state(status, profile.states)
        if wanted.state is None or wanted.state is state:
            yield DeliveryReport(task_id, mobile, state, status, time, extno, name, rest)


class _Names(dict[int | None, str | None]):
    """The names of batches by their numbers, each asked for once."""

    def __init__(self, connection: "sqlite3.Connection") -> None:
        super().__init__({None: None})
        self._connection = connection

    def __missing__(self, batch: int | None) -> str | None:
        found = self._connection.execute("SELECT name FROM batches WHERE id = ?", (batch,)).fetchone()
        self[batch] = name = found and str(found[0])
        return name


def _is_gapless(numbers: Sequence[int]) -> bool:
    """Whether these, which differ from each other, are all numbers from the least to the greatest."""
    return bool(numbers) and len(numbers) == max(numbers) - min(numbers) + 1


@lru_cache(maxsize=1024)
def _unpack(extra: str) -> Mapping[str, object]:
    """Many records have the same, be it nothing or a time as it came."""
    found: dict[str, object] = json.loads(extra)
    return found
