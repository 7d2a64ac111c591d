"""The selection of the records that a user wants to see."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from kxsms.domain.opt_out import OptOutKeywords
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
from kxsms.ledger.database import Database
from kxsms.ledger.forgotten import Forgotten
from kxsms.ledger.origins import same_origin
from kxsms.sqlite import storable, stored

# The records that fulfil the conditions, in the order in which kxsms fetched them. A pseudonym is not shown.
_SELECT = """
    SELECT id, CASE WHEN substr(mobile, 1, 1) != '-' THEN mobile END AS mobile, task_id, status, content,
        time, extno, extra, batch, moment
    FROM records WHERE {conditions} ORDER BY id
"""
_CONDITIONS = {
    "kind": "kind = :kind",
    "first": "id >= :first",
    "last": "id <= :last",
    "account": f"answer IN (SELECT id FROM answers WHERE account = :account AND {same_origin('answers')})",
    "since": "moment >= :since",
    "until": "moment < :until",
    "mobile": "mobile IN (:mobile, :pseudonym)",
    "task": "task_id = :task",
    "batch": "batch = :batch",
}
"""The condition for each value. Values that are None have none, so that SQLite can use its indexes."""


def select(
    database: Database,
    kind: RecordKind,
    profile: Profile,
    wanted: RecordFilter,
    among: Sequence[int] | None,
) -> Iterator[tuple[int, Record]]:
    """Yield the records of a profile's account with their numbers, in this order; `among` these, if given.

    The state of a report is the one that the profile now gives to its status; a reply is an opt-out by the
    keywords that the profile now has.
    """
    values = _values(database, kind, profile, wanted, among)
    conditions = " AND ".join(
        condition for name, condition in _CONDITIONS.items() if values[name] is not None
    )
    numbers = None if among is None or _is_gapless(among) else frozenset(among)
    name_of = _Names(database)
    keywords = OptOutKeywords(profile.opt_out_keywords)
    states: dict[str | None, DeliveryState] = {}
    # By position: 200,000 reports pay for each access to a column by its name.
    for row in database.stream(_SELECT.format(conditions=conditions), values):
        number, mobile, task_id, status, content, time, extno, extra, batch, moment = row
        if numbers is not None and number not in numbers:
            continue
        if bytes in map(type, row):
            mobile, task_id, status, content, time, extno = map(
                stored, (mobile, task_id, status, content, time, extno)
            )
        name, rest = name_of[batch], _unpack(extra)
        if kind is RecordKind.MO:
            opted_out = keywords.match(content)
            reply = MoReply(mobile, content, time, extno, task_id, name, rest, moment, opted_out=opted_out)
            yield number, reply
            continue
        state = states.get(status)
        if state is None:
            state = states[status] = delivery_state(status, profile.states)
        if wanted.state is None or wanted.state is state:
            yield number, DeliveryReport(task_id, mobile, state, status, time, extno, name, rest, moment)


def _values(
    database: Database,
    kind: RecordKind,
    profile: Profile,
    wanted: RecordFilter,
    among: Sequence[int] | None,
) -> dict[str, object]:
    """Return the values of the conditions, None for those that do not apply."""
    return {
        "kind": kind,
        "first": min(among, default=0) if among is not None else None,
        "last": max(among, default=0) if among is not None else None,
        "account": profile.account or "",
        "origin": profile.origin,
        "since": wanted.since,
        "until": wanted.until,
        "mobile": wanted.mobile,
        "pseudonym": _pseudonym(database, wanted.mobile),
        "task": storable(wanted.task),
        "batch": wanted.batch,
    }


def _pseudonym(database: Database, mobile: str | None) -> str | None:
    """Return the text under which the records of a number are kept since it was forgotten."""
    found = None if mobile is None else Forgotten(database).pseudonym(int(mobile))
    return None if found is None else str(found)


class _Names(dict[int | None, str | None]):
    """The names of batches by their numbers, each read once."""

    def __init__(self, database: Database) -> None:
        super().__init__({None: None})
        self._database = database

    def __missing__(self, batch: int | None) -> str | None:
        name: str | None = self._database.value("SELECT name FROM batches WHERE id = ?", (batch,))
        self[batch] = name
        return name


def _is_gapless(numbers: Sequence[int]) -> bool:
    """Return whether distinct numbers are all those from the least to the greatest."""
    return bool(numbers) and len(numbers) == max(numbers) - min(numbers) + 1


@lru_cache(maxsize=1024)
def _unpack(extra: str) -> Mapping[str, object]:
    """Return the further fields of a record. Many records have equal ones."""
    found: dict[str, object] = json.loads(extra)
    return found
