"""The tables of a new ledger, as all migrations leave them: `python -m tests.ledger.newest_tables`."""

import re
from contextlib import closing
from pathlib import Path

from kxsms.ledger.sqlite import migrations, schema
from kxsms.ledger.sqlite.migration_functions import register
from kxsms.sqlite import connect

FILE = Path(schema.__file__).with_name("newest_tables.sql")

# What the migrations created, the oldest first, without what SQLite adds to it.
_CREATED = """
    SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY rowid
"""
_BETWEEN_COLUMNS = re.compile(r", (?![^()]*\))")


def newest_tables() -> str:
    """Return the statements that create what the migrations create in an empty file."""
    statements = []
    with closing(connect(":memory:")) as connection:
        register(connection)
        connection.execute("CREATE TEMP TABLE known_origins (profile TEXT, account TEXT, origin TEXT)")
        for migration in migrations.MIGRATIONS:
            for statement in migration:
                connection.execute(statement)
        for kind, name, statement in connection.execute(_CREATED).fetchall():
            statements.append(_in_lines(" ".join(statement.split())))
            if kind == "table":
                rows = connection.execute(f"SELECT * FROM {name}").fetchall()
                statements += [f"INSERT INTO {name} VALUES ({', '.join(map(repr, row))})" for row in rows]
    return ";\n".join(statements) + "\n"


def _in_lines(statement: str) -> str:
    """Give each column a line. Only blanks change, for which a ledger's tables are not compared."""
    begin, opening, rest = statement.partition(" ( ")
    if not opening:
        return statement
    columns, end = rest.rsplit(" )", 1) if " )" in rest else rest.rsplit(")", 1)
    gap = "\n" if " )" in rest else ""
    lines = _BETWEEN_COLUMNS.sub(",\n    ", columns)
    return f"{begin} (\n    {lines}{gap}){end}"


if __name__ == "__main__":
    FILE.write_text(newest_tables(), encoding="utf-8")
