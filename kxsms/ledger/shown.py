"""Selects the records that somebody wants to see."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kxsms.domain.profile import Profile
from kxsms.domain.records import DeliveryReport, Kind, MoReply, Record, Wanted, delivery_state
from kxsms.sqlite import stored

if TYPE_CHECKING:
    import sqlite3

_COLUMNS = (
    "records.id, records.mobile, task_id, status, content, time, records.extno, extra,"
    " (SELECT name FROM batches WHERE batches.id = records.batch)"
)


def select(
    connection: "sqlite3.Connection",
    kind: Kind,
    profile: Profile,
    wanted: Wanted,
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
        "task_id = :task": wanted.task,
        "batch = :batch": wanted.batch,
    }
    chosen = {condition: value for condition, value in conditions.items() if value is not None}
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM records WHERE {' AND '.join(chosen)} ORDER BY records.id",
        {condition.rpartition(":")[2].rstrip(")"): value for condition, value in chosen.items()},
    )
    numbers = None if among is None else frozenset(among)
    for number, *values, extra, batch in rows:
        if numbers is not None and number not in numbers:
            continue
        mobile, task_id, status, content, time, extno = map(stored, values)
        if kind is Kind.MO:
            yield MoReply(mobile, content, time, extno, task_id, batch, json.loads(extra))
            continue
        state = delivery_state(status, profile.states)
        if wanted.state is None or wanted.state is state:
            yield DeliveryReport(task_id, mobile, state, status, time, extno, batch, json.loads(extra))
