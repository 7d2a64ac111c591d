"""The tables of the ledger: migrations never change, and a batch's fields are columns."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from kxsms.domain.batch import Batch, BatchHeader, RecipientCounts
from kxsms.ledger.sqlite.database import SqliteDatabase
from kxsms.ledger.sqlite.migrations import MIGRATIONS
from kxsms.ledger.sqlite.schema import VERSION
from tests.ledger.newest_tables import FILE, newest_tables

pytestmark = pytest.mark.sqlite

RELEASED = [
    "c6bbdb3b668bee5496624f2b1ebfc17258860016a0a78b0c6397498b43b5170c",
    "e0222d6ddff01585cb0caa040a597f1b4f51b05f29d06975071fac326dd7ce73",
]
"""The digests of the migrations that users' ledgers may have had. With a release, new ones join them."""


def test_no_released_migration_has_changed() -> None:
    digests = [hashlib.sha256("\0".join(statements).encode()).hexdigest() for statements in MIGRATIONS]
    assert digests[: len(RELEASED)] == RELEASED


def test_the_version_counts_the_migrations() -> None:
    assert len(MIGRATIONS) == VERSION


def test_a_new_ledger_has_the_tables_that_the_migrations_leave() -> None:
    assert FILE.read_text(encoding="utf-8") == newest_tables(), "run `python -m tests.ledger.newest_tables`"


@pytest.fixture
def columns(tmp_path: Path) -> Iterator[set[str]]:
    with SqliteDatabase(tmp_path / "ledger.sqlite3", writable=True) as database:
        yield {row["name"] for row in database.rows("PRAGMA table_info(batches)")}


def test_each_fact_in_a_header_is_a_column(columns: set[str]) -> None:
    assert set(BatchHeader._fields) - columns == set()


def test_each_fact_about_a_batch_is_a_column(columns: set[str]) -> None:
    assert set(Batch._fields) - columns == {"counts", "has_owner"}


def test_each_count_is_a_column(columns: set[str]) -> None:
    assert set(RecipientCounts._fields) - columns == set()
