"""`kxsms forget` in PostgreSQL: no entry holds the number afterwards."""

from collections.abc import Iterator

import psycopg
import pytest

from kxsms.ledger import forgetting, forgotten
from kxsms.ledger.database import Database
from kxsms.ledger.forgotten import Forgotten
from tests.commands.test_forget import GONE, LEFT, forget
from tests.conftest import Run
from tests.faults.client import kxsms
from tests.inbox.records_gateway import (
    RecordsGateway,
    a_reply,
    a_report,
    body_of,
    fetch,
    send,
    show_batch,
    started,
)


@pytest.fixture
def gateway(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordsGateway]:
    """Yield a gateway, and let the ledger be in PostgreSQL."""
    schema = psycopg.conninfo.conninfo_to_dict(postgres_url)["user"]
    monkeypatch.setenv("KXSMS_LEDGER", f"{postgres_url}&schema={schema}")
    yield from started(monkeypatch)


def tables_with(number: str, url: str) -> list[str]:
    """Return the names of the tables that hold a number in any column, bytes included."""
    with psycopg.connect(url) as connection:
        tables = "SELECT relname FROM pg_stat_user_tables WHERE schemaname = current_schema()"
        names = [row[0] for row in connection.execute(tables).fetchall()]
        spellings = [number, number.encode().hex()]
        return [
            name
            for name in names
            for spelling in spellings
            if connection.execute(
                f'SELECT 1 FROM "{name}" AS entry WHERE strpos(CAST(entry AS text), %s) > 0'.encode(),
                (spelling,),
            ).fetchone()
        ]


def test_no_entry_holds_the_number(
    run: Run, gateway: RecordsGateway, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(run, gateway, "1", GONE, text=f"【科迅】您的号码{GONE}")
    batch = send(run, gateway, "2", GONE, LEFT)
    gateway.prepare(body_of(a_reply(GONE, "TD"), a_reply(LEFT, f"ask {GONE}")))
    fetch(run, command="mo")
    register = forgotten.register

    def fetch_and_register(database: Database, mobile: int) -> Forgotten:
        patch.undo()
        gateway.prepare(body_of(a_report(GONE, "2")))
        assert kxsms("report", "-q").status == 0
        return register(database, mobile)

    assert tables_with(GONE, postgres_url)

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "register", fetch_and_register)
        found = forget(run)

    assert tables_with(GONE, postgres_url) == []
    assert (found["recipients"], found["records"], found["opt_outs"]) == (2, 2, 1)
    assert show_batch(run, batch)["delivered"] == 1
    assert run("batch", "check").status == 0


def test_a_number_that_is_the_name_of_an_account(
    run: Run, gateway: RecordsGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KXSMS_ACCOUNT", GONE)
    send(run, gateway, "1", GONE)

    error = forget(run, status=1)

    assert "the name of an account" in error["message"]
