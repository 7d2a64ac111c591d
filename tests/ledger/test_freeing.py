"""The space of deleted entries is given back, to a ledger of an older version too if it is small."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kxsms.ledger.sqlite.database import SqliteDatabase

pytestmark = pytest.mark.sqlite

TEXT = "【科迅】秘密" * 20
ROWS = 5_000


def fill(database: SqliteDatabase) -> None:
    rows = ((number, number, TEXT) for number in range(ROWS))
    with database.transaction():
        database.executemany("INSERT INTO rows (id, row, fields) VALUES (?, ?, ?)", rows)


def empty(database: SqliteDatabase) -> None:
    database.overwrite_deleted()
    database.execute("DELETE FROM rows")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


@pytest.fixture
def database(path: Path) -> Iterator[SqliteDatabase]:
    with SqliteDatabase(path, writable=True) as opened:
        fill(opened)
        yield opened


@pytest.fixture
def older(path: Path) -> Iterator[SqliteDatabase]:
    """Yield a ledger that an older version of kxsms created."""
    with SqliteDatabase(path, writable=True) as opened:
        opened.execute("PRAGMA journal_mode = DELETE")
        opened.execute("PRAGMA auto_vacuum = NONE")
        opened.execute("VACUUM")
    with SqliteDatabase(path, writable=True) as opened:
        fill(opened)
        yield opened


def content(path: Path) -> bytes:
    return b"".join(part.read_bytes() for part in path.parent.glob("ledger.sqlite3*"))


def test_a_ledger_shrinks(database: SqliteDatabase, path: Path) -> None:
    empty(database)
    before = database.size()
    assert database.give_back()
    assert path.stat().st_size < before / 5


def test_what_was_deleted_is_in_no_file(database: SqliteDatabase, path: Path) -> None:
    assert TEXT.encode() in content(path)
    empty(database)
    database.give_back()
    assert "秘密".encode() not in content(path)


def test_the_rest_is_still_there(database: SqliteDatabase) -> None:
    database.overwrite_deleted()
    database.execute("DELETE FROM rows WHERE id % 10 != 0")
    database.give_back()
    assert database.value("SELECT count(*) FROM rows WHERE fields = ?", (TEXT,)) == ROWS / 10
    assert database.value("PRAGMA integrity_check") == "ok"


def test_a_small_older_ledger_is_rewritten(older: SqliteDatabase, path: Path) -> None:
    assert older.value("PRAGMA auto_vacuum") == 0
    empty(older)
    assert older.give_back()
    assert path.stat().st_size < 500_000
    assert older.value("PRAGMA auto_vacuum") == 2


def test_a_large_older_ledger_stays_as_it_is(older: SqliteDatabase) -> None:
    empty(older)
    for number in (1, 2):
        older.execute("INSERT INTO rows (id, row, fields) VALUES (?, 1, zeroblob(40000000))", (number,))
    older.execute("DELETE FROM rows WHERE id = 2")
    assert not older.give_back()


def test_an_older_ledger_that_another_process_writes_to_is_left_alone(
    older: SqliteDatabase, path: Path
) -> None:
    empty(older)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert not older.give_back()
    assert older.value("PRAGMA busy_timeout") == 30_000
