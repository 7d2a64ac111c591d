"""Every way to use the ledger's connection explains its errors."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from kxsms.errors import Failure
from kxsms.ledger.sqlite.database import SqliteDatabase

pytestmark = pytest.mark.sqlite

FAULTS: dict[str, Callable[[SqliteDatabase], object]] = {
    "execute": lambda database: database.execute("nonsense"),
    "executemany": lambda database: database.executemany("nonsense", [()]),
    "insert": lambda database: database.insert("nonsense", ()),
    "row": lambda database: database.row("nonsense"),
    "rows": lambda database: database.rows("nonsense"),
    "value": lambda database: database.value("nonsense"),
    "stream": lambda database: list(database.stream("nonsense")),
    "write_blob": lambda database: database.write_blob("answers", "body", 1, b""),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_errors_are_explained(tmp_path: Path, fault: Callable[[SqliteDatabase], object]) -> None:
    with (
        SqliteDatabase(tmp_path / "ledger.sqlite3", writable=True) as database,
        pytest.raises(Failure, match=r"^the ledger .* cannot be used: "),
    ):
        fault(database)


# An error at the third row: SQLite has no whole number so large.
TOO_LARGE = "SELECT abs(column1) AS number FROM (VALUES (1), (2), (-9223372036854775808))"


def test_an_error_between_two_rows_is_explained(tmp_path: Path) -> None:
    with SqliteDatabase(tmp_path / "ledger.sqlite3", writable=True) as database:
        rows = database.stream(TOO_LARGE)
        assert next(rows)["number"] == 1
        with pytest.raises(Failure, match="cannot be used: integer overflow"):
            list(rows)


def test_a_transaction_is_rolled_back_on_an_error(tmp_path: Path) -> None:
    with SqliteDatabase(tmp_path / "ledger.sqlite3", writable=True) as database:
        with suppress(Failure), database.transaction():
            database.execute("UPDATE turns SET turn = 5")
            database.execute("nonsense")
        assert database.value("SELECT turn FROM turns") == 0
