"""Records that a version kept that took equal records for one: they count as shown, and stay the same."""

import hashlib
import json
import sqlite3
from contextlib import closing

import pytest

from kxsms.ledger.schema import MIGRATIONS
from tests.conftest import Run
from tests.inbox.records_gateway import EMPTY, RecordsGateway, a_reply, body_of, fetch, query_ledger
from tests.ledger.scene import ledger_file

_EARLIER = 2
"""Migrations of that version."""
TIMED, TIMELESS = a_reply(), a_reply(time=None)
BODY = body_of(TIMED, TIMED, TIMELESS, TIMELESS)


def digest(reply: dict[str, str], position: int | None = None) -> bytes:
    """Return the digest that the earlier version gave to a reply, to one without a time by its position."""
    text = f"MoReply\x0012345\0{json.dumps(reply, sort_keys=True)}"
    if position is not None:
        text += f"\0{hashlib.sha256(BODY.encode()).hexdigest()}\0{position}"
    return hashlib.sha256(text.encode()).digest()


@pytest.fixture(autouse=True)
def earlier_ledger() -> None:
    """Write a ledger as the earlier version left it after it had read one answer."""
    path = ledger_file()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in (statement for migration in MIGRATIONS[:_EARLIER] for statement in migration):
            connection.execute(statement)
        connection.execute("PRAGMA application_id = 0x6B78736D")
        connection.execute(f"PRAGMA user_version = {_EARLIER}")
        connection.execute(
            "INSERT INTO answers"
            " (id, kind, account, product, fetched, http_status, content_type, body, state)"
            " VALUES (1, 'mo', '12345', 'sms', 1795312800.0, 200, 'application/json', ?, 'read')",
            (BODY.encode(),),
        )
        connection.executemany(
            "INSERT INTO records (kind, answer, digest, mobile, content, moment, extra)"
            " VALUES ('mo', 1, ?, '13800000001', '1', 1795312800.0, '{}')",
            [(digest(TIMED),), (digest(TIMELESS, 2),), (digest(TIMELESS, 3),)],
        )
    path.chmod(0o600)


def test_they_count_as_shown(run: Run, gateway: RecordsGateway) -> None:
    assert fetch(run, command="mo") == []


def test_a_second_reading_of_their_answer_adds_nothing(run: Run, gateway: RecordsGateway) -> None:
    assert fetch(run, "--reparse", command="mo") == []
    assert query_ledger("SELECT count(*) FROM records") == [(3,)]


def test_a_repetition_of_one_with_a_time_adds_nothing(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(body_of(TIMED), EMPTY)
    assert fetch(run, command="mo") == []


def test_an_equal_reply_without_a_time_is_new(run: Run, gateway: RecordsGateway) -> None:
    gateway.prepare(BODY, EMPTY)
    assert len(fetch(run, command="mo")) == 3
    assert fetch(run, "--reparse", command="mo") == []
