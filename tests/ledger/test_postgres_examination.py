"""The ledger in PostgreSQL as `kxsms doctor` and `batch check` see it."""

import os
from pathlib import Path

import psycopg
import pytest

from tests.conftest import Run
from tests.health.doctor import balance, doctor
from tests.ledger.scene import send_one
from tests.postgres.fixtures import Lend
from tests.postgres.places import make_url
from tests.postgres.server import PostgresServer
from tests.scripted_gateway import ScriptedGateway


@pytest.fixture
def place(gateway: ScriptedGateway, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URL of an empty schema that is the place of the ledger."""
    schema = psycopg.conninfo.conninfo_to_dict(postgres_url)["user"]
    monkeypatch.setenv("KXSMS_LEDGER", f"{postgres_url}&schema={schema}")
    return postgres_url


@pytest.fixture
def ledger(run: Run, gateway: ScriptedGateway, place: str) -> str:
    """Return the URL of a ledger with a batch, and let the gateway answer with a balance."""
    send_one(run)
    gateway.otherwise = balance()
    return place


def change(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement)


def test_a_ledger_in_good_health(run: Run, ledger: str) -> None:
    found = doctor(run)
    assert found.failed == []
    assert "PostgreSQL" in found.checks["ledger"].detail
    assert found.checks["ledger_schema"].detail == "version 17, the newest"
    assert found.checks["ledger_leftovers"].detail == "0 unfinished batches"


def test_a_place_without_a_ledger_stays_empty(run: Run, gateway: ScriptedGateway, place: str) -> None:
    gateway.otherwise = balance()
    details = [doctor(run).checks["ledger"].detail for _ in range(2)]
    assert ["the first send creates it" in detail for detail in details] == [True, True]


def test_a_schema_that_this_role_may_not_create(
    run: Run, gateway: ScriptedGateway, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KXSMS_LEDGER", f"{place}&schema=elsewhere")
    error = send_one(run).error
    gateway.otherwise = balance()
    check = doctor(run).checks["ledger"]

    assert "may not create tables in the schema elsewhere of the ledger postgresql://" in error["message"]
    assert "run CREATE SCHEMA elsewhere AUTHORIZATION " in error["hint"]
    assert check.ok is False
    assert check.detail == error["message"]


def test_a_database_that_cannot_hold_chinese(
    run: Run, gateway: ScriptedGateway, own_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(own_postgres.places.admin_url, autocommit=True) as admin:
        admin.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    monkeypatch.setenv("KXSMS_LEDGER", make_url({**own_postgres.places.parameters, "dbname": "latin"}))
    error = send_one(run).error
    gateway.otherwise = balance()

    assert error["message"].endswith("has the encoding LATIN1")
    assert "ENCODING 'UTF8'" in error["hint"]
    assert doctor(run).checks["ledger"].detail == error["message"]


def test_a_server_that_lacks_what_this_host_claimed(run: Run, ledger: str) -> None:
    change(ledger, "UPDATE turns SET turn = 0")
    check = doctor(run).checks["ledger_leftovers"]
    assert (check.ok, "lacks its newest entries" in check.detail) == (False, True)


def test_outcomes_that_wait_for_the_ledger(run: Run, ledger: str) -> None:
    with psycopg.connect(ledger) as connection:
        (name,) = connection.execute("SELECT name FROM identity").fetchone() or ()
    file = Path(os.environ["KXSMS_STATE_DIR"], f"spool-{name}-1.jsonl")
    file.touch(0o600)
    check = doctor(run).checks["ledger_leftovers"]
    assert (check.ok, check.detail) == (
        False,
        f"{file} holds outcomes that the ledger does not have yet",
    )


@pytest.mark.parametrize(
    ("parameter", "hint"),
    [
        ("foo=bar", "check the parameters in the URL"),
        ("port=1", "check the user, the database and the password"),
    ],
)
def test_a_hint_is_about_what_is_wrong_with_the_way_to_the_server(
    run: Run, place: str, parameter: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KXSMS_LEDGER", f"{place}&{parameter}")
    assert hint in send_one(run).error["hint"]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("ALTER TABLE rows DROP COLUMN line", "the table rows has no column line"),
        ("ALTER TABLE rows ADD COLUMN extra text", "the table rows has an unknown column extra"),
        ("DROP TABLE billed", "the table billed is missing"),
        ("DROP INDEX rows_mobile", "the index rows_mobile is missing"),
        ("CREATE TABLE other (id bigint)", "the table other is unknown to this version of kxsms"),
    ],
)
def test_a_schema_that_somebody_changed(run: Run, ledger: str, statement: str, words: str) -> None:
    change(ledger, statement)
    assert words in doctor(run).checks["ledger_schema"].detail
    assert words in run("batch", "check").err


def test_a_newer_ledger_is_refused(run: Run, ledger: str) -> None:
    change(ledger, "UPDATE schema_version SET version = 1000")
    done = run("batch", "list")
    assert (done.status, "was made by a newer version of kxsms" in done.err) == (1, True)


def test_tables_of_another_program_are_left_alone(run: Run, place: str) -> None:
    change(place, "CREATE TABLE theirs (id bigint)")
    done = send_one(run)
    assert (done.status, "holds tables of another program" in done.err) == (1, True)


def test_a_ledger_that_is_not_for_this_role(
    run: Run, ledger: str, postgres: Lend, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = psycopg.conninfo.conninfo_to_dict(ledger)["user"]
    with postgres() as stranger:
        monkeypatch.setenv("KXSMS_LEDGER", f"{stranger}&schema={schema}")
        error = send_one(run).error
    assert f"permission denied for schema {schema}" in error["message"]
    assert "give the role a schema of its own" in error["hint"]
