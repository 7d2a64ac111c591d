"""The comparison of a ledger's tables with those that this version of kxsms creates in PostgreSQL."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

from kxsms.language import joined, tr
from kxsms.ledger.postgres import schema
from kxsms.ledger.postgres.connecting import connect

if TYPE_CHECKING:
    import psycopg

    from kxsms.domain.ledger_place import PostgresPlace

# The columns of all tables of a schema, each with its type and whether it may be NULL.
_COLUMNS = """
    SELECT relname, attname,
        format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = {namespace} AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
    ORDER BY relname, attnum
"""

# The indexes of all tables of a schema, each with its definition, which names the schema.
_INDEXES = """
    SELECT relname, regexp_replace(pg_get_indexdef(pg_class.oid), ' ON [^ ]+[.]', ' ON ')
    FROM pg_class WHERE relnamespace = {namespace} AND relkind = 'i' ORDER BY relname
"""
_HERE = "current_schema()::regnamespace"
_TEMPORARY = "pg_my_temp_schema()"

_Tables = dict[str, dict[str, str]]


def schema_differences(connection: "psycopg.Connection[Any]", place: "PostgresPlace") -> Iterator[str]:
    """Yield, in words, each table, column and index that is missing, unknown or different."""
    with closing(connect(place)) as other:
        schema.create_temporary(other)
        wanted, wanted_indexes = _tables(other, _TEMPORARY), _indexes(other, _TEMPORARY)
    found, found_indexes = _tables(connection, _HERE), _indexes(connection, _HERE)
    for name, columns in wanted.items():
        if name not in found:
            yield tr("the {kind} {name} is missing", kind="table", name=name)
        elif found[name] != columns:
            faults = joined(_faults(found[name], columns))
            yield tr("the {kind} {name} {faults}", kind="table", name=name, faults=faults)
    for name, definition in wanted_indexes.items():
        if name not in found_indexes:
            yield tr("the {kind} {name} is missing", kind="index", name=name)
        elif found_indexes[name] != definition:
            faults = tr("is not as kxsms creates it")
            yield tr("the {kind} {name} {faults}", kind="index", name=name, faults=faults)
    for name in (*(found.keys() - wanted.keys()), *(found_indexes.keys() - wanted_indexes.keys())):
        kind = "table" if name in found else "index"
        yield tr("the {kind} {name} is unknown to this version of kxsms", kind=kind, name=name)


def _faults(found: Mapping[str, str], wanted: Mapping[str, str]) -> Iterator[str]:
    yield from (tr("has no column {column}", column=column) for column in wanted if column not in found)
    unknown = [column for column in found if column not in wanted]
    yield from (tr("has an unknown column {column}", column=column) for column in unknown)
    if found.keys() == wanted.keys():
        yield tr("is not as kxsms creates it")


def _tables(connection: "psycopg.Connection[Any]", namespace: str) -> _Tables:
    tables: _Tables = {}
    for table, column, kind in connection.execute(_COLUMNS.format(namespace=namespace)):
        tables.setdefault(table, {})[column] = kind
    return tables


def _indexes(connection: "psycopg.Connection[Any]", namespace: str) -> dict[str, str]:
    return dict(map(tuple, connection.execute(_INDEXES.format(namespace=namespace))))
