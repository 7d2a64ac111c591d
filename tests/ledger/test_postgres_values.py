"""How texts and lists travel to PostgreSQL."""

import os

import psycopg
import pytest

from kxsms.domain.ledger_place import postgres_place
from kxsms.ledger.postgres.connecting import connect
from kxsms.ledger.postgres.dialect import translated

_TEXTS = ["科迅\u3000通讯", "a\tb\nc\\N\r", "\0\x10\ud800", ""]


def _connect(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    return connect(postgres_place(f"{url}&schema=other", os.environ))


def test_texts_are_written_in_utf_8_whatever_the_environment_says(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    with _connect(postgres_url) as connection:
        assert connection.execute("SELECT length(%s)", ("科迅",)).fetchall() == [(2,)]


def test_any_text_comes_back_from_a_copy(postgres_url: str) -> None:
    with _connect(postgres_url) as connection:
        connection.execute("CREATE TEMP TABLE kept (place bigint, text text)")
        with connection.cursor().copy("COPY kept FROM STDIN") as copy:
            for row in enumerate(_TEXTS):
                copy.write_row(row)
        found = connection.execute("SELECT text FROM kept ORDER BY place").fetchall()
    assert [text for (text,) in found] == _TEXTS


def test_the_numbers_of_a_list_are_counted_before_the_statement_is_planned(postgres_url: str) -> None:
    numbers = str(list(range(1, 12_346)))
    statement = translated("EXPLAIN SELECT value FROM json_each(:numbers)")
    with _connect(postgres_url) as connection:
        plan = str(connection.execute(statement, {"numbers": numbers}).fetchall())
    assert "rows=12345 " in plan
