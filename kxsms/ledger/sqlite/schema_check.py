"""The comparison of a ledger's tables and indexes with those that this version of kxsms would create."""

from collections.abc import Iterator
from contextlib import closing

from kxsms.language import joined, tr
from kxsms.ledger.sqlite.database import SqliteDatabase
from kxsms.ledger.sqlite.schema import migrate
from kxsms.sqlite import connect

# Everything in the schema except what SQLite adds to it.
_SCHEMA = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%' ORDER BY name"
_COLUMNS = "SELECT name FROM pragma_table_info(?)"


def schema_differences(database: SqliteDatabase) -> Iterator[str]:
    """Yield, in words, each table, index and column that is missing, unknown or different."""
    with closing(connect(":memory:")) as fresh:
        migrate(fresh)
        wanted = {name: (kind, _bare(sql)) for kind, name, sql in fresh.execute(_SCHEMA)}
        columns = {name: [row[0] for row in fresh.execute(_COLUMNS, (name,))] for name in wanted}
    found = {row["name"]: (row["type"], _bare(row["sql"])) for row in database.rows(_SCHEMA)}
    for name, (kind, sql) in wanted.items():
        if name not in found:
            yield tr("the {kind} {name} is missing", kind=kind, name=name)
        elif found[name] != (kind, sql):
            there = [row["name"] for row in database.rows(_COLUMNS, (name,))]
            missing = [column for column in columns[name] if column not in there]
            unknown = [column for column in there if column not in columns[name]]
            differences = [tr("has no column {column}", column=column) for column in missing]
            differences += [tr("has an unknown column {column}", column=column) for column in unknown]
            differences = differences or [tr("is not as kxsms creates it")]
            yield tr("the {kind} {name} {faults}", kind=kind, name=name, faults=joined(differences))
    for name, (kind, _) in found.items():
        if name not in wanted:
            yield tr("the {kind} {name} is unknown to this version of kxsms", kind=kind, name=name)


def _bare(sql: str | None) -> str:
    """Return a statement with single blanks, for comparison."""
    return " ".join((sql or "").split())
