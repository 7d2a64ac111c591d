"""The statements of the ledger, which are written for SQLite, in the spelling of PostgreSQL.

Each rule is about one construct. Both engines understand everything else that a statement says.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

_TYPES = {"INTEGER": "bigint", "REAL": "double precision", "BLOB": "bytea", "TEXT": 'text COLLATE "C"'}

_INTEGER_OF = re.compile(r"CAST\(((?:[^()]|\([^()]*\))+) AS INTEGER\)")
_IGNORE = "INSERT OR IGNORE INTO"
_OR_IGNORE = " ON CONFLICT DO NOTHING"

_RULES: Sequence[tuple[re.Pattern[str], str]] = (
    # Temporary tables have a schema of their own, and all others are where `search_path` leads.
    (re.compile(r"\btemp\.(?=[a-z])"), "pg_temp."),
    (re.compile(r"\bmain\.(?=[a-z])"), ""),
    # In SQLite, the tables of a CROSS JOIN are read in the order of the statement.
    (re.compile(r"\bCROSS JOIN\b"), "JOIN"),
    # Equality that holds for NULL, too.
    (re.compile(r"\bIS NOT (?!NULL\b|DISTINCT\b)"), "IS DISTINCT FROM "),
    (re.compile(r"\bIS (?!NOT\b|NULL\b|DISTINCT\b)"), "IS NOT DISTINCT FROM "),
    # Lists of numbers, which are parameters in JSON. PostgreSQL counts those of an array before it plans.
    (
        re.compile(r"SELECT value FROM json_each\((:\w+)\)"),
        r"SELECT value FROM unnest(translate(\1, '[]', '{}')::bigint[]) AS value",
    ),
    (re.compile(r"json_group_array\(([^()]+)\)"), r"json_agg(\1)::text"),
    (re.compile(r"group_concat\((\w+)\)"), r"string_agg(CAST(\1 AS TEXT), ',')"),
    # Bytes.
    (re.compile(r"\bzeroblob\([^()]*\)"), "''::bytea"),
    (re.compile(r"\bx''"), "''::bytea"),
    # A number is cut, and not rounded.
    (_INTEGER_OF, r"trunc((\1)::double precision)::bigint"),
)

_PARAMETER = re.compile(r"(?<![:\w])(?::([a-z_]\w*)|\?)")
_CREATE = re.compile(r"\s*CREATE TEMP TABLE\b")


@lru_cache(maxsize=512)
def translated(statement: str) -> str:
    """Return a statement in the spelling of PostgreSQL, with the parameters of psycopg."""
    text = statement.replace("%", "%%")
    if _CREATE.match(text):
        for name, kind in _TYPES.items():
            text = re.sub(rf"\b{name}\b", kind, text)
    for pattern, spelling in _RULES:
        text = pattern.sub(spelling, text)
    for name, function in (("max", "greatest"), ("min", "least")):
        text = _with_function(text, name, function)
    if _IGNORE in text:
        text = text.replace(_IGNORE, "INSERT INTO") + _OR_IGNORE
    return _PARAMETER.sub(_as_parameter, text)


def _as_parameter(found: re.Match[str]) -> str:
    return f"%({found[1]})s" if found[1] else "%s"


def _with_function(text: str, name: str, function: str) -> str:
    """Return a statement in which `name` of several values is another function: of one it is an aggregate."""
    for found in reversed(list(re.finditer(rf"\b{name}\(", text))):
        if _has_comma(text[found.end() :]):
            text = text[: found.start()] + function + text[found.end() - 1 :]
    return text


def _has_comma(arguments: str) -> bool:
    """Return whether there is a comma before the bracket that closes these arguments."""
    depth = 0
    for character in arguments:
        if character == "," and not depth:
            return True
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return False
