"""Statements that wait for the next one, in a ledger in PostgreSQL."""

import os
from collections.abc import Iterator
from contextlib import suppress

import psycopg
import pytest

from kxsms.domain.ledger_place import postgres_place
from kxsms.ledger.postgres.database import PostgresDatabase

_ADD = "UPDATE turns SET turn = turn + ?"
_READ = "SELECT turn FROM turns"


@pytest.fixture
def database(postgres_url: str) -> Iterator[PostgresDatabase]:
    """Yield a new ledger."""
    schema = psycopg.conninfo.conninfo_to_dict(postgres_url)["user"]
    place = postgres_place(f"{postgres_url}&schema={schema}", os.environ)
    with PostgresDatabase(place, writable=True) as opened:
        yield opened


def test_what_waits_is_run_before_the_next_statement(database: PostgresDatabase) -> None:
    with database.transaction():
        database.execute_later(_ADD, (1,))
        assert database.value(_READ) == 1


def test_what_waits_is_committed(database: PostgresDatabase) -> None:
    with database.transaction():
        database.execute_later(_ADD, (2,))
        database.execute_later(_ADD, (3,))
    assert database.value(_READ) == 5


def test_what_waits_is_rolled_back(database: PostgresDatabase) -> None:
    with suppress(ZeroDivisionError), database.transaction():
        database.execute_later(_ADD, (1,))
        raise ZeroDivisionError
    assert database.value(_READ) == 0


def test_what_waits_outside_a_transaction_waits_for_nothing(database: PostgresDatabase) -> None:
    database.execute_later(_ADD, (1,))
    assert database.value(_READ) == 1


def test_what_waits_is_run_before_rows_are_streamed(database: PostgresDatabase) -> None:
    with database.transaction():
        database.execute_later(_ADD, (1,))
        assert [tuple(row) for row in database.stream(_READ)] == [(1,)]


def test_the_changed_rows_of_many_statements_are_counted(database: PostgresDatabase) -> None:
    values = [(1, number) for number in range(1_001)]
    assert database.executemany("UPDATE turns SET turn = turn + ? WHERE turn = ?", values) == 1_001
    assert database.value(_READ) == 1_001


def test_a_percent_sign_is_streamed_as_it_is(database: PostgresDatabase) -> None:
    rows = database.stream("SELECT CAST(:text AS TEXT)", {"text": "50% off, %s"})
    assert [tuple(row) for row in rows] == [("50% off, %s",)]


def test_of_equal_rows_that_are_added_the_first_is_kept(database: PostgresDatabase) -> None:
    database.execute("CREATE TEMP TABLE things (name TEXT PRIMARY KEY, place INTEGER)")
    add = "INSERT OR IGNORE INTO temp.things (name, place) VALUES (?, ?)"
    with database.temporary():
        assert database.executemany(add, [("b", 1), ("a", 2), ("b", 3)]) == 2
        assert database.executemany(add, [("a", 4), ("c", 5)]) == 1
    rows = database.rows("SELECT name, place FROM temp.things ORDER BY name")
    assert [tuple(row) for row in rows] == [("a", 2), ("b", 1), ("c", 5)]
